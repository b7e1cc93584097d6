"""One attempt of a node: claim it, run its block, and record how that went.

gather ─── no live link, or a required input without value ──▶ SKIPPED
 └─── claim ─▶ block ─▶ COMPLETED
                 └────▶ another attempt (NodeRetry) or FAILED
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from strata import iterations
from strata.blocks.pins import check_inputs
from strata.clock import moment
from strata.model.block import ANSWER, Values
from strata.model.errors import NodeError, NodeFailed
from strata.model.execution import NodeStatus
from strata.node_ends import MOST_LOSSES, end, fail, give_up
from strata.node_work import Work, gathered, is_first, outputs_of, taking
from strata.store import executions, keys, node_runs
from strata.store.node_records import Record
from strata.store.node_runs import Facts

Json = dict[str, Any]

MOST_DEATHS = 20
"""So often a node is run again because its whole process died: one that kills it each time must
not do so for ever."""

UNKNOWN_EFFECT = ("timeout", "upstream_timeout", "upstream_disconnected")
"""Failures after which nobody knows what the other side has done."""


def bring_to_end(work: Work, facts: Facts) -> Record:
    """The node's record, final. Raises NodeRetry if another attempt is due."""
    with taking(work):
        inputs = gathered(work, facts)
        if inputs is None:
            return end(work, facts.own, NodeStatus.SKIPPED)
        return _attempt(work, facts, inputs)


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


def begun(work: Work, facts: Facts, wait: Callable[[Record, Values], Record]) -> Record:
    """The record of a node whose end comes later: what `wait` makes of the open attempt and of the
    inputs, or final where it does not come to that. What `wait` raises as NodeError fails the node.
    """
    inputs = gathered(work, facts)
    if inputs is None:
        return end(work, facts.own, NodeStatus.SKIPPED)
    own = opened(work, facts.own)
    if own.status.is_final:
        return own
    try:
        return wait(own, check_inputs(work.block, inputs))
    except NodeError as error:
        return give_up(work, own, error)


def conclude(work: Work, facts: Facts, answer: Json) -> Record:
    """The final record of a node that has waited, with what its block makes of the answer. Raises
    ConditionFailed and Conflict where another answer, or the end of the execution, came first."""
    inputs = {**(gathered(work, facts) or {}), ANSWER: answer}
    try:
        outputs = outputs_of(work, facts.head, inputs)
        emitted = node_runs.pack_outputs(work.run, outputs, work.platform)
    except NodeError as error:
        return give_up(work, facts.own, error)
    return end(work, facts.own, NodeStatus.COMPLETED, emitted=emitted)


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


def _repeats(work: Work, own: Record, lost: bool) -> bool:
    """Whether nobody can know if the attempt before this one had its effect."""
    unknown = lost or (own.error or {}).get("code") in UNKNOWN_EFFECT
    return unknown and work.block.has_effect


def _loss(work: Work, own: Record) -> NodeError:
    """Why an attempt has no end: its time was up, or its function vanished."""
    begun = moment(own.attempted_at or work.now())
    spent = (work.platform.clock.now() - begun).total_seconds()
    if spent >= work.node.timeout_seconds:
        return NodeError("timeout", f"The node ran longer than {work.node.timeout_seconds} s.")
    return NodeError("node_lost", "The function that ran this node vanished, several times.")
