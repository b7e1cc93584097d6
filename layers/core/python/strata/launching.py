"""Launching: what an execution still lacks until its machine runs, however often it is asked.

results of another one copied ──▶ machine started ──▶ RUNNING, where no node of its own says so
"""

from contextlib import suppress

from strata import iterations, machines
from strata.clock import timestamp
from strata.model.execution import Run, Status
from strata.platform import Platform
from strata.ports import ConditionFailed, Item
from strata.store import executions, resumptions


def launch(run: Run, *, platform: Platform) -> None:
    """Brings an execution to run that has its slot; one that waits, runs or has ended is left as
    it is.

    Asked again after a crash at any place it goes on from there. Raises NotFound, Unavailable."""
    head = executions.head_of(run.user_id, run.execution_id, platform)
    if "waiting" in head or iterations.is_closed(head):
        return
    if "resumed_from" in head and "seeded" not in head:
        resumptions.copy(run, resumptions.load(run, platform), platform)
        platform.table.write(executions.seeded(run))
    machines.start(run, head, platform=platform)
    if "first_rests" in head:
        _set_running(run, head, platform)


def _set_running(run: Run, head: Item, platform: Platform) -> None:
    if head["status"] == Status.QUEUED:
        with suppress(ConditionFailed):
            at = timestamp(platform.clock.now())
            platform.table.write(executions.started(run, at))
