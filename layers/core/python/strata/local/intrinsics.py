"""Calls of intrinsic functions, `States.Format('{}-1', $.name)`, as a definition writes them."""

import json
import re
from typing import Any

from strata.local.failures import StateFailed
from strata.local.intrinsic_functions import FUNCTIONS, GIVE_TEXT, Function, Misused, check_format
from strata.local.paths import STEP, Context, PathRefused, Resolve, parse_reference

INTRINSIC = "States."
MAX_DEPTH = 10

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"States\.\w+")
_PATH = re.compile(r"\$\$?(?:" + re.sub(r"\?P<\w+>", "?:", STEP) + ")*")
# A backslash stands before nothing else: there is no line break.
_TEXT = re.compile(r"'((?:[^'\\]|\\[\\'{}])*)'")
_CONSTANT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_ESCAPED = re.compile(r"\\(.)")


def parse_intrinsic(text: str) -> Resolve:
    """Raises PathRefused. What is resolved raises StateFailed with States.IntrinsicFailure."""
    reader = _Reader(text)
    call = reader.call(1)
    reader.end()
    return call


def gives_text(text: str) -> bool:
    """Whether the function that the text calls may give a string."""
    return text.partition("(")[0].strip().removeprefix(INTRINSIC) in GIVE_TEXT


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
        template = self._template() if name == "States.Format" else None
        arguments: list[Resolve] = []
        while not self._sees(")"):
            if arguments:
                self._sign(",")
            arguments.append(self._argument(depth, template if not arguments else None))
        self._sign(")")
        if not function.least <= len(arguments) <= function.most:
            raise self._refused()
        if template is not None:
            self._check_format(template, len(arguments) - 1)
        return _calling(name, function, arguments)

    def end(self) -> None:
        if self._position < len(self._text):
            raise self._refused()

    def _template(self) -> str | None:
        """What comes next, if it is a string: its escaped braces differ from those that stand for
        arguments."""
        found = _TEXT.match(self._text, self._position)
        return found[1] if found else None

    def _check_format(self, template: str, count: int) -> None:
        try:
            check_format(template, count)
        except Misused as error:
            raise PathRefused(f"{error} in {self._text!r}") from None

    def _argument(self, depth: int, template: str | None) -> Resolve:
        if self._sees("$"):
            return parse_reference(self._take(_PATH)[0]).resolve
        if self._sees("S"):
            return self.call(depth + 1)
        value: Any
        if self._sees("'"):
            written = _ESCAPED.sub(r"\1", self._take(_TEXT)[1])
            value = written if template is None else template
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
