"""Launching: what an execution still lacks until its machine runs, however often it is asked."""

from strata import machines
from strata.model.execution import Run, Status
from strata.platform import Platform
from strata.store import executions


def launch(run: Run, *, platform: Platform) -> None:
    """Brings an execution to run that has its slot; one that waits, runs or has ended is left as
    it is.

    Asked again after a crash at any place it goes on from there. Raises NotFound, Unavailable."""
    head = executions.head_of(run.user_id, run.execution_id, platform)
    if not (Status(head["status"]).is_final or "waiting" in head):
        machines.start(run, platform=platform)
