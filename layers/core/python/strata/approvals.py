"""Approvals: a person's decision ends the node that waits for it, once."""

from dataclasses import dataclass, replace
from typing import Any

from strata import node_views, wait_ends
from strata.execution_regions import region_of
from strata.model.control import APPROVAL
from strata.model.errors import (
    AlreadyDecided,
    ApprovalExpired,
    Conflict,
    IdempotencyKeyReused,
    NotWaiting,
    Unavailable,
)
from strata.model.execution import NodeStatus
from strata.model.idempotency import Idempotency
from strata.node_attempts import conclude
from strata.node_work import Work, facts_of
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.store.node_records import Record, Wait
from strata.store.node_runs import Facts

Json = dict[str, Any]

_MAY_HAVE_EXPIRED = (NodeStatus.WAITING, NodeStatus.COMPLETED, NodeStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Decision:
    """Of one approval; `changes` is {"data": value} where the person changed the data."""

    approve: bool
    changes: Json
    iteration: str = ""


def decide(
    user_id: str,
    execution_id: str,
    node_id: str,
    decision: Decision,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """The node as it is then. With an idempotency key the same request may be sent again, for as
    long as the execution is kept.

    Raises NotFound, NotWaiting, AlreadyDecided, ApprovalExpired, IdempotencyKeyReused,
    Unavailable. A platform that does not answer leaves the decision as it is: the machine is told
    later."""
    work = _work_of(user_id, execution_id, node_id, decision.iteration, platform)
    for _ in range(wait_ends.MOST_TRIES):
        facts = facts_of(work)
        if facts.own.wait and facts.own.wait.decided:
            own = _decided_before(work, facts.own, facts.own.wait.decided, idempotency)
            break
        _check_waits(work, facts)
        try:
            own = conclude(work, _by(facts, idempotency), _answer(work, decision))
            break
        except (ConditionFailed, Conflict):
            continue
    else:
        raise Unavailable("The node is being changed without a pause.")
    wait_ends.try_to_tell(work, own)
    iteration = decision.iteration or None
    return node_views.get(user_id, execution_id, node_id, iteration=iteration, platform=platform)


def _work_of(
    user_id: str, execution_id: str, node_id: str, iteration: str, platform: Platform
) -> Work:
    region = region_of(user_id, execution_id, iteration, platform)
    node = region.node(node_id)
    return Work(region.run, region.plan, node, platform.blocks()[node.block], platform)


def _decided_before(
    work: Work, own: Record, decided: Any, idempotency: Idempotency | None
) -> Record:
    """The record, if this request is the one that decided. Else raises, and the machine hears of
    the decision again all the same."""
    if idempotency is None or idempotency.key != decided["key"]:
        wait_ends.try_to_tell(work, own)
        raise AlreadyDecided
    if idempotency.digest != decided["digest"]:
        raise IdempotencyKeyReused
    return own


def _check_waits(work: Work, facts: Facts) -> None:
    own = facts.own
    if work.node.block != APPROVAL:
        raise NotWaiting("The node is no approval.")
    if own.status in _MAY_HAVE_EXPIRED and wait_ends.is_expired(work, own):
        raise ApprovalExpired
    if not wait_ends.is_awaited(work, facts):
        raise NotWaiting


def _by(facts: Facts, idempotency: Idempotency | None) -> Facts:
    """The same, such that the end tells which request decided."""
    wait = facts.own.wait or Wait("")
    decided = {"key": "", "digest": ""}
    if idempotency is not None:
        decided = {"key": idempotency.key, "digest": idempotency.digest}
    return replace(facts, own=replace(facts.own, wait=replace(wait, decided=decided)))


def _answer(work: Work, decision: Decision) -> Json:
    told = {"approve": decision.approve, "by": work.run.user_id, "at": work.now()}
    return {**told, **decision.changes}
