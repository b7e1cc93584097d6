"""Where the command writes: a terminal with its own width and colours, or a pipe with neither."""

from rich.console import Console

PIPE_WIDTH = 100
"""Columns of a table that no terminal shows."""


def screen(*, stderr: bool = False) -> Console:
    """Nothing that is printed is read as markup, and no word of it is coloured by guess."""
    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console
