"""Results of an execution before that are looked for when they are needed: of a loop that was
interrupted, those of the nodes of its iterations.

Such a loop runs again with the same items, since all that enters it is the same, and so what an
iteration has brought holds for the iteration at the same position. A node that has a result there
had none but sources that have one, too.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from strata.effects import unknown_effect
from strata.model.block import ERROR_PIN
from strata.model.control import SUB_GRAPH
from strata.model.execution import NodeStatus, Run
from strata.model.plan import Plan
from strata.node_work import Work, taking
from strata.ports import ABSENT, Item, Put
from strata.store import keys, resumptions
from strata.store.node_records import Record, record_of
from strata.store.node_runs import Facts
from strata.store.values import Packed

Before = dict[str, list[str]]

MOST_BEFORE = 3
"""So many executions back results are looked for."""
MOST_NODES = 50
"""For so many loops and sub-graphs the head of an execution tells where."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """How a node fared in another run, and what it emitted there."""

    run: Run
    item: Item
    values: Item | None

    @property
    def emitted(self) -> Mapping[str, Packed] | None:
        return self.values["pins"] if self.values else None

    def record(self, node: str) -> Record:
        origin = self.item.get("reused_from", self.run.execution_id)
        return replace(record_of(node, self.item), reused_from=origin)


def before_of(old: Item, plan: Plan, same: Container[str]) -> Before:
    """What the head of a new execution tells of the old one, whose head is given: by loop and by
    sub-graph that runs again as the `same` as it was, the executions to look in."""
    known: Before = old.get("before", {})
    found = [
        node.id
        for node in plan.top
        if node.id in same and (node.behaviour == "loop" or node.block == SUB_GRAPH)
    ]
    return {
        node: [old["execution_id"], *known.get(node, ())][:MOST_BEFORE]
        for node in found[:MOST_NODES]
    }


def earlier_of(work: Work, head: Item) -> Earlier | None:
    """How the node fared in the newest of those executions that knows of it."""
    before: Before = head.get("before", {})
    name = work.run.iteration.partition(":")[0] or work.node.id
    runs = [replace(work.run, execution_id=one) for one in before.get(name, ())]
    if not runs:
        return None
    node = work.node.id
    wanted = [key for run in runs for key in (keys.node_run(run, node), keys.value(run, node))]
    found = work.platform.table.get_many(wanted)
    for run in runs:
        item = found.get(keys.node_run(run, node))
        if item is not None:
            return Earlier(run, item, found.get(keys.value(run, node)))
    return None


def earlier_child(work: Work, head: Item) -> str:
    """The execution that the node ran there as a sub-graph; empty where there is none."""
    earlier = earlier_of(work, head)
    wait = earlier.record(work.node.id).wait if earlier else None
    return wait.child if wait else ""


def result_of(work: Work, own: Record, head: Item) -> Earlier | None:
    """The result that the node need not run for."""
    if not (work.run.iteration and _is_fresh(own)):
        return None
    earlier = earlier_of(work, head)
    return earlier if earlier and _is_result(work, earlier) else None


def with_earlier(work: Work, facts: Facts) -> Facts:
    """The same, with the node's record final if it has such a result, or with the key of an effect
    that may have happened. Raises NodeRetry where another invocation was faster."""
    if facts.head is None or not (work.run.iteration and _is_fresh(facts.own)):
        return facts
    earlier = earlier_of(work, facts.head)
    if earlier is None:
        return facts
    with taking(work):
        if _is_result(work, earlier):
            return replace(facts, own=_taken_over(work, earlier))
        key = unknown_effect(earlier.run, earlier.record(work.node.id))
        if key and work.block.has_effect:
            return replace(facts, own=_begun(work, key))
    return facts


def _is_fresh(own: Record) -> bool:
    return own.status is NodeStatus.PENDING and not (own.attempts or own.effect_key)


def _is_result(work: Work, earlier: Earlier) -> bool:
    record = earlier.record(work.node.id)
    if record.status is NodeStatus.FAILED:
        return work.node.continues and ERROR_PIN in record.pins
    return record.status in (NodeStatus.COMPLETED, NodeStatus.SKIPPED)


def _taken_over(work: Work, earlier: Earlier) -> Record:
    key = keys.node_run(work.run, work.node.id)
    writes = [Put(resumptions.reused(key, earlier.item, earlier.run), ABSENT)]
    if earlier.values is not None:
        writes.append(Put(resumptions.moved(keys.value(work.run, work.node.id), earlier.values)))
    work.platform.table.write_all(writes)
    return earlier.record(work.node.id)


def _begun(work: Work, effect_key: str) -> Record:
    item = resumptions.begun(keys.node_run(work.run, work.node.id), effect_key)
    return record_of(work.node.id, work.platform.table.write(Put(item, ABSENT)))
