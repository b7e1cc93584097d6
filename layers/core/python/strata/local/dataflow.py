"""What a state is given and what it hands on: from InputPath to OutputPath."""

from typing import Any

from strata.local.branch import Branch
from strata.local.failures import StateFailed, checked
from strata.local.paths import Context, Reference
from strata.local.states import Fail, Failing, Map, Pass, State, Task, Working


def read(branch: Branch, context: Context) -> Any:
    """The input of the branch's state after InputPath. Raises StateFailed."""
    return _chosen(branch.state.input_path, branch.raw, context)


def take(branch: Branch, context: Context) -> Any:
    """What the branch's state works on. Raises StateFailed."""
    state = branch.state
    given = read(branch, context)
    # The template of a Map is for each of its items.
    if isinstance(state, Working) and state.parameters is not None and not isinstance(state, Map):
        given = state.parameters(given, context)
        # A Task's input is measured when it becomes the event of a call.
        return given if isinstance(state, Task) else checked(given, state.name)
    return given


def hand_on(branch: Branch, result: Any, context: Context) -> Any:
    """The output of the branch's state, which had that result. Raises StateFailed."""
    state = branch.state
    output = result
    if isinstance(state, Failing) and state.result_selector is not None:
        output = state.result_selector(result, context)
    if isinstance(state, Working):
        output = state.result_path.place(branch.raw, output)
    if _is_new(output, result, branch.raw, state):
        checked(output, state.name)
    return _chosen(state.output_path, output, context)


def result_of(state: State, given: Any, context: Context) -> Any:
    """What a state without work of its own gives."""
    return state.result(given, context) if isinstance(state, Pass) and state.result else given


def failure_of(state: Fail, raw: Any, context: Context) -> StateFailed:
    """The failure that the state tells. Raises StateFailed if its paths do not lead to texts."""
    error, cause = state.error(raw, context), state.cause(raw, context)
    if not isinstance(error, str) or not isinstance(cause, str):
        raise StateFailed("States.Runtime", "Error and Cause of a Fail state must be strings")
    return StateFailed(error, cause)


def _chosen(path: Reference | None, data: Any, context: Context) -> Any:
    if path is None:
        return {}
    return data if path.text == "$" else path.resolve(data, context)


def _is_new(output: Any, result: Any, raw: Any, state: State) -> bool:
    """Whether nobody has measured that value yet; the results of calls and of joins were."""
    if output is raw:
        return False
    return output is not result or isinstance(state, Pass)
