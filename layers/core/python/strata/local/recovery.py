"""What becomes of a failure: retried, caught, or handed to the Parallel around it."""

from functools import partial
from typing import TYPE_CHECKING

from strata.local.branch import Branch
from strata.local.failures import StateFailed, checked, matches
from strata.local.scheduler import Work
from strata.local.states import Failing, Parallel

if TYPE_CHECKING:
    from strata.local.execution import Execution


def recover(execution: "Execution", failed: Branch, error: StateFailed) -> None:
    """Goes outwards from the failed state until some state handles the error.

    Raises the error that ends the execution."""
    branch: Branch | None = failed
    while branch is not None and not error.is_fatal:
        execution.drop(branch)
        state = branch.state
        if isinstance(state, Failing):
            execution.history.add(_event(state, error), state.name)
            if _retry(execution, branch, state, error) or _catch(execution, branch, state, error):
                return
        branch.is_done = True
        branch = branch.parent
        if branch is not None:
            _abort_below(execution, branch)
    raise error


def _retry(execution: "Execution", branch: Branch, state: Failing, error: StateFailed) -> bool:
    retrier = next((one for one in state.retry if matches(one.errors, error.error)), None)
    if retrier is None or branch.tries.get(retrier, 0) >= retrier.max_attempts:
        return False
    delay = retrier.delay(branch.count_retry(retrier))
    if retrier.jitter:
        delay *= int.from_bytes(execution.host.clock.random_bytes(4), "big") / 2**32
    again = partial(_again, execution, branch, branch.ticket)
    branch.timer = execution.host.scheduler.after(delay, again)
    return True


def _again(execution: "Execution", branch: Branch, ticket: int) -> Work | None:
    with execution.lock:
        if execution.is_stale(branch, ticket):
            return None
        execution.later(branch, partial(execution.work, branch))
        return execution.go_on()


def _catch(execution: "Execution", branch: Branch, state: Failing, error: StateFailed) -> bool:
    catcher = next((one for one in state.catch if matches(one.errors, error.error)), None)
    if catcher is None:
        return False
    output = checked(catcher.result_path.place(branch.raw, error.output), state.name)
    execution.record(state, "Exited")
    execution.enter_next(branch, catcher.next, output)
    return True


def _abort_below(execution: "Execution", branch: Branch) -> None:
    """What still runs in the branches of a Parallel that has failed goes no further."""
    for one in branch.running():
        execution.drop(one)
        if one.entered_at is not None:
            execution.record(one.state, "Aborted")
    branch.join()


def _event(state: Failing, error: StateFailed) -> str:
    if isinstance(state, Parallel):
        return "ParallelStateFailed"
    return f"LambdaFunction{'TimedOut' if error.error == 'States.Timeout' else 'Failed'}"
