"""How far an execution is to go: to one node and all that it depends on, or to the end.

Nodes beyond its reach are skipped, and it ends COMPLETED without them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strata.model.execution import Run
from strata.model.plan import Plan, PlannedNode
from strata.platform import Platform


@dataclass(frozen=True, slots=True)
class Reach:
    """`nodes` are the ids of those within reach; None for all."""

    nodes: frozenset[str] | None = None

    def includes(self, node: str) -> bool:
        return self.nodes is None or node in self.nodes


ALL = Reach()


def reach_of(run: Run, head: Mapping[str, Any], plan: Plan, platform: Platform) -> Reach:
    """The reach of an execution, by its head; found once per process."""
    until = head.get("until")
    if until is None:
        return ALL
    key = ("reach", run.user_id, run.graph_id, run.version, until)
    return platform.memory.recall(key, lambda: reach_to(plan, until), _parts)


def _parts(reach: Reach) -> int:
    return len(reach.nodes or ())


def reach_to(plan: Plan, until: str | None) -> Reach:
    """To that node, which is in no body; None for all."""
    if until is None:
        return ALL
    found: set[str] = set()
    waiting = [until]
    while waiting:
        node = plan.by_id[waiting.pop()]
        if node.id not in found:
            found |= {one.id for one in with_body(plan, node)}
            waiting += sources_of(plan, node)
    return Reach(frozenset(found))


def with_body(plan: Plan, node: PlannedNode) -> Iterator[PlannedNode]:
    """The node and, of a loop, the nodes of its body and of those within."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += plan.by_parent.get(one.id, ())


def sources_of(plan: Plan, node: PlannedNode) -> Iterator[str]:
    """The nodes that it depends on, of a loop also those that its body does; each as often as there
    are links from it."""
    members = list(with_body(plan, node))
    within = {one.id for one in members}
    for one in members:
        for link in one.incoming:
            if link.source not in within:
                yield link.source
