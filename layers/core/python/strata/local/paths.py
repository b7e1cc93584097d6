"""JSONPath as a compiled definition uses it: reference paths and result paths.

A reference path is `$` or `$$` (the context object) and fields: `$.a.b`, `$['a']`, `$.items[0]`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from strata.clock import Clock
from strata.local.failures import StateFailed

STEP = r"\.(?P<name>[^.\[\]()$@*?,:'\" ]+)|\['(?P<quoted>[^']+)'\]|\[(?P<index>\d+)\]"
_STEP = re.compile(STEP)


class Context(Protocol):
    """Where a value is resolved."""

    @property
    def clock(self) -> Clock: ...

    def __call__(self) -> Mapping[str, Any]:
        """Makes the context object; called only where a path asks for it."""
        ...


Resolve = Callable[[Any, Context], Any]


class PathRefused(ValueError):
    """The text is no reference path."""


class Reference(NamedTuple):
    """A parsed path; `steps` are field names and array positions."""

    text: str
    from_context: bool
    steps: tuple[str | int, ...]

    def resolve(self, data: Any, context: Context) -> Any:
        """The value there. Raises StateFailed with States.Runtime where there is none."""
        try:
            return self.find(data, context)
        except LookupError:
            raise StateFailed(
                "States.Runtime", f"The JSONPath '{self.text}' could not be found in the input"
            ) from None

    def find(self, data: Any, context: Context) -> Any:
        """The value there. Raises LookupError where there is none."""
        value: Any = context() if self.from_context else data
        for step in self.steps:
            try:
                value = value[step]
            except TypeError:
                raise LookupError(self.text) from None
        return value


def parse_reference(text: Any) -> Reference:
    """Raises PathRefused."""
    if not isinstance(text, str) or not text.startswith("$"):
        raise PathRefused(f"Value is not a Reference Path: {text!r}")
    from_context = text.startswith("$$")
    return Reference(text, from_context, _steps(text, 2 if from_context else 1))


def _steps(text: str, position: int) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise PathRefused(f"Value is not a Reference Path: {text!r}")
        index = found["index"]
        steps.append(int(index) if index else found["name"] or found["quoted"])
        position = found.end()
    return tuple(steps)


class ResultPath(NamedTuple):
    """Where a state's result goes in its input: over it (no steps), into it, or nowhere."""

    discards: bool
    steps: tuple[str, ...]

    def place(self, given: Any, result: Any) -> Any:
        """The state's output; `given` stays as it is.

        Raises StateFailed with States.ResultPathMatchFailure."""
        if self.discards:
            return given
        if not self.steps:
            return result
        return _laid(given, self.steps, result)


REPLACES = ResultPath(discards=False, steps=())


def parse_result_path(text: Any) -> ResultPath:
    """Raises PathRefused."""
    if text is None:
        return ResultPath(discards=True, steps=())
    reference = parse_reference(text)
    names = tuple(step for step in reference.steps if isinstance(step, str))
    if reference.from_context or len(names) < len(reference.steps):
        raise PathRefused(f"Value is not a ResultPath: {text!r}")
    return ResultPath(discards=False, steps=names)


def _laid(given: Any, steps: tuple[str, ...], result: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise StateFailed(
            "States.ResultPathMatchFailure", "ResultPath leads into something that is no object"
        )
    name, rest = steps[0], steps[1:]
    return given | {name: _laid(given.get(name, {}), rest, result) if rest else result}
