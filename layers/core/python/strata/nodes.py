"""The run of one node, as often as its state machine asks for it.

run ── ended before? ──▶ its recorded end, again
 └──── execution ended? ──▶ nothing runs any more
 └──── by the node's behaviour: an attempt, the beginning of a delay, of a wait, of a loop
        └──▶ settle: end the execution with its last node
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from strata import delays, ends, iterations, loops, node_groups, waits
from strata.earlier_results import with_earlier
from strata.model.errors import NodeFailed, NotFound
from strata.model.execution import NodeStatus, Run
from strata.model.plan import Plan
from strata.node_attempts import bring_to_end
from strata.node_work import Work, facts_of
from strata.platform import Platform
from strata.settling import failure_of
from strata.sparing import end_spared, spared
from strata.store import graphs
from strata.store.node_records import Record
from strata.store.node_runs import Facts

Json = dict[str, Any]

PINS_BYTES = 1200
"""What the names of pins may take of a preview's 2 KB."""

END = "end"
"""The phase of the Task that ends a node which another Task has begun."""


def _nothing(_work: Work, _own: Record) -> Json:
    return {}


class Kind(NamedTuple):
    """How nodes of one behaviour run."""

    begin: Callable[[Work, Facts], Record]
    end: Callable[[Work, Facts], Record] = bring_to_end
    told: Callable[[Work, Record], Json] = _nothing
    """What the states that follow need to know, besides the preview."""


KINDS: Mapping[str, Kind] = {
    "run": Kind(node_groups.bring_to_end),
    "loop": Kind(loops.begin, loops.finish, loops.told),
    "delay": Kind(delays.begin, delays.finish, delays.told),
    "wait": Kind(waits.begin, told=waits.told),
}


def run(run: Run, node_id: str, *, token: str = "", phase: str = "", platform: Platform) -> Json:
    """Runs the node once, however often it is asked, and returns a preview of its end.

    `token` is what a node is answered with that waits to be told its end. Raises NodeRetry if
    another attempt is due, NodeFailed if the node's failure, or the execution's end, ends it."""
    plan = _plan_of(run, platform)
    node = plan.by_id[node_id]
    work = Work(run, plan, node, platform.blocks()[node.block], platform, token)
    kind = KINDS[node.behaviour]
    facts = facts_of(work)
    if facts.head is None:
        raise NotFound
    if facts.own.status.is_final:
        own = facts.own
    elif iterations.is_closed(facts.head):
        raise NodeFailed(f"{node_id}: the execution has ended")
    elif iterations.is_over(run, plan, facts.around):
        own = replace(facts.own, status=NodeStatus.CANCELLED)
    elif (how := spared(work, facts.head)) is not None:
        own = end_spared(work, facts, how)
    else:
        facts = with_earlier(work, facts)
        own = facts.own
        if not own.status.is_final:
            own = (kind.end if phase == END else kind.begin)(work, facts)
    return {**_settled(work, own), **kind.told(work, own)}


def run_together(run_ids: Run, nodes: Sequence[str], *, platform: Platform) -> Json:
    """Runs light nodes that share a Task, one after the other. Returns the preview of the last one
    that ended, with how many have and how.

    Raises NodeRetry, NodeFailed: see `run`; what ended before that is recorded."""
    plan, blocks = _plan_of(run_ids, platform), platform.blocks()
    planned = [plan.by_id[node] for node in nodes]
    works = [Work(run_ids, plan, one, blocks[one.block], platform) for one in planned]
    if not all(work.block.is_light for work in works):
        # The plan was made when they were.
        return [run(run_ids, node, platform=platform) for node in nodes][-1]
    records = node_groups.bring_together(works)
    statuses = Counter(str(record.status) for record in records)
    last = _settled(works[len(records) - 1], records[-1])
    return {**last, "nodes": len(records), "statuses": dict(sorted(statuses.items()))}


def _plan_of(run: Run, platform: Platform) -> Plan:
    return graphs.load_plan(run.user_id, run.graph_id, run.version, platform)


def _settled(work: Work, own: Record) -> Json:
    """What the state machine is told of a node."""
    failure = failure_of(work, own)
    if failure is not None:
        raise NodeFailed(failure)
    if own.status is NodeStatus.FAILED and work.run.iteration and not work.node.continues:
        waits.let_go(work, platform=work.platform)
    is_last = own.node in work.plan.last and own.status in ends.DONE
    if is_last and not work.run.iteration:
        ends.end_if_all_ended(work.run, work.plan, own.node, platform=work.platform)
    return _preview(work, own)


def _preview(work: Work, own: Record) -> Json:
    """At most 2 KB without any value: for the console of Step Functions."""
    preview = {
        "node": own.node,
        "block": work.block.name,
        "status": own.status,
        "pins": list(_first_that_fit(own.pins)),
        "attempts": own.attempts,
        "duration_seconds": own.seconds,
    }
    return {**preview, "error": own.error["code"]} if own.error else preview


def _first_that_fit(pins: Iterable[str]) -> Iterable[str]:
    room = PINS_BYTES
    for pin in pins:
        room -= len(json.dumps(pin)) + 2
        if room < 0:
            return
        yield pin
