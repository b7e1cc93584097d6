"""Executions of a graph version: how they fare, and the ids that name one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    iteration: str = ""
    """Within the body of a loop: `loop:3`, of a loop in that body `loop:3/inner:0`."""

    def to_json(self) -> dict[str, Any]:
        ids: dict[str, Any] = {
            "execution_id": self.execution_id,
            "user_id": self.user_id,
            "graph_id": self.graph_id,
            "version": self.version,
        }
        return {**ids, "iteration": self.iteration} if self.iteration else ids

    @property
    def loop(self) -> str:
        """The id of the loop that this iteration is of; empty outside of any."""
        return self.iteration.rpartition("/")[2].rpartition(":")[0]

    @property
    def index(self) -> int:
        """The position of this iteration's item; only within the body of a loop."""
        return int(self.iteration.rpartition(":")[2])

    @property
    def around(self) -> "Run":
        """The run that the loop itself belongs to."""
        return replace(self, iteration=self.iteration.rpartition("/")[0])

    def out_to(self, loop: str) -> "Run":
        """The run of that loop's body, which this one lies in; without a loop, of the graph."""
        run = self
        while run.loop != loop:
            run = run.around
        return run

    def effect_key(self, node: str) -> str:
        """What an effect of that node is known by to the other side, however often it is tried."""
        return f"{self.execution_id}/{node}/{self.iteration or 0}"

    def within(self, loop: str, index: int) -> "Run":
        """The run of a loop's body for one item."""
        outer = f"{self.iteration}/" if self.iteration else ""
        return replace(self, iteration=f"{outer}{loop}:{index}")


def run_from_json(document: Mapping[str, Any]) -> Run:
    """The run in a state's input, which may carry more."""
    return Run(**{name: document[name] for name in Run.__slots__ if name in document})
