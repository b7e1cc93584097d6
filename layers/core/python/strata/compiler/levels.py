"""Dependency levels: the one place that knows the barrier between them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence


def levels(nodes: Sequence[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The nodes by level, in the given order within each; `links` are (source, target).

    The first level holds the nodes without incoming links; a node's level is one more than the
    highest of its sources'. Nodes on a cycle, and those that depend on one, are in no level."""
    targets, waiting = _count(nodes, links)
    level = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not waiting[node]]
    for node in ready:
        for target in targets[node]:
            level[target] = max(level[target], level[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return _rows([(node, level[node]) for node in nodes if not waiting[node]])


def _count(
    nodes: Sequence[str], links: Iterable[tuple[str, str]]
) -> tuple[dict[str, list[str]], dict[str, int]]:
    targets = defaultdict[str, list[str]](list)
    waiting = dict.fromkeys(nodes, 0)
    for source, target in links:
        targets[source].append(target)
        waiting[target] += 1
    return targets, waiting


def _rows(placed: Sequence[tuple[str, int]]) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(max((at for _, at in placed), default=-1) + 1)]
    for node, at in placed:
        rows[at].append(node)
    return rows
