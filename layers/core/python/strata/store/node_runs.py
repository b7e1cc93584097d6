"""Records of nodes: one item tells how a node fares, another holds what it emitted.

A record is PENDING between two attempts and RUNNING while one is open; an open attempt that a new
invocation finds has lost its function. `attempts` guards every write, so that of two invocations
at the same time one alone goes on, and what a late one brings is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strata.clock import moment
from strata.model.execution import NodeStatus, Run
from strata.platform import Platform
from strata.ports import ABSENT, Condition, Delete, Item, Key, Put, Update
from strata.store import keys
from strata.store.values import Packed, pack_all


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


@dataclass(frozen=True, slots=True)
class Facts:
    """What a node's run knows before it begins: head, own record, and pins of its sources."""

    head: Item | None
    own: Record
    emitted: Mapping[str, Mapping[str, Packed]] = field(default_factory=dict)
    around: Mapping[Key, Item] = field(default_factory=dict)
    """What was asked for besides: of the loops around the node."""


def read(
    run: Run,
    node: str,
    sources: Mapping[str, Key],
    platform: Platform,
    around: Sequence[Key] = (),
) -> Facts:
    """One batch; `sources` tells where the values of each lie."""
    head, own = keys.execution(run), keys.node_run(run, node)
    found = platform.table.get_many([head, own, *sources.values(), *around])
    emitted = {source: found[key]["pins"] for source, key in sources.items() if key in found}
    besides = {key: found[key] for key in around if key in found}
    return Facts(found.get(head), record_of(node, found.get(own)), emitted, besides)


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


def unchanged(own: Record) -> tuple[Condition, ...]:
    """As it was read: nobody else has claimed or ended it, or waits with another token."""
    if own.attempts == 0 and not own.effect_key:
        return ABSENT
    token = own.wait.token if own.wait else ""
    return (
        Condition("attempts", "=", own.attempts),
        Condition("status", "=", own.status),
        *((Condition("token", "=", token),) if token else ()),
    )


def claim(
    run: Run,
    own: Record,
    at: str,
    *,
    process: str,
    lost: bool,
    died: bool,
    repeats: bool,
    may_be_lost: bool,
) -> Update:
    """Opens an attempt; `may_be_lost` where a second run of the block could not be noticed."""
    facts: dict[str, Any] = {
        "status": NodeStatus.RUNNING,
        "attempts": own.attempts + 1,
        "attempted_at": at,
    }
    if repeats:
        facts["possibly_repeated"] = True
    if process:
        facts["process"] = process
    if lost:
        facts["failures"] = failures_of(own, None, _LOST)
    return Update(
        keys.node_run(run, own.node),
        set=facts,
        add={"losses": int(lost), "deaths": int(died)} if lost else {},
        initial={"started_at": at},
        when=unchanged(own),
        may_be_lost=may_be_lost,
    )


def unclaim(run: Run, own: Record, claimed: Record) -> Update | Delete:
    """Takes back the claim of an attempt that did not begin: the record is as it was."""
    key = keys.node_run(run, own.node)
    if own.attempts == 0:
        return Delete(key, unchanged(claimed))
    facts = {"status": own.status, "attempts": own.attempts, "attempted_at": own.attempted_at}
    return Update(key, set=facts, when=unchanged(claimed))


def await_retry(run: Run, own: Record, error: Mapping[str, Any], at: str, *, lost: bool) -> Update:
    """Closes an attempt that another one follows."""
    failures = failures_of(own, at, error)
    facts = {"status": NodeStatus.PENDING, "error": dict(error), "failures": failures}
    return Update(
        keys.node_run(run, own.node),
        set=facts,
        add={"losses": 1} if lost else {},
        when=unchanged(own),
    )


_LOST = {"code": "lost", "message": "The function that ran this attempt vanished."}


def failures_of(own: Record, at: str | None, error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """With the attempt that is open now."""
    told = {"code": error["code"], "message": error["message"]}
    return [*own.failures, {"started_at": own.attempted_at, "ended_at": at, "error": told}]


def ended(
    run: Run,
    own: Record,
    status: NodeStatus,
    at: str,
    *,
    pins: Iterable[str] = (),
    error: Mapping[str, Any] | None = None,
) -> Update:
    """The node's end."""
    facts: dict[str, Any] = {
        "status": status,
        "ended_at": at,
        "pins": sorted(pins),
        "error": None if error is None else dict(error),
    }
    under_way = own.status in (NodeStatus.RUNNING, NodeStatus.WAITING)
    if status is NodeStatus.FAILED and error is not None and under_way:
        facts["failures"] = failures_of(own, at, error)
    if own.wait and own.wait.decided:
        facts["decided"] = dict(own.wait.decided)
    return Update(
        keys.node_run(run, own.node),
        set=facts,
        initial={"attempts": own.attempts},
        when=unchanged(own),
    )


def emit(run: Run, node: str, emitted: Mapping[str, Packed]) -> Put:
    """The values that a node emits, to be written together with its end."""
    key = keys.value(run, node)
    return Put({"pk": key.pk, "sk": key.sk, "pins": dict(emitted)})


def pack_outputs(run: Run, outputs: Mapping[str, Any], platform: Platform) -> dict[str, Packed]:
    """Raises NodeError `too_large` for more than 50 MB together."""
    return pack_all(outputs, run.user_id, platform)


def emitted_by(
    run: Run, nodes: Iterable[str], platform: Platform
) -> dict[str, Mapping[str, Packed]]:
    """What these nodes emitted, by node; a node that emitted nothing is left out."""
    wanted = {keys.value(run, node): node for node in nodes}
    found = platform.table.get_many(list(wanted)) if wanted else {}
    return {wanted[key]: item["pins"] for key, item in found.items()}
