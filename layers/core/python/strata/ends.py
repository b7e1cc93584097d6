"""The end of an execution: told by the records of its nodes, written once."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from strata import relatives, slots
from strata.abandoned_nodes import blame, close, machine_failure
from strata.clock import timestamp
from strata.execution_views import duration
from strata.model.execution import NodeStatus, Run, Status
from strata.model.graph_schema import OUTPUT_BLOCK
from strata.model.plan import Plan
from strata.observability import record_execution
from strata.platform import Platform
from strata.ports import ConditionFailed, Item, ItemTooLarge, Write
from strata.store import executions, graphs, keys, node_records, node_runs
from strata.store import slots as stored_slots
from strata.store.node_records import Record
from strata.store.values import Packed, fit

Json = dict[str, Any]

DONE = (NodeStatus.COMPLETED, NodeStatus.SKIPPED, NodeStatus.FAILED)
"""How a node ends of itself; where all did, the execution is complete whatever its machine says."""


def end_if_all_ended(run: Run, plan: Plan, node: str, *, platform: Platform) -> None:
    """Ends the execution if the node, which has ended, was the last of the plan's last ones.

    Each of them reads the others after its own record is written, so the latest sees them all. A
    cancelled one tells that an end is being written already."""
    wanted = [keys.node_run(run, other) for other in plan.last if other != node]
    found = platform.table.get_many(wanted)
    if all(key in found and found[key]["status"] in DONE for key in wanted):
        end(run, None, platform=platform)


class Ending(NamedTuple):
    """`head` is from before that."""

    status: Status
    is_first: bool
    """Whether this call wrote it."""
    head: Item


class Outcome(NamedTuple):
    """How an execution ends."""

    status: Status
    counts: Mapping[str, int]
    error: Json | None = None
    outputs: Mapping[str, Packed] | None = None


def end(run: Run, machine_error: Mapping[str, Any] | None, *, platform: Platform) -> Json:
    """What a state machine is told: {"status"}. See `bring_to_end`, `tell_relatives`."""
    ending = bring_to_end(run, machine_error, platform=platform)
    tell_relatives(run, ending.head, platform=platform)
    return {"status": ending.status}


def tell_relatives(run: Run, head: Item, *, platform: Platform) -> None:
    """What the end means for the executions around it; done again it makes up for what was lost.
    Raises Unavailable, Conflict."""
    plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
    cancelled = partial(bring_to_end, machine_error=None, platform=platform)
    relatives.after_end(run, head, plan, cancelled, platform=platform)


def bring_to_end(
    run: Run, machine_error: Mapping[str, Any] | None, *, platform: Platform
) -> Ending:
    """Writes the execution's end, once; the truth is what the nodes' records say, whether it was
    asked to cancel or its machine failed.

    `machine_error` is {"Error", "Cause"} of the state machine, where it failed. An execution that
    has ended is left as it is. Raises NotFound."""
    plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
    moved = True
    while moved:
        head, *items = executions.head_and_nodes(run.user_id, run.execution_id, platform)
        if Status(head["status"]).is_final:
            return Ending(Status(head["status"]), is_first=False, head=head)
        found, cancels = node_records.records(items), "cancelling" in head
        records = _closed(run, plan, found, None if cancels else machine_error, platform)
        moved = _moved(found, records, machine_error or {})
    counts = _counts(plan, records)
    error = _error(plan, records, machine_error or {})
    if error and error["node"] is None and cancels:
        return _write_end(run, head, Outcome(Status.CANCELLED, counts), platform)
    if error:
        return _write_end(run, head, _failure(error, counts), platform)
    outputs = _outputs(run, plan, records, platform)
    try:
        complete = Outcome(Status.COMPLETED, counts, outputs=outputs)
        return _write_end(run, head, complete, platform)
    except ItemTooLarge:
        error = {"code": "too_many_outputs", "message": "The outputs are too many.", "node": None}
        return _write_end(run, head, _failure(error, counts), platform)


def _closed(
    run: Run,
    plan: Plan,
    found: Mapping[str, Record],
    machine_error: Mapping[str, Any] | None,
    platform: Platform,
) -> Mapping[str, Record]:
    """All final, unless one has ended of itself that was to be blamed."""
    if machine_error is None or _fatal(plan, found) is not None:
        return close(run, plan, found, platform)
    blamed = blame(run, plan, found, machine_error, platform)
    if _moved(found, blamed, machine_error):
        return blamed
    return close(run, plan, blamed, platform)


def _moved(
    before: Mapping[str, Record], closed: Mapping[str, Record], machine_error: Mapping[str, Any]
) -> bool:
    """Whether a node has ended of itself since the records were read: others that share its Task
    may have ended with it."""
    own = machine_failure(machine_error)["code"]
    since = (one for node, one in closed.items() if not _is_final(before.get(node)))
    return any(one.status in DONE and (one.error or {}).get("code") != own for one in since)


def _is_final(record: Record | None) -> bool:
    return record is not None and record.status.is_final


def _write_end(run: Run, head: Item, outcome: Outcome, platform: Platform) -> Ending:
    at = timestamp(platform.clock.now())
    none_waits = True
    while True:
        writes = _writes(run, head, outcome, at, none_waits=none_waits)
        try:
            platform.table.write_all(writes)
        except ConditionFailed as failed:
            if failed.position == 0:
                head = executions.head_of(run.user_id, run.execution_id, platform)
            if Status(head["status"]).is_final:
                # Another end came first; final is final.
                return Ending(Status(head["status"]), is_first=False, head=head)
            none_waits = none_waits and failed.position == 0
        else:
            break
    seconds = duration(head.get("started_at"), at)
    record_execution(run.execution_id, outcome.status, seconds, platform=platform)
    if not none_waits:
        slots.admit(run.user_id, platform=platform)
    return Ending(outcome.status, is_first=True, head=head)


def _writes(run: Run, head: Item, outcome: Outcome, at: str, *, none_waits: bool) -> list[Write]:
    """The head comes first, the slots last."""
    status, counts, error, outputs = outcome
    waits = "waiting" in head
    ended = executions.ended(
        run,
        status,
        at,
        outputs=outputs,
        error=error,
        counts=counts,
        stops=status is Status.CANCELLED and not waits,
        waits=waits,
    )
    completed = graphs.counted_end(run.user_id, run.graph_id, completed=status is Status.COMPLETED)
    writes: list[Write] = [ended, completed]
    if waits:
        writes += stored_slots.left(run)
    elif "slot" in head:
        writes.append(stored_slots.given_back(run, none_waits=none_waits))
    return writes


def _failure(error: Json, counts: Mapping[str, int]) -> Outcome:
    timed_out = error["code"] == "execution_timeout"
    return Outcome(Status.TIMED_OUT if timed_out else Status.FAILED, counts, error)


def _error(
    plan: Plan, records: Mapping[str, Record], machine_error: Mapping[str, Any]
) -> Json | None:
    """The failure that ended the execution; None if every node has ended of itself."""
    fatal = _fatal(plan, records)
    if fatal is not None:
        told = fatal.error or {}
        return {"code": told.get("code"), "message": told.get("message"), "node": fatal.node}
    if all(node.id in records and records[node.id].status in DONE for node in plan.top):
        return None
    return {**machine_failure(machine_error), "node": None}


def _fatal(plan: Plan, records: Mapping[str, Record]) -> Record | None:
    """The earliest failure of a node that does not continue."""
    failed = (
        record
        for record in records.values()
        if record.status is NodeStatus.FAILED and not plan.by_id[record.node].continues
    )
    return min(failed, key=lambda one: one.ended_at or "", default=None)


def _outputs(
    run: Run, plan: Plan, records: Mapping[str, Record], platform: Platform
) -> dict[str, Packed]:
    """What the output nodes emitted, by the outputs' names; a skipped one is absent."""
    names = {
        node.id: str(node.inputs["name"])
        for node in plan.top
        if node.block == OUTPUT_BLOCK and records[node.id].status is NodeStatus.COMPLETED
    }
    emitted = node_runs.emitted_by(run, names, platform)
    packed = {name: emitted[node]["value"] for node, name in names.items()}
    return fit(packed, run.user_id, platform, executions.OUTPUTS_BYTES)


def _counts(plan: Plan, records: Mapping[str, Record]) -> dict[str, int]:
    """Nodes by status; one that never began is CANCELLED with its execution."""
    never = Record("", NodeStatus.CANCELLED)
    statuses = (str(records.get(node.id, never).status) for node in plan.top)
    return dict(sorted(Counter(statuses).items()))
