"""A plan: what the engine needs of a checked graph, in the order in which it can run.

Standard library only, since every run of a node reads it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

Json = dict[str, Any]


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
    retry: RetryPolicy
    continues: bool
    """Whether the execution goes on when this node fails."""


@dataclass(frozen=True)
class Plan:
    """`nodes` by level and, within one, in the author's order."""

    nodes: tuple[PlannedNode, ...]
    last: frozenset[str]
    """The nodes whose end can end the execution; empty where a state of its own does it."""

    @cached_property
    def by_id(self) -> dict[str, PlannedNode]:
        return {node.id: node for node in self.nodes}

    def to_json(self) -> Json:
        document = asdict(self)
        document["last"] = sorted(self.last)
        return document


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.to_json` wrote."""
    return Plan(tuple(map(_node, document["nodes"])), frozenset(document["last"]))


def _node(document: Mapping[str, Any]) -> PlannedNode:
    incoming = tuple(Incoming(**link) for link in document["incoming"])
    retry = RetryPolicy(**document["retry"])
    return PlannedNode(**{**document, "incoming": incoming, "retry": retry})
