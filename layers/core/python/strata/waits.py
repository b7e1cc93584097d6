"""Nodes that wait to be told their end: by a person, an event, another execution.

begin: gather ─▶ an attempt ─▶ WAITING, with the token of the machine's Task
 └─ asked again: the new token ─▶ has the answer come? is the time up? ─▶ the end, see `wait_ends`
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from strata import callbacks, ends, iterations, relatives, sub_graphs, wait_ends
from strata.clock import moment, timestamp
from strata.model.block import Values
from strata.model.control import APPROVAL, SUB_GRAPH, WAIT_FOR_EVENT
from strata.model.errors import Conflict, NodeError, NodeFailed, NodeRetry
from strata.model.execution import NodeStatus, Run
from strata.node_attempts import begun, conclude
from strata.node_ends import end, give_up
from strata.node_work import Work, facts_of, taking
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.store import waits
from strata.store.node_records import Record, Wait
from strata.store.node_runs import Facts
from strata.store.waits import Left

Json = dict[str, Any]

Look = Callable[[Work, Facts], Json | None]
"""What came of the wait, if anything has; whatever else brings it on may be begun here."""


def _nobody(_work: Work, _facts: Facts) -> None:
    """The decision of a person ends the node itself."""


MOST_SAT_OUT = timedelta(seconds=5)

LOOKS: Mapping[str, Look] = {
    APPROVAL: _nobody,
    WAIT_FOR_EVENT: callbacks.look,
    SUB_GRAPH: sub_graphs.look,
}


def begin(work: Work, facts: Facts) -> Record:
    """The node's record, WAITING with the newest token, or final."""
    with taking(work):
        if facts.own.status is NodeStatus.WAITING:
            own = _renewed(work, facts.own)
            _sit_out(work, own)
        else:
            own = begun(work, facts, partial(_begun, work))
        return _go_on(work, replace(facts, own=own))


def told(work: Work, own: Record) -> Json:
    """The machine is told by its token, and at once where the node has ended."""
    if own.status.is_final:
        _let_go(work, own)
        if work.token:
            work.platform.machines.answer(work.token)
        if own.wait:
            wait_ends.acknowledge(work, own)
    return {}


def left(run: Run, *, platform: Platform) -> list[Left]:
    """The nodes of an execution that wait, or whose end its machine may not have heard of."""
    return waits.left(run, platform)


def let_go(work: Work, *, platform: Platform) -> None:
    """Lets the machine go on from the nodes that wait in iterations which are over, where that of
    this node is. Raises Unavailable."""
    if not any(node.parent and node.behaviour == "wait" for node in work.plan.nodes):
        return
    found = platform.table.get_many(iterations.surroundings(work.run, work.plan))
    reach = iterations.reach_of_end(work.run, work.plan, found)
    for one in left(work.run, platform=platform) if reach else ():
        if f"{one.run.iteration}/".startswith(reach):
            mend(one.run, one.node, platform=platform)


def mend(run: Run, node: str, *, platform: Platform) -> bool:
    """Does what is left to do about such a node: an answer that came and was lost, a time that is
    up, a machine that has not heard of the end. Whether there was anything.

    Raises NotFound, Unavailable."""
    work = wait_ends.work_of(run, node, platform)
    facts = facts_of(work)
    own = facts.own
    with suppress(ConditionFailed, Conflict, NodeRetry, NodeFailed):
        if wait_ends.is_awaited(work, facts):
            own = _go_on(work, facts)
        elif wait_ends.is_given_up(work, facts):
            own = end(work, own, NodeStatus.CANCELLED)
    if not own.status.is_final:
        return False
    _let_go(work, own)
    wait_ends.tell(work, own)
    return True


def _begun(work: Work, own: Record, _: Values) -> Record:
    wait = _wait(work)
    work.platform.table.write_all(waits.waiting(work.run, own, wait))
    return replace(own, status=NodeStatus.WAITING, wait=wait)


def _wait(work: Work) -> Wait:
    clock = work.platform.clock
    until = timestamp(clock.now() + timedelta(seconds=work.node.timeout_seconds))
    child = clock.new_id("exe") if work.node.block == SUB_GRAPH else ""
    return Wait(until, work.token, child)


def _renewed(work: Work, own: Record) -> Record:
    """A Task that is tried again has a new token, and the old one is dead."""
    if own.wait is None or own.wait.token == work.token:
        return own
    work.platform.table.write(waits.renewed(work.run, own.node, work.token))
    return replace(own, wait=replace(own.wait, token=work.token))


def _sit_out(work: Work, own: Record) -> None:
    """The time of the Task began a moment before that of the wait: what little is left of it is
    waited for here, for another Task would wait as long again."""
    clock = work.platform.clock
    left = moment(own.wait.until) - clock.now() if own.wait else timedelta(0)
    if timedelta(0) < left <= MOST_SAT_OUT:
        clock.sleep(left.total_seconds())


def _go_on(work: Work, facts: Facts) -> Record:
    if facts.own.status.is_final:
        return facts.own
    try:
        answer = LOOKS[work.node.block](work, facts)
    except NodeError as error:
        return give_up(work, facts.own, error)
    if answer is not None:
        return conclude(work, facts, answer)
    if wait_ends.is_expired(work, facts.own):
        return wait_ends.expire(work, facts)
    return facts.own


def _let_go(work: Work, own: Record) -> None:
    """Nobody waits any more for the execution of a node that has failed, or was cancelled."""
    if own.wait and own.wait.child and own.status in (NodeStatus.FAILED, NodeStatus.CANCELLED):
        user_id, by, platform = work.run.user_id, work.run.execution_id, work.platform
        relatives.cancel(user_id, [own.wait.child], by, _end(platform), platform=platform)


def _end(platform: Platform) -> relatives.End:
    return lambda run: ends.bring_to_end(run, None, platform=platform)
