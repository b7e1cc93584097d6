"""What the failure of a node in the body of a loop means, from the inside out.

node fails ─▶ its iteration has failed
 └─ more of them than are tolerated ─▶ the loop has failed
     ├─ and goes on after errors ─▶ its other items end quickly, then it hands on its error
     ├─ in the body of another loop ─▶ that one's iteration has failed, and so on
     └─ else ─▶ the execution ends with it
"""

from dataclasses import replace

from strata.iterations import track_of
from strata.model.errors import NodeError
from strata.model.execution import NodeStatus, Run
from strata.node_ends import give_up
from strata.node_work import Work
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.store import keys, node_records
from strata.store.loops import Progress
from strata.store.node_records import Loop, Record

NOT_BEGUN = Loop(0, 0, "inline")


def ends_execution(work: Work) -> bool:
    """Carries the recorded failure of the node, which does not go on after errors, as far as it
    reaches; whether that is the execution. Done again, it changes nothing."""
    while work.run.iteration:
        loop = _around(work)
        if not _is_beyond_tolerance(work, loop) or loop.node.continues:
            return False
        work = loop
    return True


def _around(work: Work) -> Work:
    """The work of the loop whose body the node is in."""
    node = work.plan.by_id[work.run.loop]
    block = work.platform.blocks()[node.block]
    return replace(work, run=work.run.around, node=node, block=block, token="")


def _is_beyond_tolerance(work: Work, loop: Work) -> bool:
    """Notes the iteration's failure; the one that is too many fails the loop. Of several at once
    the last one sees all others, so that none is missed and none counts twice."""
    track = track_of(loop.run, loop.plan, loop.node.id)
    work.platform.table.write(track.failed(work.run.index, work.node.id))
    own = _record(loop.run, loop.node.id, loop.platform)
    facts = own.loop or NOT_BEGUN
    progress = track.read(facts.count, loop.platform)
    if len(progress.failed) <= facts.tolerated:
        return False
    if own.status is NodeStatus.WAITING:
        fail_loop(loop, own, progress)
    return True


def fail_loop(loop: Work, own: Record, progress: Progress) -> Record:
    """The loop's record, FAILED; where it has ended in the meantime, that counts."""
    error = _items_failed(loop, own.loop or NOT_BEGUN, progress)
    try:
        return give_up(loop, own, error)
    except ConditionFailed:
        return _record(loop.run, loop.node.id, loop.platform)


def _items_failed(loop: Work, facts: Loop, progress: Progress) -> NodeError:
    index, node = next(iter(progress.failed.items()))
    first = _record(loop.run.within(loop.node.id, index), node, loop.platform)
    code = (first.error or {}).get("code")
    told = f"{len(progress.failed)} of {facts.count} items failed"
    tolerated = f", {facts.tolerated} may" if facts.tolerated else ""
    return NodeError("items_failed", f"{told}{tolerated}; the first at position {index}: {code}.")


def _record(run: Run, node: str, platform: Platform) -> Record:
    return node_records.record_of(node, platform.table.get(keys.node_run(run, node)))
