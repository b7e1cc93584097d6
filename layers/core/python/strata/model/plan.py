"""A plan: what the engine needs of a checked graph, in the order in which it can run.

Standard library only, since every run of a node reads it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any

from strata.model.shape import Shape, Step, shape_from_json, shape_to_json

Json = dict[str, Any]

MAX_NODE_SECONDS = 840
"""A Lambda function lives 900 s; the rest is for the platform's own work."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A link seen from its target: `part` is empty where it feeds the pin as a whole."""

    source: str
    output: str
    pin: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`max_attempts` counts the first one; times in seconds."""

    max_attempts: int = 1
    interval_seconds: int = 1
    backoff_rate: float = 2
    max_delay_seconds: int = 30


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A node with its links sorted in; `incoming` keeps the order of the graph's links."""

    id: str
    block: str
    inputs: Mapping[str, Any]
    incoming: tuple[Incoming, ...]
    level: int
    state: str
    """The name of its state in the state machine."""
    timeout_seconds: int
    """Of one attempt; where the node waits to be told its end, how long it waits."""
    retry: RetryPolicy
    continues: bool
    """Whether the execution goes on when this node fails."""
    behaviour: str = "run"
    """See strata.model.block.Behaviour."""
    parent: str = ""
    """The loop whose body it belongs to; its level is counted within that."""
    collects: tuple[Incoming, ...] = ()
    """Of a loop: the links by which its body hands back what it gives for each item."""
    pinned: Mapping[str, Any] | None = None
    """What it emits in the run of a draft."""


NOTHING = Step(())
"""The shape of no node at all."""


@dataclass(frozen=True)
class Plan:
    """`nodes` by level and, within one, in the author's order; those of bodies come last."""

    nodes: tuple[PlannedNode, ...]
    last: frozenset[str]
    """The nodes whose end can end the execution; empty where a state of its own does it."""
    shape: Shape = NOTHING
    """Of the nodes that are in no body."""
    bodies: Mapping[str, Shape] = field(default_factory=dict)
    """The shape of each loop's body, by the loop's node."""
    express: bool = False
    draft: bool = False
    """Whether it is of a draft, whose runs take pinned outputs."""

    @cached_property
    def by_id(self) -> dict[str, PlannedNode]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def top(self) -> tuple[PlannedNode, ...]:
        """The nodes that are in no body."""
        return tuple(node for node in self.nodes if not node.parent)

    @cached_property
    def levels(self) -> tuple[tuple[PlannedNode, ...], ...]:
        """The same by level."""
        rows = groupby(self.top, key=lambda node: node.level)
        return tuple(tuple(row) for _, row in rows)

    @cached_property
    def by_parent(self) -> Mapping[str, tuple[PlannedNode, ...]]:
        """The nodes of each region, by its loop; those of none under the empty text."""
        found: dict[str, list[PlannedNode]] = {"": [], **{loop: [] for loop in self.bodies}}
        for node in self.nodes:
            found[node.parent].append(node)
        return {loop: tuple(nodes) for loop, nodes in found.items()}

    def to_json(self) -> Json:
        return {
            "nodes": [asdict(node) for node in self.nodes],
            "last": sorted(self.last),
            "shape": shape_to_json(self.shape),
            "bodies": {loop: shape_to_json(body) for loop, body in self.bodies.items()},
            "express": self.express,
            "draft": self.draft,
        }


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.to_json` wrote."""
    return Plan(
        nodes=tuple(map(_node, document["nodes"])),
        last=frozenset(document["last"]),
        shape=shape_from_json(document["shape"]),
        bodies={loop: shape_from_json(body) for loop, body in document["bodies"].items()},
        express=document["express"],
        draft=document["draft"],
    )


def _node(document: Mapping[str, Any]) -> PlannedNode:
    incoming = tuple(Incoming(**link) for link in document["incoming"])
    retry = RetryPolicy(**document["retry"])
    collects = tuple(Incoming(**link) for link in document["collects"])
    parts = {"incoming": incoming, "retry": retry, "collects": collects}
    return PlannedNode(**{**document, **parts})
