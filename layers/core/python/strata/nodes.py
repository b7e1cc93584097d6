"""The run of one node, as often as its state machine asks for it.

run ── ended before? ──▶ its recorded end, again
 └──── execution ended? ──▶ nothing runs any more
 └──── an attempt (strata.node_attempts) ──▶ settle: end the execution with its last node
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from strata import ends
from strata.model.errors import NodeFailed, NotFound
from strata.model.execution import NodeStatus, Run, Status
from strata.node_attempts import Work, bring_to_end
from strata.platform import Platform
from strata.store import graphs, node_runs
from strata.store.node_runs import Record

Json = dict[str, Any]

PINS_BYTES = 1200
"""What the names of pins may take of a preview's 2 KB."""


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
    if facts.own.status.is_final:
        return _settle(work, facts.own)
    if Status(facts.head["status"]).is_final:
        return _preview(work, replace(facts.own, status=NodeStatus.CANCELLED))
    return _settle(work, bring_to_end(work, facts))


def _settle(work: Work, own: Record) -> Json:
    """What the state machine is told of a node that has ended."""
    if own.status is NodeStatus.FAILED and not work.node.continues:
        error = own.error or {}
        raise NodeFailed(f"{own.node}: {error.get('code')}: {error.get('message')}")
    if own.node in work.plan.last and own.status is not NodeStatus.CANCELLED:
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
