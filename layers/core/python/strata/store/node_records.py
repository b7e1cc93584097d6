"""How a node fares: the record as it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from strata.clock import moment
from strata.model.execution import NodeStatus
from strata.ports import Item


@dataclass(frozen=True, slots=True)
class Loop:
    """With what a loop runs its body: so many items, so many of which may fail, within one history
    (`inline`) or each with a history of its own (`distributed`)."""

    count: int
    tolerated: int
    mode: str


@dataclass(frozen=True, slots=True)
class Wait:
    """What a node waits for: a time, or before that an answer to the `token` of its machine's Task.
    The token is gone once the machine took the answer. `child` is the execution of a sub-graph,
    `decided` names the request that decided."""

    until: str
    token: str = ""
    child: str = ""
    decided: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """`losses` counts attempts that the platform lost; `pins` are those that were emitted;
    `attempted_at` is when the last attempt began, `started_at` the first."""

    node: str
    status: NodeStatus = NodeStatus.PENDING
    attempts: int = 0
    losses: int = 0
    deaths: int = 0
    """Those of the losses that were of the whole process."""
    process: str = ""
    pins: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None
    started_at: str | None = None
    attempted_at: str | None = None
    ended_at: str | None = None
    possibly_repeated: bool = False
    failures: tuple[Mapping[str, Any], ...] = ()
    """Attempts that failed: {"started_at", "ended_at", "error": {"code", "message"}}, the oldest
    first; of one that was lost nobody knows the end."""
    loop: Loop | None = None
    """Of a loop that has begun."""
    wait: Wait | None = None
    """Of a node that waits, or has waited."""
    effect_key: str = ""
    """Set where the node may have had its effect under this key in an execution before."""
    reused_from: str | None = None
    """The execution that it ran in, where its result was taken over."""

    @property
    def seconds(self) -> float | None:
        """From the first attempt's start to the end."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (moment(self.ended_at) - moment(self.started_at)).total_seconds()


def record_of(node: str, item: Item | None) -> Record:
    if item is None:
        return Record(node)
    return Record(
        node=node,
        status=NodeStatus(item["status"]),
        attempts=item.get("attempts", 0),
        losses=item.get("losses", 0),
        deaths=item.get("deaths", 0),
        process=item.get("process", ""),
        pins=tuple(item.get("pins", ())),
        error=item.get("error"),
        started_at=item.get("started_at"),
        attempted_at=item.get("attempted_at"),
        ended_at=item.get("ended_at"),
        possibly_repeated=item.get("possibly_repeated", False),
        failures=tuple(item.get("failures", ())),
        loop=Loop(**item["loop"]) if "loop" in item else None,
        wait=_wait_of(item) if "until" in item else None,
        effect_key=item.get("effect_key", ""),
        reused_from=item.get("reused_from"),
    )


def _wait_of(item: Item) -> Wait:
    return Wait(**{name: item[name] for name in Wait.__slots__ if name in item})


def node_of(item: Item) -> str:
    return str(item["sk"]).removeprefix("NODE#")


def records(items: Iterable[Item]) -> dict[str, Record]:
    """Records by node, of the items that are records."""
    found = (item for item in items if item["sk"].startswith("NODE#"))
    return {node_of(item): record_of(node_of(item), item) for item in found}
