"""What the command tells its user instead of a result."""

from collections.abc import Iterable
from pathlib import Path

from strata.local.folder import DATABASE

FAILED = 1
"""What was asked for cannot be: a graph with problems, an execution that failed."""
MISUSED = 2
"""The command cannot read what it was given."""


class Refusal(Exception):
    """Ends the command with that exit code, after its lines on standard error."""

    def __init__(self, message: str, lines: Iterable[str] = (), exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.lines = [message, *lines]
        self.exit_code = exit_code


def check_kept(folder: Path) -> None:
    """That there is something to work on. Raises Refusal where no platform has ever run."""
    if not (folder / DATABASE).is_file():
        raise Refusal(f"{folder}: no platform has kept its data here", exit_code=MISUSED)


def problem_line(code: str, message: str, node: str | None, pin: str | None) -> str:
    """One problem of a graph or of its inputs in one line."""
    place = ".".join(part for part in (node, pin) if part)
    return f"  {place or 'graph'}: {one_line(message)} [{code}]"


def one_line(text: str) -> str:
    """The text as a terminal can show it in one line, without what would steer the terminal."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """The text without the characters that would steer a terminal; line breaks and tabs stay."""
    if text.isprintable():
        return text
    return "".join(
        one if one in "\n\t" or not _steers(one) else f"\\x{ord(one):02x}" for one in text
    )


def _steers(character: str) -> bool:
    """C0, DEL and C1 controls, and those that turn the direction of writing."""
    code = ord(character)
    return (
        code < 0x20 or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    )
