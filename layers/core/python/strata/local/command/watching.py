"""The progress of an execution as its user sees it: a live display, or lines."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.live import Live

from strata.local.command.snapshot import NodeSeen, Snapshot, span
from strata.local.command.timeline import timeline
from strata.model.execution import NodeStatus

Show = Callable[[Snapshot], None]
Watcher = Callable[[Console], AbstractContextManager[Show]]

WIDEST = 110
_LINES_FREE = 3
"""Of the screen: for the table's head and the cursor."""
_COLUMNS_FREE = 3
"""The terminal shows a Ctrl-C behind the cursor: in a full line it would begin a new one, and the
display could not be taken away whole."""


@contextmanager
def live(console: Console) -> Iterator[Show]:
    """A table that fits the screen and is gone at the end."""
    with Live(console=console, auto_refresh=False, transient=True) as display:

        def show(seen: Snapshot) -> None:
            room = console.height - _LINES_FREE
            width = min(console.width - _COLUMNS_FREE, WIDEST)
            display.update(timeline(seen, room, width), refresh=True)

        yield show


@contextmanager
def lines(console: Console, known: dict[str, NodeStatus] | None = None) -> Iterator[Show]:
    """A line for each status that a node has come to, but those that are known from before."""
    known = {} if known is None else known

    def show(seen: Snapshot) -> None:
        changed = [node for node in seen.nodes if node.status is not known.get(node.id)]
        known.update((node.id, node.status) for node in changed)
        for node in sorted(changed, key=lambda node: _when(node, seen)):
            if node.status is not NodeStatus.PENDING:
                console.print(_line(node, seen), soft_wrap=True)

    yield show


def _when(node: NodeSeen, seen: Snapshot) -> float:
    """The time of its status; that of the look for one that ended without having run."""
    times = [time for time in (node.start, node.end) if time is not None]
    return max(times, default=seen.seconds)


def _line(node: NodeSeen, seen: Snapshot) -> str:
    took = ""
    if node.start is not None and node.end is not None:
        took = f" in {span(node.end - node.start)}"
    notes = "".join(f", {note}" for note in node.notes)
    deepest = len(str(seen.nodes[-1].level))
    when = f"{_when(node, seen):7.3f} s  level {node.level:>{deepest}}"
    return f"{when}  {node.status:<9}  {node.label}{took}{notes}"
