"""Intrinsic functions of JSONPath states: `States.Format('{} of {}', $.a, States.UUID())`."""

import re
from functools import lru_cache
from typing import NamedTuple

from strata.compiler.validate.paths import end_of_path

MOST_NESTED = 10

ARGUMENTS: dict[str, tuple[int, int | None]] = {
    "Array": (0, None),
    "ArrayContains": (2, 2),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayPartition": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayUnique": (1, 1),
    "Base64Decode": (1, 1),
    "Base64Encode": (1, 1),
    "Format": (1, None),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "JsonToString": (1, 1),
    "MathAdd": (2, 2),
    "MathRandom": (2, 3),
    "StringSplit": (2, 2),
    "StringToJson": (1, 1),
    "UUID": (0, 0),
}
"""The least and the most arguments; None for any number."""

GIVE_TEXT = frozenset(
    {"ArrayGetItem", "Base64Decode", "Base64Encode", "Format", "Hash", "JsonToString", "UUID"}
)
"""What may stand where a text is asked for: ErrorPath, CausePath."""

_OPENED = re.compile(r"States\.(\w+)\s*\(\s*")
_CONSTANT = re.compile(
    # A backslash stands for nothing but these: there is no \n.
    r"'(?:\\[\\'{}]|[^'\\])*'|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)\b",
    re.DOTALL,
)
_CLOSED = re.compile(r"\s*\)")
_COMMA = re.compile(r"\s*,\s*")
_PLACEHOLDER = re.compile(r"\\.|\{\}", re.DOTALL)


@lru_cache(maxsize=4096)
def fault(text: str) -> str | None:
    """What is wrong with a call, as the rest of a sentence; None for a good one."""
    try:
        end = _end_of_calls(text)
    except _Faulty as faulty:
        return str(faulty)
    return None if end == len(text.rstrip()) else f"goes on after its end at character {end + 1}"


def gives_text(text: str) -> bool:
    """Whether the outermost function gives a text."""
    opened = _OPENED.match(text)
    return opened is not None and opened.group(1) in GIVE_TEXT


class _Faulty(Exception):
    """Its text is the rest of a sentence."""


class _Call(NamedTuple):
    function: str
    arguments: list[str]


def _end_of_calls(text: str) -> int:
    """Where the call ends that the text begins with, all that it holds included."""
    calls: list[_Call] = []
    at = _open(text, 0, calls)
    while True:
        at = _argument(text, at, calls)
        while calls and (closed := _CLOSED.match(text, at)):
            at = closed.end()
            _counted(calls.pop())
        if not calls:
            return at
        comma = _COMMA.match(text, at)
        if comma is None:
            raise _Faulty(f"misses a comma or a bracket at character {at + 1}")
        at = comma.end()


def _open(text: str, at: int, calls: list[_Call]) -> int:
    """Behind the bracket of the call that begins there."""
    opened = _OPENED.match(text, at)
    if opened is None:
        raise _Faulty(f"cannot be read as a call from character {at + 1} on")
    function = opened.group(1)
    if function not in ARGUMENTS:
        raise _Faulty(f"calls States.{function[:40]}, which is no intrinsic function")
    if len(calls) == MOST_NESTED:
        raise _Faulty(f"nests more than {MOST_NESTED} intrinsic functions")
    calls.append(_Call(function, []))
    return opened.end()


def _argument(text: str, at: int, calls: list[_Call]) -> int:
    """Behind the next argument; a call in its place is opened, and its first one read."""
    while True:
        constant = _CONSTANT.match(text, at)
        end = constant.end() if constant else end_of_path(text, at)
        if end > at:
            calls[-1].arguments.append(text[at:end])
            return end
        if not calls[-1].arguments and _CLOSED.match(text, at):
            return at
        arguments = calls[-1].arguments
        at = _open(text, at, calls)
        arguments.append("a call")


def _counted(call: _Call) -> None:
    """Raises _Faulty where the call has too many arguments, or too few."""
    least, most = ARGUMENTS[call.function]
    count = len(call.arguments)
    if count < least or (most is not None and count > most):
        takes = {least: f"{least}", None: f"{least} or more"}.get(most, f"{least} to {most}")
        message = f"gives States.{call.function} {count} arguments, and it takes {takes}"
        raise _Faulty(message)
    if call.function == "Format" and call.arguments[0].startswith("'"):
        holes = sum(one == "{}" for one in _PLACEHOLDER.findall(call.arguments[0]))
        if holes != count - 1:
            raise _Faulty(f"fills {holes} places in States.Format with {count - 1} values")
