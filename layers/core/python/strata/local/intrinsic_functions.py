"""What the intrinsic functions of the Amazon States Language give."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from strata.clock import Clock
from strata.local.failures import to_text
from strata.local.functions import new_uuid

MAX_CHARACTERS = 10_000
"""Of what is encoded, decoded or hashed."""
MAX_RANGE = 1_000
_MOST_ARGUMENTS = 1_000
_REST = object()
"""Comes after the last value."""
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384"}
_HASHES |= {"SHA-512": "sha512"}


class Misused(Exception):
    """The arguments are none that the function takes."""


class Function(NamedTuple):
    """`least` and `most` arguments."""

    run: Callable[..., Any]
    least: int
    most: int


def _format(_: Clock, template: Any, *values: Any) -> str:
    return _format_all(_text(template), values)


def check_format(template: str, count: int) -> None:
    """Raises Misused for a template that does not take so many values."""
    _format_all(template, [""] * count)


def _format_all(template: str, values: Sequence[Any]) -> str:
    given = iter([*values, _REST])
    text = "".join(_formatted(template, given))
    if next(given, None) is not _REST:
        raise Misused("it has more arguments than {} in its template")
    return text


def _formatted(template: str, values: Iterator[Any]) -> Iterator[str]:
    """The parts of the text; a backslash makes the sign after it an ordinary one."""
    signs = iter(template)
    for sign in signs:
        if sign == "\\":
            yield next(signs, "")
        elif sign == "{" and next(signs, "") == "}":
            value = next(values)
            if value is _REST:
                raise Misused("its template has more {} than arguments")
            yield _shown(value)
        elif sign in "{}":
            raise Misused("a brace that stands for no argument is written \\{ or \\}")
        else:
            yield sign


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_shown(one)}' for name, one in value.items())}}}"
    return to_text(value)


def _array(_: Clock, *values: Any) -> list[Any]:
    return list(values)


def _array_partition(_: Clock, values: Any, size: Any) -> list[list[Any]]:
    items, step = _list(values), _whole(size)
    if step < 1:
        raise Misused("the size of a part is at least 1")
    return [items[at : at + step] for at in range(0, len(items), step)]


def _array_contains(_: Clock, values: Any, wanted: Any) -> bool:
    key = _key(wanted)
    return any(_key(one) == key for one in _list(values))


def _array_range(_: Clock, first: Any, last: Any, step: Any) -> list[int]:
    start, end, by = _whole(first), _whole(last), _whole(step)
    if by == 0:
        raise Misused("the step cannot be 0")
    found = range(start, end + (1 if by > 0 else -1), by)
    if len(found) > MAX_RANGE:
        raise Misused(f"a range has at most {MAX_RANGE} numbers")
    return list(found)


def _array_get_item(_: Clock, values: Any, index: Any) -> Any:
    items, at = _list(values), _whole(index)
    if not 0 <= at < len(items):
        raise Misused(f"there is no item {at} in an array of {len(items)}")
    return items[at]


def _array_length(_: Clock, values: Any) -> int:
    return len(_list(values))


def _array_unique(_: Clock, values: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for one in _list(values):
        found.setdefault(_key(one), one)
    return list(found.values())


def _base64_encode(_: Clock, text: Any) -> str:
    return base64.b64encode(_short(text).encode()).decode()


def _base64_decode(_: Clock, text: Any) -> str:
    try:
        return base64.b64decode(_short(text), validate=True).decode()
    except (binascii.Error, ValueError):
        raise Misused("the text is not Base64 of UTF-8") from None


def _hash(_: Clock, data: Any, algorithm: Any) -> str:
    text = _short(data if isinstance(data, str) else to_text(data))
    if algorithm not in _HASHES:
        raise Misused(f"the algorithms are {', '.join(_HASHES)}")
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _json_merge(_: Clock, one: Any, other: Any, deep: Any) -> dict[str, Any]:
    if not isinstance(one, dict) or not isinstance(other, dict) or deep is not False:
        raise Misused("it takes two objects and false: only the upper fields are merged")
    return {**one, **other}


def _string_to_json(_: Clock, text: Any) -> Any:
    try:
        return None if text == "" else json.loads(_text(text), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Misused("the text is not JSON") from None


def _json_to_string(_: Clock, value: Any) -> str:
    return to_text(value)


def _math_random(clock: Clock, start: Any, end: Any, seed: Any = None) -> int:
    """From the start on, and below the end."""
    least, beyond = _whole(start), _whole(end)
    if least >= beyond:
        raise Misused("the start must be less than the end")
    if seed is None:
        drawn = clock.random_bytes(16)
    else:
        drawn = hashlib.sha256(str(_whole(seed)).encode()).digest()
    return least + int.from_bytes(drawn, "big") % (beyond - least)


def _math_add(_: Clock, one: Any, other: Any) -> int:
    return _whole(one) + _whole(other)


def _string_split(_: Clock, text: Any, signs: Any) -> list[str]:
    """Each of the signs divides; parts without text are left out."""
    parts = [_text(text)]
    for sign in set(_text(signs)):
        parts = [piece for part in parts for piece in part.split(sign)]
    return [part for part in parts if part]


def _uuid(clock: Clock) -> str:
    return new_uuid(clock)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Misused("an argument is no string")
    return value


def _short(value: Any) -> str:
    if len(_text(value)) > MAX_CHARACTERS:
        raise Misused(f"a string has at most {MAX_CHARACTERS} characters here")
    return str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Misused("an argument is no array")
    return value


def _whole(value: Any) -> int:
    """Rounded, as AWS does."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Misused("an argument is no number")
    return round(value)


def _key(value: Any) -> str:
    """The same for equal values alone: 1 is not true."""
    return json.dumps(value, sort_keys=True)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


FUNCTIONS = {
    "Array": Function(_array, 0, _MOST_ARGUMENTS),
    "ArrayContains": Function(_array_contains, 2, 2),
    "ArrayGetItem": Function(_array_get_item, 2, 2),
    "ArrayLength": Function(_array_length, 1, 1),
    "ArrayPartition": Function(_array_partition, 2, 2),
    "ArrayRange": Function(_array_range, 3, 3),
    "ArrayUnique": Function(_array_unique, 1, 1),
    "Base64Decode": Function(_base64_decode, 1, 1),
    "Base64Encode": Function(_base64_encode, 1, 1),
    "Format": Function(_format, 1, _MOST_ARGUMENTS),
    "Hash": Function(_hash, 2, 2),
    "JsonMerge": Function(_json_merge, 3, 3),
    "JsonToString": Function(_json_to_string, 1, 1),
    "MathAdd": Function(_math_add, 2, 2),
    "MathRandom": Function(_math_random, 2, 3),
    "StringSplit": Function(_string_split, 2, 2),
    "StringToJson": Function(_string_to_json, 1, 1),
    "UUID": Function(_uuid, 0, 0),
}

GIVE_TEXT = frozenset(
    ("ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID")
)
