"""How one attempt of a node ends: with another one due, or with the node's own end."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from strata.model.block import ERROR_PIN
from strata.model.errors import NodeError, NodeRetry
from strata.model.execution import NodeStatus
from strata.node_work import PlatformFailed, Work
from strata.observability import record_node
from strata.store import node_runs
from strata.store.node_records import Record
from strata.store.values import Packed

Json = dict[str, Any]

MOST_LOSSES = 2
"""So often a node is run again because the platform failed; the next time its failure is told."""

MAX_MESSAGE = 1000


def fail(work: Work, own: Record, error: NodeError) -> Record:
    """Asks for another attempt, or records the failure."""
    told = told_of(own, error)
    if is_another_due(work, own, error):
        lost = isinstance(error, PlatformFailed)
        work.platform.table.write(node_runs.await_retry(work.run, own, told, work.now(), lost=lost))
        raise NodeRetry(f"{told['code']}: {told['message']}")
    return give_up(work, own, error)


def give_up(work: Work, own: Record, error: NodeError) -> Record:
    """Records the failure."""
    told, emitted = told_of(own, error), None
    if work.node.continues:
        emitted = node_runs.pack_outputs(work.run, {ERROR_PIN: told}, work.platform)
    return end(work, own, NodeStatus.FAILED, emitted=emitted, error=told)


def told_of(own: Record, error: NodeError) -> Json:
    """The error as the node tells it."""
    message = error.message[:MAX_MESSAGE]
    return {"code": error.code, "message": message, "attempts": own.attempts}


def is_another_due(work: Work, own: Record, error: NodeError) -> bool:
    """Whether another attempt follows the one that `own` counts as its last."""
    if isinstance(error, PlatformFailed):
        return own.losses < MOST_LOSSES
    return error.retryable and own.attempts - own.losses < work.node.retry.max_attempts


def end(
    work: Work,
    own: Record,
    status: NodeStatus,
    *,
    emitted: Mapping[str, Packed] | None = None,
    error: Mapping[str, Any] | None = None,
) -> Record:
    at, pins = work.now(), sorted(emitted or ())
    end = node_runs.ended(work.run, own, status, at, pins=pins, error=error)
    if emitted is None:
        work.platform.table.write(end)
    else:
        values = node_runs.emit(work.run, own.node, emitted)
        work.platform.table.write_all([end, values])
    record = replace(own, status=status, ended_at=at, pins=tuple(pins), error=error)
    tell(work, record)
    return record


def tell(work: Work, record: Record) -> None:
    """Logs and measures the node's end."""
    run, name, seconds = work.run.execution_id, work.block.name, record.seconds or 0
    record_node(run, record.node, name, record.status, seconds, platform=work.platform)
