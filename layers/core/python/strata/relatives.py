"""What the end of an execution means for those around it: the one that runs it as a sub-graph is
told, and those that it runs itself are cancelled."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from strata import iterations, sub_graphs
from strata.model.control import SUB_GRAPH
from strata.model.execution import Run
from strata.model.plan import Plan
from strata.platform import Platform
from strata.ports import ConditionFailed, Item
from strata.stopping import stop
from strata.store import executions, keys, node_records, waits

End = Callable[[Run], Any]
"""Writes the end of an execution that was asked to cancel."""


def after_end(run: Run, head: Item, plan: Plan, end: End, *, platform: Platform) -> None:
    """Of an execution that has ended. Done again it makes up for what was lost, and changes
    nothing else. Raises Unavailable, Conflict."""
    if "parent" in head:
        sub_graphs.hand_back(run, head, platform=platform)
    if any(node.block == SUB_GRAPH for node in plan.nodes):
        cancel(run.user_id, _children(run, platform), run.execution_id, end, platform=platform)


def cancel(
    user_id: str, execution_ids: Iterable[str], by: str, end: End, *, platform: Platform
) -> None:
    """Cancels these executions, and all that they run in their turn; those that have ended are
    left as they are. Raises Unavailable, Conflict."""
    waiting = deque(execution_ids)
    while waiting:
        run = _cancelled(user_id, waiting.popleft(), by, end, platform)
        if run is not None:
            waiting.extend(_children(run, platform))


def is_adrift(head: Item, *, platform: Platform) -> bool:
    """Whether the execution runs as a sub-graph for a node that does not wait for it any more."""
    if "parent" not in head:
        return False
    parent = sub_graphs.parent_of(head)
    around, own = keys.execution(parent), keys.node_run(parent, head["parent"]["node"])
    found = platform.table.get_many([around, own])
    if around not in found or own not in found or iterations.is_closed(found[around]):
        return True
    record = node_records.record_of(head["parent"]["node"], found[own])
    child = record.wait.child if record.wait else ""
    return record.status.is_final or child != head["execution_id"]


def _cancelled(
    user_id: str, execution_id: str, by: str, end: End, platform: Platform
) -> Run | None:
    """The run, which has ended now; None where it was never started."""
    try:
        head = platform.table.write(executions.asked_to_cancel(user_id, execution_id, by))
    except ConditionFailed as failed:
        return None if failed.item is None else executions.run_of(failed.item)
    run = executions.run_of(head)
    end(run)
    stop(run, platform=platform)
    return run


def _children(run: Run, platform: Platform) -> list[str]:
    """The executions that it runs and has not heard of the end of."""
    return [one.child for one in waits.left(run, platform) if one.child]
