"""A graph as numbers, and the sections that it falls into.

A cut between two levels makes all of a section below it wait for all of it above. It is *free* if
that is so anyway: each node that begins the lower part depends on each that ends the upper one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from strata.compiler.levels import levels


@dataclass(frozen=True, slots=True)
class Net:
    """Nodes are numbers: by level and, within one, in the author's order."""

    names: Sequence[str]
    level: Sequence[int]
    first: Sequence[int]
    """The first node of each level, and one number more, which is the end."""
    sources: Sequence[Sequence[int]]
    targets: Sequence[Sequence[int]]
    """Ascending, so that those of the next level come first."""


def net_of(nodes: Sequence[str], links: Iterable[tuple[str, str]]) -> Net:
    """Of nodes without cycle; `links` are (source, target)."""
    links = list(links)
    rows = levels(nodes, links)
    names = [name for row in rows for name in row]
    number = {name: at for at, name in enumerate(names)}
    sources: list[list[int]] = [[] for _ in names]
    targets: list[list[int]] = [[] for _ in names]
    for before, after in links:
        targets[number[before]].append(number[after])
    for node, found in enumerate(targets):
        targets[node] = sorted(set(found))
        for target in targets[node]:
            sources[target].append(node)
    level = [at for at, row in enumerate(rows) for _ in row]
    return Net(names, level, [0, *accumulate(map(len, rows))], sources, targets)


@dataclass(frozen=True)
class Section:
    """Nodes of consecutive levels that hang together, ascending.

    In any run of levels each node has a source in the level before, but for those of the first. So
    a section that is cut out of another begins at the cut, and whatever of the net is linked to one
    of its nodes and lies within its levels belongs to it."""

    net: Net
    nodes: Sequence[int]

    @property
    def first(self) -> int:
        """Its first level."""
        return self.net.level[self.nodes[0]]

    @property
    def last(self) -> int:
        """Its last level."""
        return self.net.level[self.nodes[-1]]

    @property
    def levels(self) -> int:
        return self.last - self.first + 1

    @cached_property
    def pieces(self) -> "list[list[Section]]":
        """What lies between its free cuts, each in sections; only itself if it has none."""
        cuts = _free_cuts(self)
        return self.cut(cuts) if cuts else [[self]]

    def cut(self, after: Sequence[int]) -> "list[list[Section]]":
        """What lies between the cuts, in order, after each of these levels."""
        ends = [bisect_left(self.nodes, self.net.first[level + 1]) for level in after]
        bounds = [0, *ends, len(self.nodes)]
        return [sections(self.net, self.nodes[start:end]) for start, end in pairwise(bounds)]

    def rows(self) -> list[Sequence[int]]:
        """Its nodes by level."""
        starts = [bisect_left(self.nodes, at) for at in self.net.first[self.first : self.last + 1]]
        return [self.nodes[a:b] for a, b in pairwise([*starts, len(self.nodes)])]


def sections(net: Net, nodes: Sequence[int]) -> list[Section]:
    """All nodes of a section in a run of its levels (or of the net), by what hangs together; in the
    order of their first nodes."""
    if net.level[nodes[0]] == net.level[nodes[-1]]:
        return [Section(net, [node]) for node in nodes]
    left = set(nodes)
    return [Section(net, _hanging_together(net, node, left)) for node in nodes if node in left]


def _hanging_together(net: Net, start: int, left: set[int]) -> list[int]:
    """All that is linked to a node by links among those that are left, which it is taken from."""
    left.discard(start)
    found = [start]
    for node in found:
        near = left.intersection(net.sources[node])
        near.update(left.intersection(net.targets[node]))
        left -= near
        found += near
    return sorted(found)


def _free_cuts(section: Section) -> list[int]:
    """After which levels. Before the level that a node's first targets are in, it ends the upper
    part; behind that it does so no more."""
    net, end = section.net, section.net.first[section.last + 1]
    begun, taken_up, links = Counter[int](), Counter[int](), Counter[int]()
    for node in section.nodes:
        begun[net.level[node]] += 1
        near = [target for target in net.targets[node] if target < end]
        if near:
            level = net.level[near[0]]
            taken_up[level] += 1
            links[level] += bisect_left(near, net.first[level + 1])
    cuts, ending = [], 0
    for level in range(section.first, section.last):
        ending += begun[level] - taken_up[level]
        if links[level + 1] == ending * begun[level + 1]:
            cuts.append(level)
    return cuts
