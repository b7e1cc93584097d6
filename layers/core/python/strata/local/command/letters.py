"""`strata outbox`: the letters that an embedded platform has written, whether it runs or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strata.clock import Clock
from strata.local.command.refusals import MISUSED, Refusal, check_kept, one_line, printable
from strata.local.folder import OUTBOX
from strata.local.outbox import Outbox

Letters = list[dict[str, str]]


def read_letters(folder: Path, clock: Clock) -> Letters:
    """Oldest first. Raises Refusal."""
    with _opened(folder, clock) as outbox:
        return outbox.letters()


def clear_letters(folder: Path, clock: Clock) -> None:
    """Raises Refusal."""
    with _opened(folder, clock) as outbox:
        outbox.clear()


@contextmanager
def _opened(folder: Path, clock: Clock) -> Iterator[Outbox]:
    check_kept(folder)
    try:
        yield Outbox(folder / OUTBOX, clock)
    except OSError as error:
        raise Refusal(f"{folder}: {error.strerror}", exit_code=MISUSED) from error


def letter_lines(letters: Letters) -> Iterator[str]:
    """As a person reads them."""
    for letter in letters:
        yield f"To:      {one_line(letter['to'])}"
        yield f"At:      {one_line(letter['at'])}"
        yield f"Subject: {one_line(letter['subject'])}"
        yield ""
        yield from (f"    {line}" for line in printable(letter["text"]).splitlines())
        yield ""
    match len(letters):
        case 0:
            yield "No letter has been written."
        case 1:
            yield "1 letter"
        case several:
            yield f"{several} letters"
