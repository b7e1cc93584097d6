"""How the verbs of `strata` end: with what they have to say, never with a traceback."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from strata.local.command.refusals import Refusal, printable


class Verbs(TyperGroup):
    """Tells a Refusal in its own lines, not as a failure of the program."""

    def invoke(self, ctx: Any) -> Any:
        _never_stumble_over_a_character()
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            for line in refusal.lines:
                typer.echo(printable(line), err=True)
            raise typer.Exit(refusal.exit_code) from None


def _never_stumble_over_a_character() -> None:
    """A terminal that cannot show a sign gets a question mark in its place."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
