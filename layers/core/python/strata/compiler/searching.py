"""The best of all cuts of a short section, by trial.

Every combination counts: what lies between two cuts falls into sections, which have cuts of their
own. The same nodes come up again and again, so each set of them is looked at once.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from strata.compiler.composing import in_parallel, in_series
from strata.compiler.sections import Section
from strata.compiler.trial_times import MEAN, longest_of, total, trial
from strata.model.shape import Shape, Step

SHORT_LEVELS, SHORT_NODES = 16, 600
"""Twice the levels take four times the search, and it finds hardly better shapes."""

PRICE = 1
"""A run may take so many critical paths more as it takes fewer transitions per node."""


def is_short(section: Section) -> bool:
    return section.levels <= SHORT_LEVELS and len(section.nodes) <= SHORT_NODES


def shortest(section: Section, depth: int) -> Shape:
    """The shape with the least sum of its mean time over the trials and the price of its Parallels.

    It is `depth` deep at most, which must be 4 or more."""
    search = _Search(section, depth)
    return search.shape(search.way((1 << len(section.nodes)) - 1))


class _Way(NamedTuple):
    """How some nodes may run: one of them, two ways in series, or several in parallel."""

    cost: float
    time: int
    parallels: int
    depth: int
    compose: Callable[[Sequence[Shape]], Shape] | None = None
    within: "tuple[_Way, ...]" = ()
    place: int = 0

    @property
    def depth_in_series(self) -> int:
        return self.depth if self.compose is in_series else self.depth + 1


class _Search:
    """Nodes are bits, by level: those that a section has in a run of levels are one integer."""

    def __init__(self, section: Section, depth: int) -> None:
        net = section.net
        place = {node: at for at, node in enumerate(section.nodes)}
        linked = [(*net.sources[node], *net.targets[node]) for node in section.nodes]
        self._near = [sum(1 << place[one] for one in near if one in place) for near in linked]
        self._up_to = [(1 << end) - 1 for end in accumulate(map(len, section.rows()))]
        self._level = [net.level[node] - section.first for node in section.nodes]
        self._names = [net.names[node] for node in section.nodes]
        self._times = [trial(node) for node in section.nodes]
        self._price = PRICE * MEAN * (net.level[-1] + 1) / len(net.names)
        self._depth = depth
        self._ways: dict[int, _Way] = {}
        self._series: dict[int, _Way] = {}

    def shape(self, way: _Way) -> Shape:
        if way.compose is None:
            return Step((self._names[way.place],))
        return way.compose([self.shape(one) for one in way.within])

    def way(self, nodes: int) -> _Way:
        found = self._ways.get(nodes)
        if found is None:
            found = self._ways[nodes] = self._best(nodes)
        return found

    def _best(self, nodes: int) -> _Way:
        apart = self._apart(nodes)
        if len(apart) == 1:
            return self._in_series(nodes)
        beside = self._in_parallel([self._in_series(one) for one in apart])
        if beside.parallels == 1:
            return beside
        # Where the branches wait for each other they may do with fewer Parallels.
        joint = self._in_series(nodes)
        return joint if joint.cost < beside.cost or beside.depth >= self._depth else beside

    def _in_series(self, nodes: int) -> _Way:
        """The best one that cuts all of these nodes after the same level, or a single node."""
        found = self._series.get(nodes)
        if found is None:
            single = nodes & (nodes - 1) == 0
            found = self._series[nodes] = self._step(nodes) if single else self._cut(nodes)
        return found

    def _step(self, node: int) -> _Way:
        at = node.bit_length() - 1
        return _Way(total(self._times[at]), self._times[at], parallels=0, depth=1, place=at)

    def _cut(self, nodes: int) -> _Way:
        first = self._level[(nodes & -nodes).bit_length() - 1]
        last = self._level[nodes.bit_length() - 1]
        uppers = [nodes & end for end in self._up_to[first:last]]
        halves = [(self.way(upper), self.way(nodes ^ upper)) for upper in uppers]
        above, below = min(halves, key=lambda pair: pair[0].cost + pair[1].cost)
        return _Way(
            above.cost + below.cost,
            above.time + below.time,
            above.parallels + below.parallels,
            max(above.depth_in_series, below.depth_in_series),
            in_series,
            (above, below),
        )

    def _in_parallel(self, ways: Sequence[_Way]) -> _Way:
        time = longest_of(way.time for way in ways)
        parallels = 1 + sum(way.parallels for way in ways)
        depth = 1 + max(way.depth for way in ways)
        cost = total(time) + self._price * parallels
        return _Way(cost, time, parallels, depth, in_parallel, tuple(ways))

    def _apart(self, nodes: int) -> list[int]:
        """By what hangs together, in the order of first nodes."""
        found = []
        while nodes:
            whole, fresh = 0, nodes & -nodes
            while fresh:
                whole |= fresh
                nodes ^= fresh
                fresh = self._next_to(fresh) & nodes
            found.append(whole)
        return found

    def _next_to(self, nodes: int) -> int:
        near = 0
        while nodes:
            lowest = nodes & -nodes
            near |= self._near[lowest.bit_length() - 1]
            nodes ^= lowest
        return near
