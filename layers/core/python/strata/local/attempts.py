"""What a state does once it is entered, and again with every retry."""

from typing import TYPE_CHECKING

from strata.local.branch import Branch
from strata.local.call import Call
from strata.local.context import Surroundings
from strata.local.dataflow import failure_of, result_of, take
from strata.local.forks import begin_map, begin_parallel
from strata.local.map_run import MapRun
from strata.local.nested import Nested
from strata.local.states import Choice, Fail, Integration, Map, Parallel, State, Task, Wait
from strata.local.waiting import begin_wait

if TYPE_CHECKING:
    from strata.local.execution import Execution


def attempt(execution: "Execution", branch: Branch) -> None:
    """Under the execution's lock. Raises StateFailed."""
    state = branch.state
    if isinstance(state, Task) and state.integration is Integration.CALLBACK:
        # Its parameters ask for the token; every retry waits for one of its own.
        branch.token = execution.host.tokens.give(execution, branch)
    branch.given = take(branch, Surroundings(execution, branch))
    if isinstance(state, Task):
        _begin_task(execution, branch, state)
    elif isinstance(state, Parallel):
        begin_parallel(execution, branch, state)
    elif isinstance(state, Map):
        _begin_map(execution, branch, state)
    elif isinstance(state, Wait):
        begin_wait(execution, branch, state)
    else:
        _pass_through(execution, branch, state)


def _begin_task(execution: "Execution", branch: Branch, state: Task) -> None:
    if state.integration is Integration.EXECUTION:
        execution.submit(Nested(execution, branch, state).start)
    else:
        execution.submit(Call(execution, branch, state).perform)


def _begin_map(execution: "Execution", branch: Branch, state: Map) -> None:
    if state.distribution is not None:
        MapRun(execution, branch, state, state.distribution).begin()
    elif state.processor is not None:
        begin_map(execution, branch, state, state.processor)


def _pass_through(execution: "Execution", branch: Branch, state: State) -> None:
    """A state that needs neither time nor help."""
    context = Surroundings(execution, branch)
    if isinstance(state, Fail):
        raise failure_of(state, branch.raw, context)
    if isinstance(state, Choice):
        execution.leave(branch, branch.given, state.chosen(branch.given, context))
    else:
        execution.leave(branch, result_of(state, branch.given, context))
