"""Executions of a graph version: how they fare, and the ids that name one."""

from dataclasses import dataclass
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
