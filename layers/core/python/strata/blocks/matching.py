"""Regular expressions that end in time: bounded pattern, bounded seconds."""

from functools import lru_cache
from typing import TYPE_CHECKING

from strata.model.errors import InvalidInput, NodeError

if TYPE_CHECKING:
    from regex import Match, Pattern

MAX_PATTERN = 1000
MAX_SECONDS = 2.0
MAX_MATCHES = 1_000_000


def search(pattern: str, text: str, *, pin: str) -> "Match[str] | None":
    """The first match anywhere in the text. Raises InvalidInput for `pin`, or `too_slow`."""
    compiled = _compiled(pattern, pin)
    try:
        return compiled.search(text, timeout=MAX_SECONDS)
    except TimeoutError:
        raise _too_slow() from None


def find_all(pattern: str, text: str, *, pin: str) -> "list[Match[str]]":
    """All matches, from the left, none overlapping; raises as `search`."""
    found: list[Match[str]] = []
    try:
        for match in _compiled(pattern, pin).finditer(text, timeout=MAX_SECONDS):
            if len(found) == MAX_MATCHES:
                raise NodeError("too_large", f"There are more than {MAX_MATCHES:,} matches")
            found.append(match)
    except TimeoutError:
        raise _too_slow() from None
    return found


def _too_slow() -> NodeError:
    return NodeError(
        "too_slow", f"The regular expression takes more than {MAX_SECONDS:g} s on this text"
    )


@lru_cache(maxsize=64)
def _compiled(pattern: str, pin: str) -> "Pattern[str]":
    """The library loads here: most graphs have no regular expression."""
    import regex

    if len(pattern) > MAX_PATTERN:
        raise InvalidInput(pin, f"must be a pattern of at most {MAX_PATTERN} characters")
    try:
        return regex.compile(pattern)
    except regex.error as error:
        # "missing ) at position 2": what is wrong in the pattern, and where.
        raise InvalidInput(pin, f"is not a regular expression: {error}") from None
    except RecursionError:
        raise InvalidInput(pin, "is a regular expression nested too deeply") from None
