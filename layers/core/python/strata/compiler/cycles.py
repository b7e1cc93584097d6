"""Cycles: which nodes hang together in a circle, and one circle of each such knot by name."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

Edge = tuple[str, str]
"""Source and target."""

Targets = Mapping[str, Sequence[str]]


def knots(nodes: Iterable[str], links: Iterable[Edge]) -> list[list[str]]:
    """The strongly connected components of more than one node (Tarjan, without recursion)."""
    targets = _targets(links)
    search = _Search(targets)
    for node in nodes:
        if node not in search.number:
            search.walk(node)
    return [component for component in search.components if len(component) > 1]


def shortest_cycle(start: str, links: Iterable[Edge]) -> list[str]:
    """A shortest way along the links of a knot from one of its nodes back to it, named once."""
    targets = _targets(links)
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while start not in came_from:
        node = waiting.popleft()
        for target in targets[node]:
            if target not in came_from:
                came_from[target] = node
                waiting.append(target)
    return _way_back(start, came_from)


def _way_back(start: str, came_from: Mapping[str, str]) -> list[str]:
    way = [came_from[start]]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def _targets(links: Iterable[Edge]) -> Targets:
    found = defaultdict[str, list[str]](list)
    for source, target in links:
        found[source].append(target)
    return found


class _Search:
    """Tarjan's depth-first search; the way down is a list, so that depth costs memory alone."""

    def __init__(self, targets: Targets) -> None:
        self.components: list[list[str]] = []
        self.number: dict[str, int] = {}
        self._targets = targets
        self._lowest: dict[str, int] = {}
        self._open: list[str] = []
        self._is_open: set[str] = set()

    def walk(self, root: str) -> None:
        way = [(root, self._enter(root))]
        while way:
            node, ahead = way[-1]
            target = next(ahead, None)
            if target is None:
                way.pop()
                self._leave(node, way[-1][0] if way else None)
            elif target not in self.number:
                way.append((target, self._enter(target)))
            elif target in self._is_open:
                self._lowest[node] = min(self._lowest[node], self.number[target])

    def _enter(self, node: str) -> Iterator[str]:
        self.number[node] = self._lowest[node] = len(self.number)
        self._open.append(node)
        self._is_open.add(node)
        return iter(self._targets.get(node, ()))

    def _leave(self, node: str, parent: str | None) -> None:
        if self._lowest[node] == self.number[node]:
            at = len(self._open) - 1
            while self._open[at] != node:
                at -= 1
            component = self._open[at:]
            del self._open[at:]
            self._is_open.difference_update(component)
            self.components.append(component)
        if parent is not None:
            self._lowest[parent] = min(self._lowest[parent], self._lowest[node])
