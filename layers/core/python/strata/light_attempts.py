"""One attempt of a light node: what comes of it, and nothing written yet.

A light node has no effect, so it is not claimed: run again, it does no harm. Its record is written
when its end is known.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from strata.earlier_results import result_of
from strata.gathering import Emitted, gather
from strata.model.block import ERROR_PIN
from strata.model.errors import NodeError
from strata.model.execution import NodeStatus
from strata.node_ends import is_another_due, told_of
from strata.node_work import PlatformFailed, Work, outputs_of
from strata.ports import Item
from strata.sparing import Spared, spared
from strata.store import node_runs
from strata.store.light_runs import Concluded
from strata.store.node_records import Record
from strata.store.values import Packed

Load = Callable[[Packed], Any]
Keep = Callable[[Packed, Any], None]


def conclude(
    work: Work, own: Record, head: Item, emitted: Emitted, load: Load, keep: Keep
) -> Concluded:
    """The node skipped, COMPLETED, FAILED, or PENDING where another attempt is due.

    `load` gives the value that was packed, `keep` is told what the node's own values are."""
    how = spared(work, head)
    if how is not None:
        return _spared(work, own, how, keep)
    earlier = result_of(work, own, head)
    if earlier is not None:
        return Concluded(own, earlier.record(own.node), earlier.emitted)
    inputs = gather(work.node, work.block, emitted, load)
    if inputs is None:
        return Concluded(own, replace(own, status=NodeStatus.SKIPPED, ended_at=work.now()))
    at = work.now()
    try:
        outputs = outputs_of(work, head, inputs)
        packed = node_runs.pack_outputs(work.run, outputs, work.platform)
    except NodeError as error:
        return _failed(work, own, at, error)
    for pin, one in packed.items():
        keep(one, outputs[pin])
    done = replace(
        own,
        status=NodeStatus.COMPLETED,
        attempts=own.attempts + 1,
        started_at=own.started_at or at,
        attempted_at=at,
        ended_at=work.now(),
        pins=tuple(sorted(packed)),
        error=None,
    )
    return Concluded(own, done, packed)


def _spared(work: Work, own: Record, how: Spared, keep: Keep) -> Concluded:
    emitted = None
    if how.outputs is not None:
        emitted = node_runs.pack_outputs(work.run, how.outputs, work.platform)
        for pin, one in emitted.items():
            keep(one, how.outputs[pin])
    pins = tuple(sorted(emitted or ()))
    return Concluded(own, replace(own, status=how.status, ended_at=work.now(), pins=pins), emitted)


def _failed(work: Work, own: Record, begun_at: str, error: NodeError) -> Concluded:
    begun = replace(
        own,
        attempts=own.attempts + 1,
        started_at=own.started_at or begun_at,
        attempted_at=begun_at,
    )
    told, at = told_of(begun, error), work.now()
    begun = replace(begun, error=told, failures=tuple(node_runs.failures_of(begun, at, told)))
    if is_another_due(work, begun, error):
        losses = begun.losses + isinstance(error, PlatformFailed)
        return Concluded(own, replace(begun, status=NodeStatus.PENDING, losses=losses))
    emitted = None
    if work.node.continues:
        emitted = node_runs.pack_outputs(work.run, {ERROR_PIN: told}, work.platform)
    pins = tuple(sorted(emitted or ()))
    failed = replace(begun, status=NodeStatus.FAILED, ended_at=at, pins=pins)
    return Concluded(own, failed, emitted)
