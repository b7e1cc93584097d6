"""What becomes of a failure: retried, caught, or handed to the state around it."""

from functools import partial
from typing import TYPE_CHECKING

from strata.local.attempts import attempt
from strata.local.branch import Branch
from strata.local.failures import StateFailed, checked, is_timeout, matches
from strata.local.history import event_type
from strata.local.states import Failing, Map, Task

if TYPE_CHECKING:
    from strata.local.execution import Execution


def recover(execution: "Execution", failed: Branch, error: StateFailed) -> None:
    """Goes outwards from the failed state until some state handles the error.

    Raises the error that ends the execution."""
    branch: Branch | None = failed
    while branch is not None and not error.is_fatal:
        execution.drop(branch)
        _abort_below(execution, branch)
        state = branch.state
        if isinstance(state, Failing):
            execution.history.add(_event(state, error), state.name)
            if _retry(execution, branch, state, error) or _catch(execution, branch, state, error):
                return
        branch = _give_up(execution, branch)
    raise error


def _retry(execution: "Execution", branch: Branch, state: Failing, error: StateFailed) -> bool:
    retrier = next((one for one in state.retry if matches(one.errors, error.error)), None)
    if retrier is None or branch.tries.get(retrier, 0) >= retrier.max_attempts:
        return False
    delay = retrier.delay(branch.count_retry(retrier))
    if retrier.jitter:
        delay *= int.from_bytes(execution.host.clock.random_bytes(4), "big") / 2**32
    execution.after(branch, delay, partial(attempt, execution, branch))
    return True


def _catch(execution: "Execution", branch: Branch, state: Failing, error: StateFailed) -> bool:
    catcher = next((one for one in state.catch if matches(one.errors, error.error)), None)
    if catcher is None:
        return False
    output = checked(catcher.result_path.place(branch.raw, error.output), state.name)
    execution.record(state, "Exited")
    execution.enter_next(branch, catcher.next, output)
    return True


def _give_up(execution: "Execution", branch: Branch) -> Branch | None:
    """The branch has failed; the one around it."""
    parent = branch.parent
    if parent is not None and parent.fork is not None:
        del parent.fork.children[branch.position]
        if branch.item is not None:
            execution.history.add("MapIterationFailed", parent.state.name)
    return parent


def _abort_below(execution: "Execution", branch: Branch) -> None:
    """What still runs in the branches of a state that has failed goes no further."""
    for one in branch.running():
        execution.drop(one)
        if one.entered_at is not None:
            if isinstance(one.state, Map) and one.state.distribution is not None:
                execution.history.add("MapRunAborted", one.state.name)
            execution.record(one.state, "Aborted")
        if one.item is not None and one.parent is not None:
            execution.history.add("MapIterationAborted", one.parent.state.name)
    branch.join()


def _event(state: Failing, error: StateFailed) -> str:
    if isinstance(state, Task):
        return state.event("TimedOut" if is_timeout(error.error) else "Failed")
    return event_type(state.kind, "Failed")
