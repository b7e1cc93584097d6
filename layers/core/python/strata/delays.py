"""Delays: one Task computes the time, the machine waits for it, another Task ends the node."""

from dataclasses import replace
from typing import Any

from strata.blocks.delays import end_of_delay
from strata.blocks.pins import check_inputs
from strata.clock import moment, timestamp
from strata.model.block import ANSWER
from strata.model.errors import NodeError, NodeRetry
from strata.model.execution import NodeStatus
from strata.node_attempts import opened
from strata.node_ends import end, give_up
from strata.node_work import Work, gathered, outputs_of, taking
from strata.store import node_runs, waits
from strata.store.node_records import Record, Wait
from strata.store.node_runs import Facts

Json = dict[str, Any]


def begin(work: Work, facts: Facts) -> Record:
    """The node's record, WAITING for a time that stays the same; final where it does not wait."""
    if facts.own.status is NodeStatus.WAITING:
        return facts.own
    with taking(work):
        inputs = gathered(work, facts)
        if inputs is None:
            return end(work, facts.own, NodeStatus.SKIPPED)
        own = opened(work, facts.own)
        if own.status.is_final:
            return own
        try:
            until = end_of_delay(check_inputs(work.block, inputs), work.platform.clock.now())
        except NodeError as error:
            return give_up(work, own, error)
        wait = Wait(timestamp(until))
        work.platform.table.write(waits.delayed(work.run, own, wait))
        return replace(own, status=NodeStatus.WAITING, wait=wait)


def told(work: Work, own: Record) -> Json:
    """Until when the machine waits: not at all where the node has ended."""
    if own.status is NodeStatus.WAITING and own.wait:
        return {"until": own.wait.until}
    return {"until": work.now()}


def finish(work: Work, facts: Facts) -> Record:
    """The node's record, final. A machine whose clock runs fast may come early. Raises NodeRetry
    where the node has not begun."""
    if facts.own.status is not NodeStatus.WAITING:
        raise NodeRetry(f"{facts.own.node} has not begun")
    with taking(work):
        begun = moment(facts.own.started_at or work.now())
        waited = (work.platform.clock.now() - begun).total_seconds()
        inputs = {**(gathered(work, facts) or {}), ANSWER: {"waited_seconds": waited}}
        try:
            outputs = outputs_of(work, facts.head, inputs)
            emitted = node_runs.pack_outputs(work.run, outputs, work.platform)
        except NodeError as error:
            return give_up(work, facts.own, error)
        return end(work, facts.own, NodeStatus.COMPLETED, emitted=emitted)
