"""Calls of intrinsic functions, `States.Format('{}-1', $.name)`, as a definition writes them."""

import json
import re
from typing import Any

from strata.local.failures import StateFailed
from strata.local.intrinsic_functions import FUNCTIONS, Function, Misused
from strata.local.paths import STEP, Context, PathRefused, Resolve, parse_reference

INTRINSIC = "States."
MAX_DEPTH = 10

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"States\.\w+")
_PATH = re.compile(r"\$\$?(?:" + re.sub(r"\?P<\w+>", "?:", STEP) + ")*")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_CONSTANT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_intrinsic(text: str) -> Resolve:
    """Raises PathRefused. What is resolved raises StateFailed with States.IntrinsicFailure."""
    reader = _Reader(text)
    call = reader.call(1)
    reader.end()
    return call


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def call(self, depth: int) -> Resolve:
        name = self._take(_NAME)[0]
        function = FUNCTIONS.get(name.removeprefix(INTRINSIC))
        if function is None or depth > MAX_DEPTH:
            raise self._refused()
        self._sign("(")
        arguments: list[Resolve] = []
        while not self._sees(")"):
            if arguments:
                self._sign(",")
            arguments.append(self._argument(name, depth, is_first=not arguments))
        self._sign(")")
        if not function.least <= len(arguments) <= function.most:
            raise self._refused()
        return _calling(name, function, arguments)

    def end(self) -> None:
        if self._position < len(self._text):
            raise self._refused()

    def _argument(self, name: str, depth: int, *, is_first: bool) -> Resolve:
        if self._sees("$"):
            return parse_reference(self._take(_PATH)[0]).resolve
        if self._sees("S"):
            return self.call(depth + 1)
        value: Any
        if self._sees("'"):
            written = self._take(_TEXT)[1]
            # The braces that stand for arguments differ from escaped ones.
            is_format = is_first and name == "States.Format"
            value = written if is_format else _ESCAPED.sub(r"\1", written)
        else:
            value = json.loads(self._take(_CONSTANT)[0])
        return lambda _data, _context: value

    def _sees(self, sign: str) -> bool:
        return self._text.startswith(sign, self._position)

    def _sign(self, sign: str) -> None:
        self._take(re.compile(re.escape(sign)))

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._position)
        if found is None:
            raise self._refused()
        space = _SPACE.match(self._text, found.end())
        self._position = space.end() if space else found.end()
        return found

    def _refused(self) -> PathRefused:
        return PathRefused(f"at character {self._position + 1} of {self._text!r}")


def _calling(name: str, function: Function, arguments: list[Resolve]) -> Resolve:
    def resolve(data: Any, context: Context) -> Any:
        values = [argument(data, context) for argument in arguments]
        try:
            return function.run(context.clock, *values)
        except Misused as error:
            raise StateFailed("States.IntrinsicFailure", f"{name}: {error}") from None

    return resolve
