"""Callbacks: an event that somebody posts to a node's secret URL, before it waits or while it does.

post ─▶ kept, the first one alone ─▶ does the node wait? ─▶ it ends with that
                                      └─ not yet: it looks once it waits
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from strata import audit, iterations, wait_ends
from strata.callback_urls import callback_of
from strata.model.control import WAIT_FOR_EVENT
from strata.model.errors import (
    AlreadyAnswered,
    CallbackExpired,
    ExecutionEnded,
    NotFound,
)
from strata.model.execution import NodeStatus
from strata.model.origin import NOWHERE, Origin
from strata.node_work import Work, facts_of
from strata.platform import Platform
from strata.ports import ConditionFailed, Item
from strata.store import executions, users, waits
from strata.store.node_records import Record
from strata.store.node_runs import Facts
from strata.store.values import pack_all, unpack

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """What was posted; `digest` stands for its bytes and their type."""

    body: Any
    headers: Mapping[str, str]
    digest: str


BY_URL = "callback"
"""What they come with who know a node's URL, and are nobody else to us."""


def receive(token: str, event: Event, origin: Origin = NOWHERE, *, platform: Platform) -> Json:
    """{"received_at"} of the event, which is now the node's; the same one may come again.

    Raises NotFound for a forged URL, CallbackExpired where the node does not wait for it any more
    or its user is not active, ExecutionEnded, AlreadyAnswered where another event came first,
    Unavailable."""
    of = callback_of(token, platform=platform)
    run = executions.run_of(executions.head_of(of.user_id, of.execution_id, platform))
    work = wait_ends.work_of(replace(run, iteration=of.iteration), of.node, platform)
    if work.node.block != WAIT_FOR_EVENT:
        raise NotFound
    if users.is_barred(run.user_id, platform):
        raise CallbackExpired
    kept = waits.event(work.run, of.node, platform)
    if kept is None:
        _check_expected(work, facts_of(work))
        kept = _keep(work, event, origin)
    own = _hand_over(work, kept)
    if kept["digest"] != event.digest:
        raise AlreadyAnswered
    if own.status.is_final and own.status is not NodeStatus.COMPLETED:
        raise CallbackExpired
    received_at: str = unpack(kept["pins"]["received_at"], platform)
    return {"received_at": received_at}


def _tell(work: Work, origin: Origin) -> None:
    audit.record(
        work.run.user_id,
        "receive_event",
        origin=origin,
        by=BY_URL,
        resource=f"{work.run.execution_id}/{work.node.id}",
        platform=work.platform,
    )


def look(work: Work, _: Facts) -> Json | None:
    """The event, if it has come."""
    kept = waits.event(work.run, work.node.id, work.platform)
    return None if kept is None else _answer(kept, work.platform)


def _check_expected(work: Work, facts: Facts) -> None:
    """Whether the node waits for an event, or will. Raises what it does instead."""
    if facts.head is None or iterations.is_closed(facts.head):
        raise ExecutionEnded
    will_not = iterations.is_over(work.run, work.plan, facts.around) or facts.own.status.is_final
    if will_not or wait_ends.is_expired(work, facts.own):
        raise CallbackExpired


def _keep(work: Work, event: Event, origin: Origin) -> Item:
    """The event that came first."""
    told = {"body": event.body, "headers": dict(event.headers), "received_at": work.now()}
    pins = pack_all(told, work.run.user_id, work.platform)
    put = waits.keep_event(work.run, work.node.id, pins, event.digest)
    try:
        kept = work.platform.table.write(put)
    except ConditionFailed as failed:
        return failed.item or {}
    _tell(work, origin)
    return kept


def _hand_over(work: Work, kept: Item) -> Record:
    """The record of the node, which ends with the event if it waits. It looks for an event after
    it has begun to wait, and here the event is kept before its record is read: one of the two sees
    the other."""
    own = wait_ends.conclude_awaited(work, _answer(kept, work.platform))
    wait_ends.try_to_tell(work, own)
    return own


def _answer(kept: Item, platform: Platform) -> Json:
    return {name: unpack(packed, platform) for name, packed in kept["pins"].items()}
