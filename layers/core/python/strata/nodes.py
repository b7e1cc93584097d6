"""The run of one node: read, skip or claim, run, record, and end the execution with the last one.

run ── ended before? ──▶ its recorded end, again
 ├─── no live link, or a required input without value ──▶ SKIPPED
 └─── claim ─▶ block ─▶ COMPLETED
                 └────▶ another attempt (NodeRetry) or FAILED (NodeFailed, unless it continues)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from strata import ends
from strata.block_runs import World, run_within
from strata.clock import moment, timestamp
from strata.gathering import gather
from strata.model.block import ERROR_PIN, Block, Values
from strata.model.errors import Conflict, NodeError, NodeFailed, NodeRetry, NotFound
from strata.model.execution import NodeStatus, Run, Status
from strata.model.plan import Plan, PlannedNode
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.store import executions, graphs, node_runs
from strata.store.node_runs import Facts, Record
from strata.store.values import Packed, unpack

Json = dict[str, Any]

MOST_LOSSES = 2
"""So often a node is run again though its function vanished; then its loss is recorded."""

UNKNOWN_EFFECT = ("timeout", "upstream_timeout")


@dataclass(frozen=True, slots=True)
class Work:
    """One node of one execution on one platform."""

    run: Run
    plan: Plan
    node: PlannedNode
    block: Block
    platform: Platform

    def now(self) -> str:
        return timestamp(self.platform.clock.now())


def run(run: Run, node_id: str, *, platform: Platform) -> Json:
    """Runs the node once, however often it is asked, and returns a preview of its end.

    Raises NodeRetry if another attempt is due, NodeFailed if the node's failure ends the
    execution."""
    plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
    node = plan.by_id[node_id]
    work = Work(run, plan, node, platform.blocks()[node.block], platform)
    sources = dict.fromkeys(link.source for link in node.incoming)
    facts = node_runs.read(run, node.id, sources, platform)
    if facts.head is None:
        raise NotFound
    ended = facts.own if facts.own.status.is_final else None
    if ended is None and Status(facts.head["status"]).is_final:
        return _preview(work, replace(facts.own, status=NodeStatus.CANCELLED))
    ended = ended or _bring_to_end(work, facts)
    return _settle(work, ended)


def _bring_to_end(work: Work, facts: Facts) -> Record:
    """The node's record, final."""
    try:
        inputs = gather(
            work.node, work.block, facts.emitted, lambda one: unpack(one, work.platform)
        )
        if inputs is None:
            return _end(work, facts.own, NodeStatus.SKIPPED)
        return _attempt(work, facts, inputs)
    except (ConditionFailed, Conflict):
        # Another invocation of this node was faster: its word counts.
        raise NodeRetry(work.node.id) from None


def _attempt(work: Work, facts: Facts, inputs: Json) -> Record:
    lost = facts.own.status is NodeStatus.RUNNING
    if lost and facts.own.losses >= MOST_LOSSES:
        return _fail(work, facts.own, _loss(work, facts.own))
    own = _claim(work, facts.own, lost)
    try:
        outputs = _outputs(work, _with_given(work, facts, inputs))
        emitted = node_runs.pack_outputs(work.run, outputs, work.platform)
    except NodeError as error:
        return _fail(work, own, error)
    return _end(work, own, NodeStatus.COMPLETED, emitted=emitted)


def _claim(work: Work, own: Record, lost: bool) -> Record:
    """Opens an attempt; the first node of the plan starts the execution with it."""
    at = work.now()
    claim = node_runs.claim(work.run, own, at, lost=lost, repeats=_repeats(work, own, lost))
    if work.node is work.plan.nodes[0] and own.attempts == 0:
        work.platform.table.write_all([claim, executions.started(work.run, at)])
    else:
        work.platform.table.write(claim)
    return replace(
        own,
        status=NodeStatus.RUNNING,
        attempts=own.attempts + 1,
        losses=own.losses + lost,
        started_at=own.started_at or at,
    )


def _repeats(work: Work, own: Record, lost: bool) -> bool:
    """Whether nobody can know if the attempt before this one had its effect."""
    unknown = lost or (own.error or {}).get("code") in UNKNOWN_EFFECT
    return unknown and work.block.has_effect


def _with_given(work: Work, facts: Facts, inputs: Json) -> Json:
    """An input node gets what the execution was given under its name."""
    if work.block.name != "input" or facts.head is None:
        return inputs
    packed = facts.head["inputs"].get(inputs.get("name"))
    return inputs if packed is None else {**inputs, "value": unpack(packed, work.platform)}


def _outputs(work: Work, inputs: Json) -> Values:
    world = World(
        platform=work.platform,
        user_id=work.run.user_id,
        idempotency_key=f"{work.run.execution_id}/{work.node.id}/0",
        deadline=work.platform.clock.now() + timedelta(seconds=work.node.timeout_seconds),
    )
    return run_within(work.node.timeout_seconds, work.block, inputs, world)


def _fail(work: Work, own: Record, error: NodeError) -> Record:
    """Asks for another attempt, or records the failure."""
    told = {"code": error.code, "message": error.message, "attempts": own.attempts}
    tried = own.attempts - own.losses
    if error.retryable and tried < work.node.retry.max_attempts:
        work.platform.table.write(node_runs.await_retry(work.run, own, told))
        raise NodeRetry(f"{error.code}: {error.message}")
    emitted = None
    if work.node.continues:
        emitted = node_runs.pack_outputs(work.run, {ERROR_PIN: told}, work.platform)
    return _end(work, own, NodeStatus.FAILED, emitted=emitted, error=told)


def _loss(work: Work, own: Record) -> NodeError:
    """Why an attempt has no end: its time was up, or its function vanished."""
    begun = moment(own.started_at or work.now())
    spent = (work.platform.clock.now() - begun).total_seconds()
    if spent >= work.node.timeout_seconds:
        return NodeError("timeout", f"The node ran longer than {work.node.timeout_seconds} s.")
    return NodeError("node_lost", "The function that ran this node vanished, several times.")


def _end(
    work: Work,
    own: Record,
    status: NodeStatus,
    *,
    emitted: Mapping[str, Packed] | None = None,
    error: Mapping[str, Any] | None = None,
) -> Record:
    at, pins = work.now(), sorted(emitted or ())
    end = node_runs.ended(work.run, own, status, at, pins=pins, error=error)
    if emitted is None:
        work.platform.table.write(end)
    else:
        values = node_runs.emit(work.run, own.node, emitted)
        work.platform.table.write_all([end, values])
    return replace(own, status=status, ended_at=at, pins=tuple(pins), error=error)


def _settle(work: Work, own: Record) -> Json:
    """What the state machine is told of a node that has ended."""
    if own.status is NodeStatus.FAILED and not work.node.continues:
        error: Mapping[str, Any] = own.error or {}
        raise NodeFailed(f"{work.node.id}: {error.get('code')}: {error.get('message')}")
    if work.node.id in work.plan.last:
        ends.end_if_all_ended(work.run, work.plan, platform=work.platform)
    return _preview(work, own)


def _preview(work: Work, own: Record) -> Json:
    """At most 2 KB without any value: for the console of Step Functions."""
    duration = None
    if own.started_at and own.ended_at:
        duration = (moment(own.ended_at) - moment(own.started_at)).total_seconds()
    preview = {
        "node": own.node,
        "block": work.block.name,
        "status": own.status,
        "pins": list(own.pins)[:20],
        "attempts": own.attempts,
        "duration_seconds": duration,
    }
    if own.error:
        preview["error"] = own.error["code"]
    return preview
