"""One attempt of a node: claim it, run its block, and record how that went.

gather ─── no live link, or a required input without value ──▶ SKIPPED
 └─── claim ─▶ block ─▶ COMPLETED
                 └────▶ another attempt (NodeRetry) or FAILED
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from strata import iterations
from strata.block_runs import World, run_within
from strata.clock import moment, timestamp
from strata.gathering import gather
from strata.model.block import ERROR_PIN, Block, Values
from strata.model.errors import Conflict, NodeError, NodeFailed, NodeRetry, Unavailable
from strata.model.execution import NodeStatus, Run
from strata.model.graph_schema import GIVEN, INPUT_BLOCK
from strata.model.plan import Plan, PlannedNode
from strata.observability import record_node
from strata.platform import Platform
from strata.ports import ConditionFailed, Item, Key
from strata.store import executions, keys, node_runs
from strata.store.node_runs import Facts, Record
from strata.store.values import Packed, unpack

Json = dict[str, Any]

MOST_LOSSES = 2
"""So often a node is run again because the platform failed; the next time its failure is told."""

MOST_DEATHS = 20
"""So often a node is run again because its whole process died: one that kills it each time must
not do so for ever."""

UNKNOWN_EFFECT = ("timeout", "upstream_timeout", "upstream_disconnected")
"""Failures after which nobody knows what the other side has done."""

MAX_MESSAGE = 1000


class PlatformFailed(NodeError):
    """Not the node's fault, and not counted as one of its attempts."""

    def __init__(self) -> None:
        super().__init__("platform_unavailable", "A part of the platform did not answer.")


@dataclass(frozen=True, slots=True)
class Work:
    """One node of one execution on one platform."""

    run: Run
    plan: Plan
    node: PlannedNode
    block: Block
    platform: Platform
    token: str = ""
    """What the state machine's Task is answered with, where the node waits to be told its end."""

    def now(self) -> str:
        return timestamp(self.platform.clock.now())


def facts_of(work: Work) -> Facts:
    """What the node's run knows before it begins: one batch."""
    sources = dict.fromkeys(link.source for link in work.node.incoming)
    wanted = {source: values_key(work, source) for source in sources}
    around = iterations.surroundings(work.run, work.plan)
    return node_runs.read(work.run, work.node.id, wanted, work.platform, around)


def values_key(work: Work, source: str) -> Key:
    """Where that lies which a source hands to the node."""
    return iterations.source_key(work.run, work.plan, source)


def bring_to_end(work: Work, facts: Facts) -> Record:
    """The node's record, final. Raises NodeRetry if another attempt is due."""
    with taking(work):
        inputs = gathered(work, facts)
        if inputs is None:
            return end(work, facts.own, NodeStatus.SKIPPED)
        return _attempt(work, facts, inputs)


def gathered(work: Work, facts: Facts) -> Json | None:
    """The values of the input pins; None if the node is to be skipped."""
    return gather(work.node, work.block, facts.emitted, lambda one: unpack(one, work.platform))


@contextmanager
def taking(work: Work) -> Iterator[None]:
    """Around the writes of a node's run: where another invocation of this node, or the end of the
    execution, was faster, its word counts, and NodeRetry asks to look again."""
    try:
        yield
    except (ConditionFailed, Conflict):
        raise NodeRetry(f"{work.node.id} was taken by another invocation") from None


def _attempt(work: Work, facts: Facts, inputs: Json) -> Record:
    own = opened(work, facts.own)
    if own.status.is_final:
        return own
    try:
        outputs = outputs_of(work, facts.head, inputs, own.effect_key)
        emitted = node_runs.pack_outputs(work.run, outputs, work.platform)
    except NodeError as error:
        return fail(work, own, error)
    return end(work, own, NodeStatus.COMPLETED, emitted=emitted)


def opened(work: Work, own: Record) -> Record:
    """The record with an attempt that is open; FAILED if attempts were lost too often. Raises
    NodeRetry if another attempt is due, NodeFailed if the execution has ended."""
    lost = own.status is NodeStatus.RUNNING
    if lost and (own.losses - own.deaths >= MOST_LOSSES or own.deaths >= MOST_DEATHS):
        return fail(work, own, _loss(work, own))
    claimed = _claim(work, own, lost)
    if work.run.iteration:
        _check_open(work, own, claimed)
    return claimed


def _check_open(work: Work, own: Record, claimed: Record) -> None:
    """The end of an execution closes its own nodes, of which no body is one: such a node looks
    again after its claim, and takes that back where the end came first."""
    head = work.platform.table.get(keys.execution(work.run))
    if head is None or iterations.is_closed(head):
        work.platform.table.write(node_runs.unclaim(work.run, own, claimed))
        raise NodeFailed(f"{work.node.id}: the execution has ended")


def _claim(work: Work, own: Record, lost: bool) -> Record:
    """Opens an attempt; the first node of the plan starts the execution with it."""
    at = work.now()
    process = work.platform.process
    died = lost and own.process != process
    claim = node_runs.claim(
        work.run,
        own,
        at,
        process=process,
        lost=lost,
        died=died,
        repeats=_repeats(work, own, lost),
        may_be_lost=not work.block.has_effect,
    )
    if is_first(work) and own.attempts == 0:
        work.platform.table.write_all([claim, executions.started(work.run, at)])
    else:
        work.platform.table.write(claim)
    return replace(
        own,
        status=NodeStatus.RUNNING,
        attempts=own.attempts + 1,
        losses=own.losses + lost,
        deaths=own.deaths + died,
        process=process,
        started_at=own.started_at or at,
        attempted_at=at,
    )


def is_first(work: Work) -> bool:
    """Whether the execution starts with this node."""
    return not work.run.iteration and work.node is work.plan.nodes[0]


def _repeats(work: Work, own: Record, lost: bool) -> bool:
    """Whether nobody can know if the attempt before this one had its effect."""
    unknown = lost or (own.error or {}).get("code") in UNKNOWN_EFFECT
    return unknown and work.block.has_effect


def outputs_of(work: Work, head: Item | None, inputs: Json, effect_key: str = "") -> Values:
    """What the block makes of its inputs, in one attempt. Raises NodeError."""
    seconds = work.node.timeout_seconds
    world = World(
        platform=work.platform,
        user_id=work.run.user_id,
        idempotency_key=effect_key or work.run.effect_key(work.node.id),
        deadline=work.platform.clock.now() + timedelta(seconds=seconds),
        run=work.run,
        plan=work.plan,
    )
    try:
        return run_within(seconds, work.block, _with_given(work, head, inputs), world)
    except Unavailable:
        raise PlatformFailed from None


def _with_given(work: Work, head: Item | None, inputs: Json) -> Json:
    """An input node gets what the execution was given under its name."""
    if work.block.name != INPUT_BLOCK or head is None:
        return inputs
    packed = head["inputs"].get(inputs["name"])
    return inputs if packed is None else {**inputs, GIVEN: unpack(packed, work.platform)}


def fail(work: Work, own: Record, error: NodeError) -> Record:
    """Asks for another attempt, or records the failure."""
    told = told_of(own, error)
    if is_another_due(work, own, error):
        lost = isinstance(error, PlatformFailed)
        work.platform.table.write(node_runs.await_retry(work.run, own, told, work.now(), lost=lost))
        raise NodeRetry(f"{told['code']}: {told['message']}")
    return give_up(work, own, error)


def give_up(work: Work, own: Record, error: NodeError) -> Record:
    """Records the failure."""
    told, emitted = told_of(own, error), None
    if work.node.continues:
        emitted = node_runs.pack_outputs(work.run, {ERROR_PIN: told}, work.platform)
    return end(work, own, NodeStatus.FAILED, emitted=emitted, error=told)


def told_of(own: Record, error: NodeError) -> Json:
    """The error as the node tells it."""
    message = error.message[:MAX_MESSAGE]
    return {"code": error.code, "message": message, "attempts": own.attempts}


def is_another_due(work: Work, own: Record, error: NodeError) -> bool:
    """Whether another attempt follows the one that `own` counts as its last."""
    if isinstance(error, PlatformFailed):
        return own.losses < MOST_LOSSES
    return error.retryable and own.attempts - own.losses < work.node.retry.max_attempts


def _loss(work: Work, own: Record) -> NodeError:
    """Why an attempt has no end: its time was up, or its function vanished."""
    begun = moment(own.attempted_at or work.now())
    spent = (work.platform.clock.now() - begun).total_seconds()
    if spent >= work.node.timeout_seconds:
        return NodeError("timeout", f"The node ran longer than {work.node.timeout_seconds} s.")
    return NodeError("node_lost", "The function that ran this node vanished, several times.")


def end(
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
    record = replace(own, status=status, ended_at=at, pins=tuple(pins), error=error)
    tell(work, record)
    return record


def tell(work: Work, record: Record) -> None:
    """Logs and measures the node's end."""
    run, name, seconds = work.run.execution_id, work.block.name, record.seconds or 0
    record_node(run, record.node, name, record.status, seconds, platform=work.platform)
