"""The end of an execution: told by the records of its nodes, written once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from strata.clock import timestamp
from strata.model.execution import NodeStatus, Run, Status
from strata.model.plan import Plan
from strata.platform import Platform
from strata.ports import ConditionFailed, Item
from strata.store import executions, graphs, keys, node_runs
from strata.store.node_runs import Record
from strata.store.values import Packed

Json = dict[str, Any]

DONE = (NodeStatus.COMPLETED, NodeStatus.SKIPPED, NodeStatus.FAILED)
"""How a node ends of itself; where all did, the execution is complete whatever its machine says."""


def end_if_all_ended(run: Run, plan: Plan, *, platform: Platform) -> None:
    """Ends the execution if this was the last of the plan's last nodes to end.

    Each of them reads the others after its own record is written, so the latest sees them all."""
    wanted = [keys.node_run(run, node) for node in plan.last]
    found = platform.table.get_many(wanted)
    if all(key in found and NodeStatus(found[key]["status"]).is_final for key in wanted):
        end(run, None, platform=platform)


def end(run: Run, machine_error: Mapping[str, Any] | None, *, platform: Platform) -> Json:
    """Writes the execution's end, once; the truth is what the nodes' records say.

    `machine_error` is {"Error", "Cause"} of the state machine, where it failed. Returns {"status"};
    an execution that has ended is left as it is. Raises NotFound."""
    items = executions.head_and_nodes(run.user_id, run.execution_id, platform)
    head, records = items[0], node_runs.records(items[1:])
    if Status(head["status"]).is_final:
        return {"status": head["status"]}
    plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
    if machine_error is not None:
        records = _blame(run, plan, records, machine_error, platform)
    records = _cancel_open(run, records, platform)
    return _write_end(run, head, plan, records, machine_error, platform)


def _write_end(
    run: Run,
    head: Item,
    plan: Plan,
    records: Mapping[str, Record],
    machine_error: Mapping[str, Any] | None,
    platform: Platform,
) -> Json:
    error = _error(plan, records, machine_error)
    status = _status(error, machine_error)
    outputs = None if error else _outputs(run, plan, records, platform)
    counts = _counts(plan, records)
    at = timestamp(platform.clock.now())
    writes = [
        executions.ended(run, status, at, outputs=outputs, error=error, counts=counts),
        graphs.counted_end(run.user_id, run.graph_id, completed=error is None),
    ]
    try:
        platform.table.write_all(writes)
    except ConditionFailed:
        # Another end came first; final is final.
        head = executions.head_of(run.user_id, run.execution_id, platform)
        return {"status": head["status"]}
    return {"status": status}


def _status(error: Mapping[str, Any] | None, machine_error: Mapping[str, Any] | None) -> Status:
    if error is None:
        return Status.COMPLETED
    timed_out = machine_error is not None and machine_error.get("Error") == "TIMED_OUT"
    return Status.TIMED_OUT if timed_out else Status.FAILED


def _error(
    plan: Plan, records: Mapping[str, Record], machine_error: Mapping[str, Any] | None
) -> Json | None:
    """The failure that ended the execution: the earliest of a node that does not continue."""
    fatal = [
        record
        for record in records.values()
        if record.status is NodeStatus.FAILED and not plan.by_id[record.node].continues
    ]
    if fatal:
        record = min(fatal, key=lambda one: one.ended_at or "")
        told = record.error or {}
        return {"code": told.get("code"), "message": told.get("message"), "node": record.node}
    if all(_is_done(records.get(node.id)) for node in plan.nodes):
        return None
    return {**_machine_failure(machine_error or {}), "node": None}


def _is_done(record: Record | None) -> bool:
    return record is not None and record.status in DONE


def _machine_failure(machine_error: Mapping[str, Any]) -> Json:
    """What a failure of the platform's own is called; its cause may hold anything and stays out."""
    name = str(machine_error.get("Error", "unknown"))
    if name == "TIMED_OUT":
        return {"code": "execution_timeout", "message": "The execution's time was up."}
    if name == "States.Timeout":
        return {"code": "timeout", "message": "The node's time was up."}
    if name == "States.DataLimitExceeded":
        return {"code": "limit_exceeded", "message": "A limit of the platform was exceeded."}
    return {"code": "platform_error", "message": f"The platform failed ({name[:80]})."}


def _blame(
    run: Run,
    plan: Plan,
    records: Mapping[str, Record],
    machine_error: Mapping[str, Any],
    platform: Platform,
) -> dict[str, Record]:
    """Where no record tells why the machine failed, the nodes whose attempts are open fail with
    its error; if none is, the first node that could not begin."""
    known = dict(records)
    if any(
        record.status is NodeStatus.FAILED and not plan.by_id[node].continues
        for node, record in known.items()
    ):
        return known
    suspects = [one for one in known.values() if one.status is NodeStatus.RUNNING]
    if not suspects:
        pending = (known.get(node.id, Record(node.id)) for node in plan.nodes)
        suspects = [one for one in pending if not one.status.is_final][:1]
    failure = _machine_failure(machine_error)
    for record in suspects:
        error = {**failure, "attempts": record.attempts}
        known[record.node] = _finish(run, record, NodeStatus.FAILED, error, platform)
    return known


def _cancel_open(run: Run, records: Mapping[str, Record], platform: Platform) -> dict[str, Record]:
    """No node stays RUNNING after its execution has ended."""
    return {
        node: record
        if record.status.is_final
        else _finish(run, record, NodeStatus.CANCELLED, record.error, platform)
        for node, record in records.items()
    }


def _finish(
    run: Run,
    record: Record,
    status: NodeStatus,
    error: Mapping[str, Any] | None,
    platform: Platform,
) -> Record:
    """Ends a record that is open, unless its own run did so in between: then that counts."""
    at = timestamp(platform.clock.now())
    try:
        item = platform.table.write(node_runs.ended(run, record, status, at, error=error))
    except ConditionFailed as failed:
        item = failed.item or {}
    return node_runs.record_of(record.node, item)


def _outputs(
    run: Run, plan: Plan, records: Mapping[str, Record], platform: Platform
) -> dict[str, Packed]:
    """What the output nodes emitted, by the outputs' names; a skipped one is absent."""
    wanted = [
        node.id
        for node in plan.nodes
        if node.block == "output"
        and node.id in records
        and records[node.id].status is NodeStatus.COMPLETED
    ]
    emitted = node_runs.emitted_by(run, wanted, platform)
    return {
        str(plan.by_id[node].inputs["name"]): emitted[node]["value"]
        for node in wanted
        if "value" in emitted.get(node, {})
    }


def _counts(plan: Plan, records: Mapping[str, Record]) -> dict[str, int]:
    """Nodes by status; one that never began is CANCELLED with its execution."""
    return count_by_status(
        records[node.id].status if node.id in records else NodeStatus.CANCELLED
        for node in plan.nodes
    )


def count_by_status(statuses: Iterable[NodeStatus]) -> dict[str, int]:
    return dict(sorted(Counter(map(str, statuses)).items()))
