"""How long a Task may take."""

from typing import TYPE_CHECKING

from strata.local.branch import Branch
from strata.local.context import Surroundings
from strata.local.dataflow import read
from strata.local.states import Integration, Task

if TYPE_CHECKING:
    from strata.local.execution import Execution


def time_of(execution: "Execution", branch: Branch, state: Task) -> tuple[float, str]:
    """Seconds, and the error when they are over. Raises StateFailed.

    Nobody sends heartbeats: a Task that waits for an answer fails when the first one is due."""
    if state.timeout.path is None and state.heartbeat is None:
        return state.timeout.constant, "States.Timeout"
    context = Surroundings(execution, branch)
    given = read(branch, context)
    seconds = state.timeout.resolve(given, context)
    if state.heartbeat is not None and state.integration is Integration.CALLBACK:
        heartbeat = state.heartbeat.resolve(given, context)
        if heartbeat < seconds:
            return heartbeat, "States.HeartbeatTimeout"
    return seconds, "States.Timeout"
