"""Who sits at the terminal, if anybody does: told things, and asked for answers."""

import select
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from rich.console import Console
from rich.text import Text

LOOK_SECONDS = 0.5
"""So often it is looked whether an answer is still wanted."""


class Person:
    """`told` is where they read; they can answer if that and `typed` are of a terminal."""

    def __init__(self, told: Console, typed: TextIO | None = None) -> None:
        self.told = told
        self._typed = sys.stdin if typed is None else typed
        self.answers = told.is_terminal and _is_terminal(self._typed)

    def answer(self, question: str, still_wanted: Callable[[], bool]) -> str | None:
        """The line that was typed after the question was shown; None where there will be none:
        nobody wants it any more, or the input is at its end, so that no other question is."""
        # What was typed ahead answers nothing that has not been read.
        with suppress(termios.error):
            termios.tcflush(self._typed, termios.TCIFLUSH)
        line = ""
        try:
            self.told.print(Text(question), end=" ", soft_wrap=True)
            while not select.select([self._typed], [], [], LOOK_SECONDS)[0]:
                if not still_wanted():
                    return None
            line = self._typed.readline()
            self.answers = bool(line)
            return line.strip() if line else None
        finally:
            # What is told next does not stand behind the question.
            if not line:
                self.told.print()


def _is_terminal(typed: TextIO | None) -> bool:
    """There is none in a process that was started without, or has closed it."""
    return typed is not None and not typed.closed and typed.isatty()
