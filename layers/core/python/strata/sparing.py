"""Nodes that end without their block: beyond the execution's reach, or with outputs that the author
of a draft has pinned."""

from dataclasses import dataclass
from typing import Any

from strata.model.block import Values
from strata.model.execution import NodeStatus
from strata.node_ends import end
from strata.node_work import Work, taking
from strata.ports import Item
from strata.reaching import reach_of
from strata.store import node_runs
from strata.store.node_records import Record
from strata.store.node_runs import Facts

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spared:
    """How such a node ends, and what it emits."""

    status: NodeStatus
    outputs: Values | None = None


def spared(work: Work, head: Item | None) -> Spared | None:
    """None where the node runs."""
    reach = reach_of(work.run, head or {}, work.plan, work.platform)
    if not reach.includes(work.node.id):
        return Spared(NodeStatus.SKIPPED)
    if work.plan.draft and work.node.pinned is not None:
        return Spared(NodeStatus.COMPLETED, work.node.pinned)
    return None


def end_spared(work: Work, facts: Facts, how: Spared) -> Record:
    """The node's record, final. Raises NodeRetry where another invocation was faster."""
    emitted = None
    if how.outputs is not None:
        emitted = node_runs.pack_outputs(work.run, how.outputs, work.platform)
    with taking(work):
        return end(work, facts.own, how.status, emitted=emitted)
