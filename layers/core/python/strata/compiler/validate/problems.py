"""What is wrong with a definition: where, which, and in one sentence."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Json = Mapping[str, Any]

LONGEST_TOLD = 80
"""So much of a name or a value a sentence repeats at most."""


class Problem(NamedTuple):
    state: str
    """The state's name; empty for the machine itself."""
    field: str
    """Its path within the state or the machine, such as `Retry[0].ErrorEquals`; empty for all."""
    code: str
    """Stable, such as `missing_field`."""
    message: str


Problems = Iterable[Problem]


class Place(NamedTuple):
    """A field of a state or of the machine."""

    state: str = ""
    field: str = ""

    def at(self, part: str | int) -> "Place":
        """The place of a field or of an entry within it."""
        if isinstance(part, int):
            return Place(self.state, f"{self.field}[{part}]")
        return Place(self.state, f"{self.field}.{part}" if self.field else part)

    def problem(self, code: str, predicate: str) -> Problem:
        """A problem whose sentence is this place and the predicate."""
        subject = f"'{cut(self.field)}'" if self.field else self._whole()
        return Problem(self.state, self.field, code, f"{subject} {predicate}.")

    def _whole(self) -> str:
        return "The state" if self.state else "The machine"


MACHINE = Place()


def told(value: Any) -> str:
    """A name or a text from the definition, as a sentence repeats it."""
    return f"'{cut(value)}'" if isinstance(value, str) else kind_of(value)


def cut(text: str) -> str:
    return text if len(text) <= LONGEST_TOLD else f"{text[: LONGEST_TOLD - 1]}…"


def kind_of(value: Any) -> str:
    """A value's kind in the words of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, int | float):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"
