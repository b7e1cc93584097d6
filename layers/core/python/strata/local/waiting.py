"""A Wait: nothing but a timer."""

from functools import partial
from typing import TYPE_CHECKING

from strata.local.branch import Branch
from strata.local.context import Surroundings
from strata.local.states import Wait

if TYPE_CHECKING:
    from strata.local.execution import Execution


def begin_wait(execution: "Execution", branch: Branch, state: Wait) -> None:
    """Raises StateFailed where the input tells no time."""
    seconds = _seconds(execution, branch, state)
    leave = partial(execution.leave, branch, branch.given)
    if seconds <= 0:
        leave()
    else:
        execution.after(branch, seconds, leave)


def _seconds(execution: "Execution", branch: Branch, state: Wait) -> float:
    context = Surroundings(execution, branch)
    if state.until is not None:
        return (state.until(branch.given, context) - context.clock.now()).total_seconds()
    return state.seconds.resolve(branch.given, context) if state.seconds is not None else 0
