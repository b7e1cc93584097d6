"""How values compare: the operators of `condition` and `table_filter`, and the order of sorting.

Equality is JSON's: 2 equals 2.0, true does not equal 1. Only two numbers or two texts have an
order; texts compare by code point. What has no order is an error, never false.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from strata.model.errors import NodeError
from strata.model.values import type_of

if TYPE_CHECKING:
    from strata.blocks.matching import Budget

_ORDERED = ("number", "string")


class NotComparable(NodeError):
    """Two values have no order, or an operator does not apply to their types."""

    def __init__(self, message: str) -> None:
        super().__init__("not_comparable", message)


def equals(left: Any, right: Any) -> bool:
    """JSON equality, whatever the types. The first difference ends it."""
    kind = type_of(left)
    if kind != type_of(right):
        return False
    if kind == "array":
        return len(left) == len(right) and all(map(equals, left, right))
    if kind == "object":
        return left.keys() == right.keys() and all(equals(left[key], right[key]) for key in left)
    return bool(left == right)


def identity(value: Any) -> Hashable:
    """The same for equal values, and for no others."""
    if isinstance(value, list):
        return ("array", tuple(map(identity, value)))
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(item)) for key, item in value.items()))
    return (type_of(value), value)


def check_order(left: Any, right: Any) -> None:
    """Raises NotComparable unless the two have an order."""
    kinds = type_of(left), type_of(right)
    if kinds[0] != kinds[1] or kinds[0] not in _ORDERED:
        raise NotComparable(f"There is no order between {_named(left)} and {_named(right)}")


def compare(
    operator: str, left: Any, right: Any, *, pin: str, budget: "Budget | None" = None
) -> bool:
    """Applies one of `OPERATORS`; raises NodeError where it does not apply.

    `pin` is where the right value came from: a bad regular expression is that pin's fault.
    `budget` is the time for this comparison and others.
    """
    if operator == "matches":
        return _matches(left, right, pin, budget)
    return _APPLY[operator](left, right)


def _less(left: Any, right: Any) -> bool:
    check_order(left, right)
    return bool(left < right)


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        return any(equals(item, part) for item in whole)
    if isinstance(whole, (str, dict)) and isinstance(part, str):
        return part in whole
    raise NotComparable(f"{_named(whole).capitalize()} cannot contain {_named(part)}")


def _matches(text: Any, pattern: Any, pin: str, budget: "Budget | None") -> bool:
    from strata.blocks.matching import search

    if not isinstance(text, str) or not isinstance(pattern, str):
        raise NotComparable(f"{_named(text).capitalize()} cannot match {_named(pattern)}")
    return search(pattern, text, pin=pin, budget=budget)


def _empty(value: Any, _: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _named(value: Any) -> str:
    name = type_of(value)
    if name == "null":
        return name
    return f"an {name}" if name in ("array", "object") else f"a {name}"


_APPLY: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equals,
    "!=": lambda left, right: not equals(left, right),
    "<": _less,
    "<=": lambda left, right: not _less(right, left),
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: not _less(left, right),
    "in": lambda left, right: _contains(right, left),
    "contains": _contains,
    "empty": _empty,
}
OPERATORS = (*_APPLY, "matches")
ALONE = frozenset(("empty",))
"""The operators that look at the left value alone."""

OPERATOR_TEXT = (
    "==, != (any values); <, <=, >, >= (two numbers or two texts); in, contains (an item of an "
    "array, a name of an object, a piece of text); matches (a regular expression, anywhere in the "
    "text); empty (null, or nothing in it)."
)
