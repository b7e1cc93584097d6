"""What is known of an execution at one moment, as the API tells it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strata.clock import moment
from strata.local.command.refusals import one_line
from strata.model.execution import NodeStatus, Status

Json = dict[str, Any]

_HOURS_IN_FULL = 48
"""A longer duration is told in days."""


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """One node; times in seconds since the execution was created, no start of a skipped one."""

    id: str
    label: str
    block: str
    level: int
    status: NodeStatus
    attempts: int = 0
    start: float | None = None
    end: float | None = None
    error: Mapping[str, Any] | None = None
    items: str = ""
    """How far a loop is."""
    until: str = ""
    """How long it waits at most, while it does."""
    pinned: bool = False

    @property
    def notes(self) -> list[str]:
        """What is told of it beside its status."""
        attempts = f"{self.attempts} attempts" if self.attempts > 1 else ""
        until = f"until {self.until}" if self.until else ""
        return [note for note in (attempts, self.items, until, "pinned" * self.pinned) if note]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`nodes` by level; `seconds` since the execution was created, until it ended."""

    status: Status
    nodes: tuple[NodeSeen, ...]
    seconds: float


def snapshot(
    execution: Json, nodes: Iterable[Json], labels: Mapping[str, str], now: datetime
) -> Snapshot:
    created = moment(execution["created_at"])
    end = moment(execution["ended_at"]) if execution["ended_at"] else now
    seen = tuple(_seen(node, labels, created, now) for node in nodes)
    return Snapshot(Status(execution["status"]), seen, _seconds(created, end))


def labels_of(graph: Mapping[str, Any]) -> dict[str, str]:
    """What a person calls each node: its label, else its id."""
    return {node["id"]: one_line(node.get("label", "")) or node["id"] for node in graph["nodes"]}


def _seen(node: Json, labels: Mapping[str, str], created: datetime, now: datetime) -> NodeSeen:
    status = NodeStatus(node["status"])
    start = None if status is NodeStatus.SKIPPED else node["started_at"]
    end = node["ended_at"]
    return NodeSeen(
        id=node["node"],
        label=labels.get(node["node"], node["node"]),
        block=node["block"],
        level=node["level"],
        status=status,
        attempts=node["attempts"],
        start=None if start is None else _seconds(created, moment(start)),
        end=None if end is None else _seconds(created, moment(end)),
        error=node["error"],
        items=_told(node.get("items")),
        until=when(end_of_wait(node), now) if node["waiting"] else "",
        pinned=node["pinned"],
    )


def end_of_wait(node: Json) -> datetime:
    """When a node that waits does so no more."""
    waiting = node["waiting"]
    return moment(waiting.get("until") or waiting["expires_at"])


def _told(items: Mapping[str, int] | None) -> str:
    if not items:
        return ""
    failed = f", {items['failed']} failed" if items["failed"] else ""
    return f"{items['done']}/{items['count']} items{failed}"


def when(moment: datetime, now: datetime) -> str:
    """A time as the clock on the wall tells it, with its day unless that is today."""
    told, today = moment.astimezone(), now.astimezone().date()
    return f"{told:%H:%M:%S}" if told.date() == today else f"{told:%Y-%m-%d %H:%M}"


def _seconds(first: datetime, then: datetime) -> float:
    """Never negative: the API's times are cut to milliseconds."""
    return max(0.0, (then - first).total_seconds())


def span(seconds: float) -> str:
    """A duration as a person reads it."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds >= 9.995 else f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= _HOURS_IN_FULL:
        return f"{hours // 24} d {hours % 24:02} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
