"""An execution of a graph version and the runs of its nodes, as the store keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Of an execution."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"

    @property
    def is_final(self) -> bool:
        return self not in (Status.QUEUED, Status.RUNNING)


class NodeStatus(StrEnum):
    """Of a node within an execution."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        return self in _FINAL


_FINAL = frozenset(
    (NodeStatus.COMPLETED, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED)
)


@dataclass(frozen=True, slots=True)
class Run:
    """The ids of one execution: all that a state machine carries."""

    execution_id: str
    user_id: str
    graph_id: str
    version: int

    def to_json(self) -> dict[str, Any]:
        return {
            "execution_id": self.execution_id,
            "user_id": self.user_id,
            "graph_id": self.graph_id,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution; times are RFC 3339 texts, `error` is {code, message, node}."""

    run: Run
    status: Status
    inputs: Mapping[str, Any]
    created_at: str
    trigger: str = "api"
    outputs: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    started_at: str | None = None
    ended_at: str | None = None
    node_counts: Mapping[str, int] = field(default_factory=dict)
    resumed_from: str | None = None


@dataclass(frozen=True, slots=True)
class NodeRun:
    """One node in one execution; `error` is {code, message, attempts}."""

    node: str
    status: NodeStatus
    attempts: int = 0
    inputs: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    started_at: str | None = None
    ended_at: str | None = None
    possibly_repeated: bool = False
