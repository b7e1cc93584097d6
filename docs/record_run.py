"""Writes docs/run.svg: what `make run` leaves in a terminal. `make recording` calls it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from strata.clock import SystemClock
from strata.local.command.documents import read_graph, read_inputs
from strata.local.command.once import Wish, run_once
from strata.local.command.snapshot import Snapshot
from strata.local.command.watching import Show

ROOT = Path(__file__).parents[1]
GRAPH = ROOT / "events" / "graphs" / "seattle_report.json"
WIDTH = 100


@contextmanager
def what_stays(_: Console) -> Iterator[Show]:
    """The display that moves is gone at the end, so nothing of it is recorded."""

    def show(_: Snapshot) -> None:
        return None

    yield show


def main() -> None:
    screen = Console(
        file=StringIO(), record=True, force_terminal=True, width=WIDTH, color_system="truecolor"
    )
    screen.print("[bold]$ make run[/bold]")
    graph = read_graph(GRAPH)
    inputs = read_inputs(GRAPH, "", (), graph)
    run_once(graph, inputs, Wish(), screen, SystemClock(), what_stays)
    picture = screen.export_svg(title="make run", theme=MONOKAI, unique_id="run")
    # It stands for itself: no font is fetched for it, each viewer takes its own.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    (ROOT / "docs" / "run.svg").write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
