"""Stopping the machine of an execution that was cancelled."""

from strata import machines
from strata.model.errors import Unavailable
from strata.model.execution import Run
from strata.platform import Platform
from strata.store import executions


def stop(run: Run, *, platform: Platform) -> bool:
    """Stops what a cancelled execution has left running; whether that is done now. Where the
    platform does not answer, the execution stays among those that are not done with."""
    try:
        head = executions.head_of(run.user_id, run.execution_id, platform)
        platform.machines.stop(machines.name_of(run, head), run.execution_id)
        platform.table.write(executions.stopped(run))
    except Unavailable:
        return False
    return True
