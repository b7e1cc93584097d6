"""Evaluates expressions: exact integers of up to 38 digits, finite doubles, and clear refusals."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from strata.blocks.comparison import compare
from strata.blocks.expressions import Array, Call, Chain, Expression, Literal, Name, Prefix
from strata.blocks.steps import Steps, length
from strata.blocks.written import MISSING, look_up
from strata.model.errors import InvalidInput, NodeError
from strata.model.values import MAX_INTEGER, type_of

MAX_STEPS = 5_000_000

_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


class _Given(NamedTuple):
    """The values of the names, and how much more work may be done on them."""

    values: Mapping[str, Any]
    steps: Steps


def evaluate(tree: Expression, values: Mapping[str, Any]) -> Any:
    """The value of the expression over the values of its names. Raises NodeError."""
    return _evaluate(tree, _Given(values, Steps(MAX_STEPS, "expression")))


def _evaluate(tree: Expression, given: _Given) -> Any:
    match tree:
        case Literal(value):
            return value
        case Name(path):
            return _value(path, given.values)
        case Array(items):
            return [_evaluate(item, given) for item in items]
        case Prefix(signs, operand):
            return _prefixed(signs, _evaluate(operand, given))
        case Call(function, arguments):
            return _call(function, [_evaluate(one, given) for one in arguments], given.steps)
        case Chain():
            return _chain(tree, given)


def _value(path: Sequence[str], values: Mapping[str, Any]) -> Any:
    found = look_up(values, list(path))
    if found is MISSING:
        raise InvalidInput("expression", f"uses the name '{'.'.join(path)}', which has no value")
    return found


def _prefixed(signs: Sequence[str], value: Any) -> Any:
    if signs[0] == "not":
        return _truth(value) != (len(signs) % 2 == 1)
    number = _number(value, signs[-1])
    return -number if signs.count("-") % 2 else number


def _chain(chain: Chain, given: _Given) -> Any:
    sign = chain.steps[0][0]
    if sign in ("and", "or"):
        return _junction(chain, given, sign == "or")
    left = _evaluate(chain.first, given)
    if sign in _ARITHMETIC or sign == "**":
        for sign, operand in chain.steps:
            left = _combine(sign, left, _evaluate(operand, given))
        return left
    return _compared(left, chain, given)


def _junction(chain: Chain, given: _Given, decisive: bool) -> bool:
    """The first operand that decides ends it: what follows is not evaluated."""
    operands = (chain.first, *(operand for _, operand in chain.steps))
    return (
        decisive
        if any(_truth(_evaluate(operand, given)) is decisive for operand in operands)
        else not decisive
    )


def _compared(left: Any, chain: Chain, given: _Given) -> bool:
    for sign, operand in chain.steps:
        right = _evaluate(operand, given)
        given.steps.walk([left, right])
        if not compare(sign, left, right, pin="expression"):
            return False
        left = right
    return True


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(f"and, or and not take true or false, not {_kind(value)}")
    return value


def _number(value: Any, taker: str) -> Any:
    if type_of(value) != "number":
        raise _refused(f"{taker} takes numbers, not {_kind(value)}")
    return value


def _combine(sign: str, left: Any, right: Any) -> Any:
    _number(left, sign)
    _number(right, sign)
    try:
        result = _power(left, right) if sign == "**" else _ARITHMETIC[sign](left, right)
    except ZeroDivisionError:
        raise NodeError("division_by_zero", "The expression divides by zero") from None
    except OverflowError:
        raise _out_of_range() from None
    return _bounded(result)


def _power(base: Any, exponent: Any) -> Any:
    """Refuses before it multiplies: a few characters can ask for gigabytes."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if (abs(base).bit_length() - 1) * exponent > MAX_INTEGER.bit_length():
            raise _out_of_range()
        return base**exponent
    result = float(base) ** exponent
    if isinstance(result, complex):
        raise _refused("a negative number has no power with a fraction")
    return result


def _bounded(number: Any) -> Any:
    fits = abs(number) <= MAX_INTEGER if isinstance(number, int) else math.isfinite(number)
    if not fits:
        raise _out_of_range()
    return number


def _call(function: str, arguments: list[Any], steps: Steps) -> Any:
    if function not in FUNCTIONS:
        raise InvalidInput("expression", f"calls '{function}'; there are {', '.join(FUNCTIONS)}")
    least, most, work = FUNCTIONS[function]
    if not least <= len(arguments) <= most:
        raise InvalidInput("expression", f"gives {function} a wrong number of arguments")
    if function != "len":
        steps.spend(sum(map(length, arguments)))
    return work(*arguments)


def _items(function: str, arguments: Sequence[Any]) -> Sequence[Any]:
    """The numbers of one array, or the arguments themselves."""
    alone = len(arguments) == 1 and isinstance(arguments[0], list)
    items = arguments[0] if alone else arguments
    for item in items:
        _number(item, function)
    return items


def _extreme(function: str, choose: Callable[[Sequence[Any]], Any], given: Sequence[Any]) -> Any:
    items = _items(function, given)
    if not items:
        raise _refused(f"{function} takes at least one number")
    return choose(items)


def _sum(*arguments: Any) -> Any:
    items = _items("sum", arguments)
    try:
        exact = all(isinstance(item, int) for item in items)
        return _bounded(sum(items) if exact else math.fsum(items))
    except OverflowError:
        raise _out_of_range() from None


def _round(number: Any, digits: Any = None) -> Any:
    """Half to even, on the double's exact value."""
    _number(number, "round")
    if digits is None:
        return _bounded(round(number))
    if type_of(digits) != "number" or int(digits) != digits or abs(digits) > 400:
        raise _refused("round takes a whole number of digits, up to 400")
    try:
        return _bounded(round(number, int(digits)))
    except OverflowError:
        raise _out_of_range() from None


def _root(number: Any) -> float:
    if _number(number, "sqrt") < 0:
        raise _refused("a negative number has no square root")
    return math.sqrt(number)


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, dict)):
        raise _refused(f"len takes a text, an array or an object, not {_kind(value)}")
    return len(value)


_MANY = 1000
FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "min": (1, _MANY, lambda *given: _extreme("min", min, given)),
    "max": (1, _MANY, lambda *given: _extreme("max", max, given)),
    "abs": (1, 1, lambda number: abs(_number(number, "abs"))),
    "round": (1, 2, _round),
    "sum": (0, _MANY, _sum),
    "len": (1, 1, _length),
    "floor": (1, 1, lambda number: _bounded(math.floor(_number(number, "floor")))),
    "ceil": (1, 1, lambda number: _bounded(math.ceil(_number(number, "ceil")))),
    "sqrt": (1, 1, _root),
}
"""By name: the least and the most arguments, and the work."""


def _kind(value: Any) -> str:
    name = type_of(value)
    return name if name == "null" else f"a value of the type {name}"


def _refused(reason: str) -> NodeError:
    return NodeError("invalid_operation", f"The expression cannot be computed: {reason}")


def _out_of_range() -> NodeError:
    return NodeError("out_of_range", "The expression gives a number that is too large")
