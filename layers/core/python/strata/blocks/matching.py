"""Regular expressions that end: bounded in their size, their unrolled size, time and matches."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from strata.model.errors import InvalidInput, NodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from regex import Match, Pattern

MAX_PATTERN = 1000
MAX_UNROLLED = 100_000
MAX_SECONDS = 2.0
SECONDS_A_TEXT = 0.000_01
MAX_MATCHES = 1_000_000

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CALL = re.compile(r"\(\?(?:R|[0-9]|[+-][0-9]|&|P>)")
"""Of the pattern itself or of one of its groups. One that stands among the characters of a set is
refused as well: who tells sets apart can be misled."""
_REPEAT = re.compile(r"(?s:(.))\{([0-9]+)", re.ASCII)


class Budget:
    """The time that a block which looks at many texts has for all of them together: that of one,
    and what a simple pattern takes of each."""

    def __init__(self, now: Callable[[], datetime], texts: int) -> None:
        self._now = now
        self._end = now() + timedelta(seconds=MAX_SECONDS + texts * SECONDS_A_TEXT)

    def seconds_left(self) -> float:
        return (self._end - self._now()).total_seconds()


def search(pattern: str, text: str, *, pin: str, budget: Budget | None = None) -> bool:
    """Whether the pattern matches anywhere in the text; `budget` is for more than this one.

    Raises InvalidInput for `pin`, and NodeError `too_slow` or `too_large`."""
    seconds = budget.seconds_left() if budget else MAX_SECONDS
    return next(_matches(pattern, text, pin, seconds), None) is not None


def find_all(pattern: str, text: str, group: int | str, *, pin: str) -> list[str | None]:
    """The group of all matches, from the left, none overlapping; None where it has no part.

    Raises as `search`, and IndexError if the pattern has no such group."""
    found: list[str | None] = []
    for match in _matches(pattern, text, pin, MAX_SECONDS):
        if len(found) == MAX_MATCHES:
            raise NodeError("too_large", f"There are more than {MAX_MATCHES:,} matches")
        found.append(match[group])
    return found


def _matches(pattern: str, text: str, pin: str, seconds: float) -> "Iterator[Match[str]]":
    """The time is that of all matches together."""
    compiled = _compiled(pattern, pin)
    try:
        if seconds <= 0:
            raise TimeoutError
        yield from compiled.finditer(text, timeout=min(seconds, MAX_SECONDS))
    except TimeoutError:
        reason = f"takes more than {MAX_SECONDS:g} s on what it was given"
        raise NodeError("too_slow", f"The regular expression {reason}") from None
    except MemoryError:
        message = "The regular expression needs too much memory on this text"
        raise NodeError("too_large", message) from None


@lru_cache(maxsize=64)
def _compiled(pattern: str, pin: str) -> "Pattern[str]":
    """The library loads here: most graphs have no regular expression."""
    import regex

    if len(pattern) > MAX_PATTERN:
        raise InvalidInput(pin, f"must be a pattern of at most {MAX_PATTERN} characters")
    if _CALL.search(_ESCAPED.sub("x", pattern)):
        # Each level keeps a state of its own: a short pattern fills gigabytes in half a second.
        raise InvalidInput(pin, "is a regular expression that calls itself")
    if _unrolled(pattern) > MAX_UNROLLED:
        raise InvalidInput(pin, "is a regular expression with too many repeats in repeats")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        # "missing ) at position 2": what is wrong in the pattern, and where.
        raise InvalidInput(pin, f"is not a regular expression: {error}") from None
    except RecursionError:
        raise InvalidInput(pin, "is a regular expression nested too deeply") from None


def _unrolled(pattern: str) -> int:
    """At least the steps of the compiled pattern: the library writes `x{9}` out nine times.

    A repeat counts as that of a character only where nothing else can stand before it; others
    may repeat groups, one in the other, and multiply."""
    of_characters, of_groups = len(pattern), 1
    for before, count in _REPEAT.findall(pattern):
        if before.isalnum() or before in "].":
            of_characters += int(count)
        else:
            of_groups *= max(int(count), 1)
    return of_characters * of_groups
