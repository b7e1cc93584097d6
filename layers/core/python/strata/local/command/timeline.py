"""An execution as a table: a row for each node or band of nodes, and when it ran as a bar."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.bar import Bar
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from strata.local.command.bands import Band, bands
from strata.local.command.snapshot import Snapshot, span
from strata.model.execution import NodeStatus

_SIGNS = {
    NodeStatus.PENDING: ("·", "dim"),
    NodeStatus.RUNNING: ("▶", "yellow"),
    NodeStatus.WAITING: ("◷", "yellow"),
    NodeStatus.COMPLETED: ("✓", "green"),
    NodeStatus.FAILED: ("✗", "bold red"),
    NodeStatus.SKIPPED: ("↷", "dim"),
    NodeStatus.CANCELLED: ("◌", "dim"),
}
_BAR_COLOURS = {NodeStatus.FAILED: "red", NodeStatus.RUNNING: "yellow"}
_STYLED = (NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED, NodeStatus.PENDING)
_BY_WEIGHT = (
    NodeStatus.FAILED,
    NodeStatus.RUNNING,
    NodeStatus.WAITING,
    NodeStatus.PENDING,
    NodeStatus.CANCELLED,
    NodeStatus.COMPLETED,
    NodeStatus.SKIPPED,
)
_LEAST_BAR = 0.01
_NARROW = 70
"""Columns of a terminal below which there is no room for the block beside the node."""


def timeline(seen: Snapshot, room: int, width: int) -> Table:
    """In about `room` rows at most, and that many columns."""
    wide = width >= _NARROW
    table = _columns(seen, width, wide)
    level = ""
    for band in bands(seen.nodes, room):
        for row in _rows(band, seen):
            table.add_row("" if row.level == level else row.level, *row.cells(wide))
            level = row.level
    return table


def _columns(seen: Snapshot, width: int, wide: bool) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, width=width, header_style="dim")
    table.add_column("Level", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Node", no_wrap=True, overflow="ellipsis", ratio=5)
    if wide:
        table.add_column("Block", no_wrap=True, overflow="ellipsis", style="dim")
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column(_scale(seen.seconds), no_wrap=True, ratio=6)
    return table


def _scale(seconds: float) -> Table:
    ends = Table.grid(expand=True)
    ends.add_column()
    ends.add_column(justify="right")
    ends.add_row("0", span(seconds))
    return ends


@dataclass(frozen=True, slots=True)
class _Row:
    level: str
    sign: Text
    name: Text
    block: str
    start: float | None
    end: float | None
    seen: Snapshot
    colour: str

    def cells(self, wide: bool) -> list[RenderableType]:
        block = [self.block] if wide else []
        return [self.sign, self.name, *block, self._time(), self._bar()]

    def _time(self) -> str:
        if self.start is None:
            return ""
        return span((self.seen.seconds if self.end is None else self.end) - self.start)

    def _bar(self) -> Bar | str:
        """However short, it can be seen."""
        if self.start is None:
            return ""
        size = max(self.seen.seconds, 0.001)
        least = size * _LEAST_BAR
        start = min(self.start, size - least)
        end = size if self.end is None else max(self.end, start + least)
        return Bar(size, start, end, color=self.colour)


def _rows(band: Band, seen: Snapshot) -> Iterator[_Row]:
    if band.is_folded:
        yield _folded(band, seen)
    for node in band.shown:
        sign, style = _SIGNS[node.status]
        name = Text(node.label, style if node.status in _STYLED else "")
        for note in node.notes:
            name.append(f"  {note}", "dim")
        colour = _BAR_COLOURS.get(node.status, "cyan")
        level = band.levels if band.is_folded else str(node.level)
        yield _Row(
            level, Text(sign, style), name, node.block, node.start, node.end, seen, colour
        )  # fmt: skip


def _folded(band: Band, seen: Snapshot) -> _Row:
    counts = band.counts
    worst = next(status for status in _BY_WEIGHT if counts[status])
    name = Text(f"{len(band.nodes)} nodes ")
    for status in NodeStatus:
        if counts[status]:
            sign, style = _SIGNS[status]
            name.append(f" {sign} {counts[status]}", style)
    starts = [node.start for node in band.nodes if node.start is not None]
    ends = [node.end for node in band.nodes if node.end is not None]
    runs = any(not node.status.is_final for node in band.nodes)
    return _Row(
        band.levels,
        Text(*_SIGNS[worst]),
        name,
        "",
        min(starts, default=None),
        None if runs else max(ends, default=None),
        seen,
        _BAR_COLOURS.get(worst, "cyan"),
    )
