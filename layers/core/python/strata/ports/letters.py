"""Letters to users: the notifier of a platform."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail in plain text; it may hold a one-time token, so nothing logs it."""

    to: str
    subject: str
    text: str


class Notifier(Protocol):
    """Sends letters. Raises Unavailable, also where no sender is set up."""

    def send(self, letter: Letter) -> None: ...
