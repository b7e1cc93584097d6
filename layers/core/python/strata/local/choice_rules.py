"""The rules of a Choice, read from a definition: comparisons, and what And, Or and Not make of
them."""

import operator
import re
from collections.abc import Callable
from typing import Any

from strata.local.paths import Context, Reference, parse_reference
from strata.local.refusals import refuse
from strata.local.states import Test
from strata.local.timestamps import parse_timestamp

Compare = Callable[[Any, Any], bool]

_ORDERS: dict[str, Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_timestamp(value: Any) -> bool:
    try:
        parse_timestamp(value)
    except ValueError:
        return False
    return True


_KINDS: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Numeric": is_number,
    "Boolean": lambda value: isinstance(value, bool),
    "Timestamp": is_timestamp,
}
_CHECKS = {f"Is{kind}": check for kind, check in _KINDS.items()}
_CHECKS["IsNull"] = lambda value: value is None
_PRESENT = "IsPresent"


def _ordered(kind: str, order: Compare) -> Compare:
    """False, never an error, for values of other kinds."""
    check = _KINDS[kind]
    read: Callable[[Any], Any] = parse_timestamp if kind == "Timestamp" else lambda value: value
    return lambda found, wanted: check(found) and check(wanted) and order(read(found), read(wanted))


_COMPARISONS: dict[str, tuple[str, Compare]] = {
    f"{kind}{name}": (kind, _ordered(kind, order))
    for kind in ("String", "Numeric", "Timestamp")
    for name, order in _ORDERS.items()
}
_COMPARISONS["BooleanEquals"] = "Boolean", _ordered("Boolean", operator.eq)
_BOOLEAN = {"And", "Or", "Not"}


def parse_rules(choices: Any, place: str) -> tuple[tuple[Test, str], ...]:
    """Raises InvalidDefinition, PathRefused."""
    if not isinstance(choices, list) or not choices:
        raise refuse("Choices must be an array with at least one rule", place)
    return tuple(_top(rule, f"{place}[{at}]") for at, rule in enumerate(choices))


def _top(rule: Any, place: str) -> tuple[Test, str]:
    following = rule.get("Next") if isinstance(rule, dict) else None
    if not isinstance(following, str):
        raise refuse("Next must be a string", f"{place}/Next")
    return _rule({name: value for name, value in rule.items() if name != "Next"}, place), following


def _rule(rule: Any, place: str) -> Test:
    if not isinstance(rule, dict):
        raise refuse("Value must be an object", place)
    rule = {name: value for name, value in rule.items() if name != "Comment"}
    operators = set(rule) - {"Variable"}
    if len(operators) != 1:
        raise refuse("A Choice rule has exactly one operator", place)
    (name,) = operators
    if name in _BOOLEAN:
        if "Variable" in rule:
            raise refuse("Field 'Variable' is not supported", f"{place}/Variable")
        return _combined(name, rule[name], f"{place}/{name}")
    if "Variable" not in rule:
        raise refuse("Variable is required", f"{place}/Variable")
    return _comparison(parse_reference(rule["Variable"]), name, rule[name], f"{place}/{name}")


def _combined(name: str, value: Any, place: str) -> Test:
    if name == "Not":
        inner = _rule(value, place)
        return lambda given, context: not inner(given, context)
    if not isinstance(value, list) or not value:
        raise refuse("Value must be an array with at least one rule", place)
    rules = [_rule(one, f"{place}[{at}]") for at, one in enumerate(value)]
    combine = all if name == "And" else any
    return lambda given, context: combine(rule(given, context) for rule in rules)


def _comparison(variable: Reference, name: str, value: Any, place: str) -> Test:
    if name == _PRESENT or name in _CHECKS:
        return _check(variable, name, value, place)
    if name == "StringMatches":
        return _matches(variable, value, place)
    known = _COMPARISONS.get(name.removesuffix("Path"))
    if known is None:
        raise refuse(f"Field '{name}' is not supported", place)
    kind, compare = known
    if name.endswith("Path"):
        other = parse_reference(value)
        return lambda given, context: compare(
            variable.resolve(given, context), other.resolve(given, context)
        )
    if not _KINDS[kind](value):
        raise refuse(f"Value must be of type {kind}", place)
    return lambda given, context: compare(variable.resolve(given, context), value)


def _check(variable: Reference, name: str, wanted: Any, place: str) -> Test:
    if not isinstance(wanted, bool):
        raise refuse("Value must be of type Boolean", place)
    if name == _PRESENT:
        return lambda given, context: _is_present(variable, given, context) == wanted
    check = _CHECKS[name]
    return lambda given, context: check(variable.resolve(given, context)) == wanted


def _is_present(variable: Reference, given: Any, context: Context) -> bool:
    try:
        variable.find(given, context)
    except LookupError:
        return False
    return True


def _matches(variable: Reference, value: Any, place: str) -> Test:
    """`*` stands for any text; a backslash makes it, and another backslash, an ordinary sign."""
    if not isinstance(value, str):
        raise refuse("Value must be of type String", place)
    signs = re.findall(r"\\[*\\]|.", value, re.DOTALL)
    pattern = "".join(".*" if sign == "*" else re.escape(sign[-1]) for sign in signs)
    compiled = re.compile(pattern, re.DOTALL)

    def test(given: Any, context: Context) -> bool:
        found = variable.resolve(given, context)
        return isinstance(found, str) and compiled.fullmatch(found) is not None

    return test
