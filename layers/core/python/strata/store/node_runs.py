"""Records of nodes: one item tells how a node fares, another holds what it emitted.

A record is PENDING between two attempts and RUNNING while one is open; an open attempt that a new
invocation finds has lost its function. `attempts` guards every write, so that of two invocations
at the same time one alone goes on, and what a late one brings is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strata.model.execution import NodeStatus, Run
from strata.platform import Platform
from strata.ports import ABSENT, Condition, Delete, Item, Key, Put, Update
from strata.store import keys
from strata.store.node_records import Record, record_of
from strata.store.values import Packed, pack_all


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
