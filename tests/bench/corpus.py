"""Random graphs, the same ones every time, and times of their nodes that the compiler knows not of.

Of 10 to 300 nodes; each node takes from 10 ms to 10 s.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

GRAPHS = 25
"""Of each kind."""

MOST_NODES = 300

Edges = set[tuple[int, int]]
Times = Sequence[float]
"""Seconds, by node."""

_MASK = (1 << 64) - 1
_SHORTEST, _LONGEST = 0.01, 10.0


class Dice:
    """SplitMix64: numbers that look like chance and are the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, end: int) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return (mixed ^ mixed >> 31) % end

    def between(self, least: int, most: int) -> int:
        return least + self.below(most - least + 1)

    def share(self) -> float:
        """From 0 to less than 1."""
        return self.below(1 << 53) / (1 << 53)


class Case(NamedTuple):
    """Every edge leads from a lower number to a higher one; links stand in their order."""

    kind: str
    nodes: int
    edges: Sequence[tuple[int, int]]
    times: Sequence[Times]


def corpus(graphs: int = GRAPHS, rounds: int = 10) -> Iterator[Case]:
    """So many graphs of each kind, with times drawn so often: by turns every magnitude equally
    likely and every time."""
    for number, (kind, draw) in enumerate(KINDS.items()):
        dice = Dice(number)
        for _ in range(graphs):
            nodes, edges = draw(dice)
            times = [_times(dice, nodes, by_magnitude=at % 2 == 0) for at in range(rounds)]
            yield Case(kind, nodes, sorted(edges), times)


def _times(dice: Dice, nodes: int, *, by_magnitude: bool) -> Times:
    if by_magnitude:
        return [_SHORTEST * (_LONGEST / _SHORTEST) ** dice.share() for _ in range(nodes)]
    return [_SHORTEST + (_LONGEST - _SHORTEST) * dice.share() for _ in range(nodes)]


def _stages(dice: Dice) -> tuple[int, Edges]:
    """Single nodes with a fan between each two: branches of one to three nodes."""
    most = dice.between(10, MOST_NODES - 25)
    edges: Edges = set()
    hub, count = 0, 1
    while count < most:
        ends = []
        for _ in range(dice.between(2, 8)):
            length = dice.between(1, 3)
            edges |= _chain(hub, range(count, count + length))
            count += length
            ends.append(count - 1)
        edges |= {(end, count) for end in ends}
        hub, count = count, count + 1
    return count, edges


def _chains(dice: Dice) -> tuple[int, Edges]:
    """Two to eight of unequal length, with a node that joins them and perhaps one that they share
    as their first."""
    most, chains, start = dice.between(10, MOST_NODES - 1), dice.between(2, 8), dice.below(2)
    edges: Edges = set()
    count, ends = start, []
    for left in range(chains, 0, -1):
        room = most - count
        length = dice.between(1, 2 * room // left - 1) if left > 1 else room
        edges |= _chain(0 if start else None, range(count, count + length))
        count += length
        ends.append(count - 1)
    return count + 1, edges | {(end, count) for end in ends}


def _chain(before: int | None, nodes: range) -> Edges:
    return set(pairwise(nodes if before is None else (before, *nodes)))


def _layered(dice: Dice) -> tuple[int, Edges]:
    return layered_of(dice, dice.between(10, MOST_NODES - 10), dice.between(2, 10))


def layered_of(dice: Dice, least: int, widest: int) -> tuple[int, Edges]:
    """Rows of random width; a node has one to three sources in the row before it, every seventh
    one more up to four rows before."""
    rows: list[range] = []
    edges: Edges = set()
    while not rows or rows[-1].stop < least:
        start = rows[-1].stop if rows else 0
        row = range(start, start + dice.between(1, widest))
        for node in row if rows else ():
            edges |= {(_one_of(dice, rows[-1]), node) for _ in range(dice.between(1, 3))}
            if dice.below(7) == 0:
                edges.add((_one_of(dice, rows[-dice.between(1, min(4, len(rows)))]), node))
        rows.append(row)
    return rows[-1].stop, edges


def _one_of(dice: Dice, row: range) -> int:
    return row[dice.below(len(row))]


def _local(dice: Dice) -> tuple[int, Edges]:
    nodes = dice.between(10, MOST_NODES)
    return nodes, local_of(dice, nodes, dice.between(2, 12), dice.between(1, 3))


def local_of(dice: Dice, nodes: int, back: int, most: int) -> Edges:
    """A node depends on up to `most` of the `back` before it."""
    return {
        (node - dice.between(1, min(back, node)), node)
        for node in range(1, nodes)
        for _ in range(dice.between(0 if node % 10 == 0 else 1, most))
    }


KINDS: dict[str, Callable[[Dice], tuple[int, Edges]]] = {
    "stages": _stages,
    "chains": _chains,
    "layered": _layered,
    "local": _local,
}
