"""Values: JSON as `json.loads` gives it, within the bounds that every part of Strata keeps.

An integer has at most 38 digits, so that it survives any store unchanged; other numbers are finite
IEEE doubles; text is Unicode that UTF-8 can carry; nesting ends somewhere.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from math import isfinite
from typing import Any

MAX_DIGITS = 38
MAX_INTEGER = 10**MAX_DIGITS - 1
MAX_DEPTH = 200
MAX_BYTES = 50 * 1024 * 1024 + 1024
"""Of a value's JSON: a text of 50 MB, however these are counted, has quotes and some escapes
besides."""

_NAMES = {str}

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

    It goes down level by level and in each type by type, which leaves the work to C, and stops as
    soon as the value's JSON must be over `max_bytes`.
    """
    level: list[Any] = [value]
    room, depth = max_bytes, 0
    while level:
        by_type = _by_type(level)
        for kind, alike in by_type.items():
            found = _FAULTS[kind](alike) if kind in _FAULTS else "holds what is not JSON"
            if found is not None:
                return found
        containers = by_type.get(list, []) + by_type.get(dict, [])
        # Each item takes a character at least, and a comma or a bracket.
        room -= 2 * len(level) + sum(map(len, by_type.get(str, ())))
        if sum(map(len, containers)) > room:
            return f"is larger than {max_bytes:,} bytes"
        if containers and depth == max_depth:
            return f"is nested more than {max_depth} deep"
        names = chain.from_iterable(by_type.get(dict, ()))
        if not set(map(type, names)) <= _NAMES:
            return "holds what is not JSON"
        level = list(chain.from_iterable(containers))
        level.extend(chain.from_iterable(map(dict.values, by_type.get(dict, ()))))
        depth += 1
    return None


def _by_type(items: Iterable[Any]) -> dict[type, list[Any]]:
    return {kind: [item for item in items if type(item) is kind] for kind in set(map(type, items))}


def _fault_of_texts(texts: Iterable[str]) -> str | None:
    for text in texts:
        if not text.isascii() and not _is_unicode(text):
            return "holds half of a surrogate pair"
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fault_of_integers(integers: Collection[int]) -> str | None:
    if max(integers) > MAX_INTEGER or min(integers) < -MAX_INTEGER:
        return f"holds an integer of more than {MAX_DIGITS} digits"
    return None


def _fault_of_doubles(doubles: Iterable[float]) -> str | None:
    return None if all(map(isfinite, doubles)) else "holds a number that is not finite"


def _no_fault(_: object) -> None:
    return None


_FAULTS: Mapping[type, Callable[[Any], str | None]] = {
    **dict.fromkeys((type(None), bool, list, dict), _no_fault),
    str: _fault_of_texts,
    int: _fault_of_integers,
    float: _fault_of_doubles,
}
