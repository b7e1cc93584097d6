"""Values: JSON as `json.loads` gives it, within the bounds that every part of Strata keeps.

An integer has at most 38 digits, so that it survives any store unchanged; other numbers are finite
IEEE doubles; text is Unicode that UTF-8 can carry; nesting ends somewhere.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Any

MAX_DIGITS = 38
MAX_INTEGER = 10**MAX_DIGITS - 1
MAX_DEPTH = 200
MAX_BYTES = 50_000_000

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
"""The names that JSON Schema gives to types; an integer is a number too."""

_TYPE_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def type_of(value: Any) -> str:
    """The JSON type: null, boolean, number, string, array or object."""
    return _TYPE_NAMES.get(type(value), "unknown")


def has_type(value: Any, name: str) -> bool:
    """Whether the value is of a type of `TYPES`; 2.0 is an integer, true is not a number."""
    if name == "integer":
        return type(value) is int or (type(value) is float and value.is_integer())
    return _TYPE_NAMES.get(type(value)) == name


def fault(value: Any, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES) -> str | None:
    """Why the value is none of Strata's, as the end of a sentence: "holds …"; None if it is one.

    It walks without recursion and stops as soon as the value's JSON must be over `max_bytes`.
    """
    waiting: list[tuple[Iterable[Any], int]] = [((value,), 0)]
    room = max_bytes
    while waiting:
        items, depth = waiting.pop()
        if depth > max_depth:
            return f"is nested more than {max_depth} deep"
        for item in items:
            found = _scalar_fault(item)
            if found:
                return found
            room -= _least_bytes(item)
            if room < 0:
                return f"is larger than {max_bytes:,} bytes"
            if type(item) is dict:
                waiting.append((item.keys(), depth))
                waiting.append((item.values(), depth + 1))
            elif type(item) is list:
                waiting.append((item, depth + 1))
    return None


def _scalar_fault(value: Any) -> str | None:
    kind = type(value)
    if kind is str:
        return None if value.isascii() or _is_text(value) else "holds half of a surrogate pair"
    if kind is int:
        in_range = -MAX_INTEGER <= value <= MAX_INTEGER
        return None if in_range else f"holds an integer of more than {MAX_DIGITS} digits"
    if kind is float:
        return None if isfinite(value) else "holds a number that is not finite"
    return None if kind in _TYPE_NAMES else "holds what is not JSON"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _least_bytes(value: Any) -> int:
    """The least that the value, its own items aside, takes in JSON; at least 1."""
    return len(value) + 2 if type(value) is str else 1
