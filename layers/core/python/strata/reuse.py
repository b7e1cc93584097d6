"""What a new execution can take over from one that did not end well: result by result.

A result holds where its node is what it was, and all that it depends on is taken over too: block,
constants, links, of a loop also its body. How it is drawn, tried again or timed does not matter.
"""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strata.model.execution import NodeStatus
from strata.model.plan import Incoming, Plan, PlannedNode
from strata.reaching import Reach, sources_of, with_body
from strata.store.node_records import Record

Json = dict[str, Any]
Records = Mapping[str, Record]


@dataclass(frozen=True, slots=True)
class Before:
    """The execution that is resumed: its plan, how far it was to go, and what came of its nodes."""

    plan: Plan
    reach: Reach
    records: Records


@dataclass(slots=True)
class Reuse:
    """The nodes whose results are taken over, and the others, each with the reason why it runs:
    {"node", "reason", "depends_on"}; in the order of their levels."""

    reused: list[str] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    same: set[str] = field(default_factory=set)
    """Those that run again as what they were, with the very inputs that they had."""


def reuse_of(before: Before, plan: Plan, reach: Reach) -> Reuse:
    """What a run of this plan, as far as it reaches, takes over. Nodes beyond its reach are in
    neither list."""
    found = Reuse()
    taken: set[str] = set()
    for node in plan.top:
        if not reach.includes(node.id):
            continue
        missing = next((one for one in sources_of(plan, node) if one not in taken), None)
        reason = _reason(before, plan, node)
        if reason is None and missing is None:
            taken.add(node.id)
            found.reused.append(node.id)
            continue
        depends_on = missing if reason is None else None
        told = reason or "depends_on"
        found.runs.append({"node": node.id, "reason": told, "depends_on": depends_on})
        if missing is None and told not in ("new", "changed"):
            found.same.add(node.id)
    return found


def _reason(before: Before, plan: Plan, node: PlannedNode) -> str | None:
    """Why the node's own result is not taken over, whatever it depends on; None if it is."""
    if node.id not in before.plan.by_id:
        return "new"
    old = before.plan.by_id[node.id]
    record = before.records.get(node.id, Record(node.id))
    # What a loop has brought depends on its bounds, what its iterations have does not.
    without = () if record.status is NodeStatus.COMPLETED else _BOUNDS
    if _definition(before.plan, old, without) != _definition(plan, node, without):
        return "changed"
    if record.status is NodeStatus.COMPLETED:
        return None
    if record.status is NodeStatus.SKIPPED:
        return None if before.reach.includes(node.id) else "not_reached"
    if record.status is NodeStatus.FAILED:
        handled = node.continues and before.plan.by_id[node.id].continues
        return None if handled else "failed"
    return "interrupted" if record.attempts else "not_reached"


_BOUNDS = frozenset(("max_concurrency", "tolerated_failures", "tolerated_failure_percentage"))
"""The inputs of a loop that change nothing of what an iteration brings: to raise one is the natural
repair of a loop that has failed."""


def _definition(plan: Plan, node: PlannedNode, without: Container[str] = ()) -> str:
    """All of a node that its result depends on, and the same of the nodes within it, as one text:
    there 1, 1.0 and true are not the same. Of a loop `without` some inputs."""
    parts = [_parts(plan, one, without) for one in with_body(plan, node)]
    return json.dumps(sorted(parts, key=lambda part: str(part["id"])), sort_keys=True)


def _parts(plan: Plan, node: PlannedNode, without: Container[str]) -> Json:
    inputs = node.inputs
    if node.behaviour == "loop":
        inputs = {pin: value for pin, value in inputs.items() if pin not in without}
    return {
        "id": node.id,
        "parent": node.parent,
        "block": node.block,
        "inputs": inputs,
        "incoming": _links(node.incoming),
        "collects": _links(node.collects),
        "pinned": node.pinned if plan.draft else None,
    }


def _links(links: Sequence[Incoming]) -> list[list[str]]:
    return [[link.source, link.output, link.pin, link.part] for link in links]
