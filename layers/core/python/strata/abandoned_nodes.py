"""Nodes that their state machine left behind: the ones to blame for its failure, and the others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from strata.clock import moment, timestamp
from strata.model.errors import Conflict
from strata.model.execution import NodeStatus, Run
from strata.model.plan import Plan
from strata.observability import record_node
from strata.platform import Platform
from strata.ports import MAX_WRITES, ConditionFailed
from strata.store import node_records, node_runs
from strata.store.node_records import Record

Json = dict[str, Any]
Records = Mapping[str, Record]


def machine_failure(machine_error: Mapping[str, Any]) -> Json:
    """What a failure of the platform's own is called; its cause may hold anything and stays out."""
    name = str(machine_error.get("Error", "unknown"))
    if name == "TIMED_OUT":
        return {"code": "execution_timeout", "message": "The execution's time was up."}
    if name == "States.Timeout":
        return {"code": "timeout", "message": "The node's time was up."}
    if name == "States.DataLimitExceeded":
        return {"code": "limit_exceeded", "message": "A limit of the platform was exceeded."}
    return {"code": "platform_error", "message": f"The platform failed ({name[:80]})."}


def blame(
    run: Run,
    plan: Plan,
    records: Records,
    machine_error: Mapping[str, Any],
    platform: Platform,
) -> Records:
    """The records, in which those nodes now fail with the machine's error that it came from."""
    failure = machine_failure(machine_error)
    suspects = _suspects(plan, records, failure["code"], platform)
    failed = {
        one.node: _finish(run, plan, one, NodeStatus.FAILED, failure, platform) for one in suspects
    }
    return {**records, **failed}


def close(run: Run, plan: Plan, records: Records, platform: Platform) -> Records:
    """The records, all final. Besides those that are open, the nodes that could begin now are
    cancelled: a call of one may still be under way, and none begins once its execution ended."""
    closed = {
        node: _finish(run, plan, record, NodeStatus.CANCELLED, record.error, platform)
        for node, record in records.items()
    }
    ready = list(_ready(plan, records))
    for first in range(0, len(ready), MAX_WRITES):
        closed |= _cancel(run, plan, ready[first : first + MAX_WRITES], platform)
    return closed


def _suspects(plan: Plan, records: Records, code: str, platform: Platform) -> Sequence[Record]:
    """Those whose attempts are open; if none is, the first that could not begin, or not again."""
    attempted = [one for one in records.values() if one.status is NodeStatus.RUNNING]
    if not attempted:
        missing = [records.get(node.id, Record(node.id)) for node in plan.top]
        missing = [one for one in missing if not one.status.is_final]
        return [max(missing, key=lambda one: one.attempts > 0)] if missing else []
    if code == "execution_timeout":
        return attempted
    overdue = [one for one in attempted if _is_overdue(plan, one, platform)]
    if code == "timeout" and overdue:
        return overdue
    worst = max(one.losses for one in attempted)
    return [one for one in attempted if one.losses == worst]


def _is_overdue(plan: Plan, record: Record, platform: Platform) -> bool:
    begun = moment(record.attempted_at or "")
    spent = (platform.clock.now() - begun).total_seconds()
    return spent >= plan.by_id[record.node].timeout_seconds


def _ready(plan: Plan, records: Records) -> Iterator[Record]:
    """The nodes without a record whose sources have all ended."""
    ended = {node for node, record in records.items() if record.status.is_final}
    for node in plan.top:
        if node.id not in records and all(link.source in ended for link in node.incoming):
            yield Record(node.id)


def _cancel(run: Run, plan: Plan, ready: Sequence[Record], platform: Platform) -> Records:
    """All at once, or one by one where one of them has begun after all."""
    at = timestamp(platform.clock.now())
    ends = [node_runs.ended(run, one, NodeStatus.CANCELLED, at) for one in ready]
    try:
        platform.table.write_all(ends)
    except (ConditionFailed, Conflict):
        finished = (_finish(run, plan, one, NodeStatus.CANCELLED, None, platform) for one in ready)
        return {one.node: one for one in finished}
    return {one.node: Record(one.node, NodeStatus.CANCELLED, ended_at=at) for one in ready}


def _finish(
    run: Run,
    plan: Plan,
    record: Record,
    status: NodeStatus,
    error: Mapping[str, Any] | None,
    platform: Platform,
) -> Record:
    """Ends an open record; where the node's own run changes it in between, that counts."""
    while not record.status.is_final:
        at = timestamp(platform.clock.now())
        told = None if error is None else {**error, "attempts": record.attempts}
        end = node_runs.ended(run, record, status, at, error=told)
        try:
            record = node_records.record_of(record.node, platform.table.write(end))
        except ConditionFailed as failed:
            record = node_records.record_of(record.node, failed.item)
        else:
            block = plan.by_id[record.node].block
            record_node(
                run.execution_id, record.node, block, status, record.seconds or 0, platform=platform
            )
    return record
