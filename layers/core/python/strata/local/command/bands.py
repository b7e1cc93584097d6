"""The nodes of an execution in as many rows as there is room for.

A row for each node where that fits. Else wide levels are folded into one row each, the widest
first, and below such a row stand the nodes that a person looks for: those that failed, then those
that run. Of more levels than there are rows, several beside each other make one row.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, islice
from math import ceil

from strata.local.command.snapshot import NodeSeen
from strata.model.execution import NodeStatus

_LOOKED_FOR = (NodeStatus.FAILED, NodeStatus.RUNNING, NodeStatus.WAITING)
_LEAST_ROOM = 4
_KEPT_FOR_THOSE = 8

Part = tuple[NodeSeen, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """The nodes of one level, or of several; `shown` are those that have rows of their own."""

    nodes: Part
    shown: Part

    @property
    def levels(self) -> str:
        first, last = self.nodes[0].level, self.nodes[-1].level
        return str(first) if first == last else f"{first}–{last}"

    @property
    def is_folded(self) -> bool:
        """Whether some of its nodes have no row of their own, so that it needs one itself."""
        return len(self.shown) < len(self.nodes)

    @property
    def counts(self) -> Counter[NodeStatus]:
        return Counter(node.status for node in self.nodes)


def bands(nodes: Sequence[NodeSeen], room: int) -> list[Band]:
    """Bands that take at most `room` rows, or 4 if that is less. Which levels are folded depends
    on the graph alone, so that rows keep their places while it runs."""
    parts = _parts(nodes, max(room, _LEAST_ROOM))
    spare = max(room, _LEAST_ROOM) - len(parts)
    all_fit = len(nodes) - len(parts) <= spare
    kept = 0 if all_fit else min(_KEPT_FOR_THOSE, spare // 2)
    opened = _opened(parts, spare - kept)
    left = spare - sum(len(parts[at]) - 1 for at in opened)
    folded = [node for at, part in enumerate(parts) if at not in opened for node in part]
    found = frozenset(islice(_looked_for(folded), left))
    return [
        Band(part, part if at in opened else tuple(node for node in part if node.id in found))
        for at, part in enumerate(parts)
    ]


def _parts(nodes: Sequence[NodeSeen], room: int) -> list[Part]:
    """The levels, several in one part where there are more of them than room."""
    levels = [tuple(row) for _, row in groupby(nodes, key=lambda node: node.level)]
    height = max(1, ceil(len(levels) / room))
    return [
        tuple(node for level in levels[at : at + height] for node in level)
        for at in range(0, len(levels), height)
    ]


def _opened(parts: Sequence[Part], room: int) -> frozenset[int]:
    """The positions of the parts whose nodes have rows of their own, the narrowest first."""
    by_width = sorted(range(len(parts)), key=lambda at: len(parts[at]))
    needed = accumulate(len(parts[at]) - 1 for at in by_width)
    return frozenset(at for at, rows in zip(by_width, needed, strict=True) if rows <= room)


def _looked_for(nodes: Sequence[NodeSeen]) -> Iterator[str]:
    for status in _LOOKED_FOR:
        yield from (node.id for node in nodes if node.status is status)
