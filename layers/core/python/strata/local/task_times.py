"""How long a Task may take."""

from typing import TYPE_CHECKING

from strata.local.branch import Branch
from strata.local.context import Surroundings
from strata.local.dataflow import read
from strata.local.failures import StateFailed
from strata.local.states import Integration, Task

if TYPE_CHECKING:
    from strata.local.execution import Execution


def timeout_of(execution: "Execution", branch: Branch, state: Task) -> tuple[float, StateFailed]:
    """Seconds, and the failure when they are over. Raises StateFailed.

    Nobody sends heartbeats: a Task that waits for an answer fails when the first one is due."""
    context = Surroundings(execution, branch)
    given = read(branch, context)
    seconds = state.timeout.resolve(given, context)
    if state.heartbeat is not None and state.integration is Integration.CALLBACK:
        heartbeat = state.heartbeat.resolve(given, context)
        if heartbeat < seconds:
            return heartbeat, StateFailed("States.HeartbeatTimeout")
    return seconds, StateFailed("States.Timeout")
