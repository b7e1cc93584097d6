"""Delays: one Task computes the time, the machine waits for it, another Task ends the node."""

from dataclasses import replace
from functools import partial
from typing import Any

from strata.blocks.delays import end_of_delay
from strata.clock import moment, timestamp
from strata.model.block import Values
from strata.model.errors import NodeRetry
from strata.model.execution import NodeStatus
from strata.node_attempts import begun, conclude
from strata.node_work import Work, taking
from strata.store import waits
from strata.store.node_records import Record, Wait
from strata.store.node_runs import Facts

Json = dict[str, Any]


def begin(work: Work, facts: Facts) -> Record:
    """The node's record, WAITING for a time that stays the same; final where it does not wait."""
    if facts.own.status is NodeStatus.WAITING:
        return facts.own
    with taking(work):
        return begun(work, facts, partial(_wait, work))


def _wait(work: Work, own: Record, values: Values) -> Record:
    wait = Wait(timestamp(end_of_delay(values, work.platform.clock.now())))
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
        since = moment(facts.own.started_at or work.now())
        waited = (work.platform.clock.now() - since).total_seconds()
        return conclude(work, facts, {"waited_seconds": waited})
