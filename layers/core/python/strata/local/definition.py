"""From a definition's JSON to a machine, checked as AWS checks it.

Task, Parallel, Pass, Succeed and Fail in JSONPath, which is what the compiler emits; anything else
is refused when the machine is made, never met while it runs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from strata.local.paths import (
    PathRefused,
    Reference,
    Resolve,
    ResultPath,
    parse_reference,
    parse_result_path,
    parse_template,
)
from strata.local.policies import parse_catch, parse_retry
from strata.local.refusals import InvalidDefinition, Json, check_fields, check_whole, refuse
from strata.local.states import (
    DEFAULT_TIMEOUT_SECONDS,
    EXPRESS_SECONDS,
    STANDARD_SECONDS,
    Fail,
    Machine,
    Parallel,
    Pass,
    Region,
    State,
    Succeed,
    Task,
)

MAX_DEFINITION_BYTES = 1_048_576
MAX_NAME_LENGTH = 80

_FLOW = {"Type", "Comment", "InputPath", "OutputPath"}
_STEP = {*_FLOW, "Next", "End", "Parameters", "ResultPath"}
_FIELDS = {
    "Task": {*_STEP, "Retry", "Catch", "Resource", "TimeoutSeconds"},
    "Parallel": {*_STEP, "Retry", "Catch", "Branches"},
    "Pass": {*_STEP, "Result"},
    "Succeed": _FLOW,
    "Fail": {"Type", "Comment", "Error", "ErrorPath", "Cause", "CausePath"},
}
_MACHINE_FIELDS = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
_BRANCH_FIELDS = {"Comment", "StartAt", "States"}


def parse_definition(text: str, *, express: bool = False) -> Machine:
    """Raises InvalidDefinition."""
    if len(text.encode()) > MAX_DEFINITION_BYTES:
        raise refuse(f"The definition exceeds {MAX_DEFINITION_BYTES} bytes", "")
    try:
        document = json.loads(text)
        return replace(_Reader(express).machine(document), size=len(text))
    except InvalidDefinition:
        raise
    except (ValueError, RecursionError) as error:
        raise refuse(f"Invalid JSON: {error}", "", "INVALID_JSON_DESCRIPTION") from error


class _Reader:
    """Reads one machine; state names are unique throughout it, branches included."""

    def __init__(self, express: bool) -> None:
        self._express = express
        self._names: set[str] = set()
        self._kinds: dict[str, Callable[[str, Json, str], State]] = {
            "Task": self._task,
            "Parallel": self._parallel,
            "Pass": _pass,
            "Succeed": _succeed,
            "Fail": _fail,
        }

    def machine(self, document: Any) -> Machine:
        check_fields(document, _MACHINE_FIELDS, "")
        if document.get("QueryLanguage", "JSONPath") != "JSONPath":
            raise refuse("Only the query language JSONPath is run here", "/QueryLanguage")
        most = EXPRESS_SECONDS if self._express else STANDARD_SECONDS
        seconds = check_whole(document, "TimeoutSeconds", most, "", 1)
        region = self._region(document, "")
        return Machine(region.start_at, region.states, min(seconds, most), self._express)

    def _region(self, document: Json, place: str) -> Region:
        states = document.get("States")
        if not isinstance(states, dict) or not states:
            raise refuse("States must be an object with at least one state", f"{place}/States")
        parsed = {
            name: self._state(name, state, f"{place}/States/{name}")
            for name, state in states.items()
        }
        start = document.get("StartAt")
        if not isinstance(start, str) or start not in parsed:
            raise refuse(
                f"Missing 'StartAt' target: {start}",
                f"{place}/StartAt",
                "MISSING_TRANSITION_TARGET",
            )
        _check_targets(start, parsed, place)
        return Region(start, parsed)

    def _state(self, name: str, state: Any, place: str) -> State:
        if not 1 <= len(name) <= MAX_NAME_LENGTH:
            raise refuse(f"State names have 1 to {MAX_NAME_LENGTH} characters", place)
        if name in self._names:
            raise refuse(f"Duplicate State name: {name}", place, "DUPLICATE_STATE_NAME")
        self._names.add(name)
        kind = state.get("Type") if isinstance(state, dict) else None
        if kind not in self._kinds:
            raise refuse(f"States of type {kind!r} are not run here", f"{place}/Type")
        check_fields(state, _FIELDS[kind], place)
        try:
            return self._kinds[kind](name, state, place)
        except PathRefused as error:
            raise refuse(str(error), place) from error

    def _task(self, name: str, state: Json, place: str) -> Task:
        resource = state.get("Resource")
        if not isinstance(resource, str) or ":function:" not in resource:
            raise refuse("Resource must be the ARN of a function", f"{place}/Resource")
        return Task(
            name,
            *_paths(state),
            _next(state, place),
            *_result(state),
            parse_retry(state.get("Retry", []), place),
            parse_catch(state.get("Catch", []), place),
            resource,
            check_whole(state, "TimeoutSeconds", DEFAULT_TIMEOUT_SECONDS, place, 1),
        )

    def _parallel(self, name: str, state: Json, place: str) -> Parallel:
        branches = state.get("Branches")
        if not isinstance(branches, list) or not branches:
            raise refuse("Branches must be an array with at least one branch", f"{place}/Branches")
        return Parallel(
            name,
            *_paths(state),
            _next(state, place),
            *_result(state),
            parse_retry(state.get("Retry", []), place),
            parse_catch(state.get("Catch", []), place),
            tuple(self._branch(one, f"{place}/Branches[{n}]") for n, one in enumerate(branches)),
        )

    def _branch(self, document: Any, place: str) -> Region:
        check_fields(document, _BRANCH_FIELDS, place)
        return self._region(document, place)


def _pass(name: str, state: Json, place: str) -> Pass:
    result: Resolve | None = None
    if "Result" in state:
        value = state["Result"]

        def result(_data: Any, _context: Any) -> Any:
            return value

    return Pass(name, *_paths(state), _next(state, place), *_result(state), result)


def _succeed(name: str, state: Json, _: str) -> Succeed:
    return Succeed(name, *_paths(state))


def _fail(name: str, state: Json, place: str) -> Fail:
    return Fail(name, None, None, None, _text(state, "Error", place), _text(state, "Cause", place))


def _text(state: Json, field: str, place: str) -> Resolve:
    """`Error` or `Cause`, as a constant or by a path."""
    path = f"{field}Path"
    if field in state and path in state:
        raise refuse(f"You cannot specify both {field} and {path}", place)
    if path in state:
        return parse_reference(state[path]).resolve
    value = state.get(field, "")
    if not isinstance(value, str):
        raise refuse(f"{field} must be a string", f"{place}/{field}")
    return lambda _data, _context: value


def _paths(state: Json) -> tuple[Reference | None, Reference | None]:
    read, write = state.get("InputPath", "$"), state.get("OutputPath", "$")
    return (
        None if read is None else parse_reference(read),
        None if write is None else parse_reference(write),
    )


def _result(state: Json) -> tuple[Resolve | None, ResultPath]:
    parameters = parse_template(state["Parameters"]) if "Parameters" in state else None
    return parameters, parse_result_path(state.get("ResultPath", "$"))


def _next(state: Json, place: str) -> str | None:
    ends = state.get("End", False)
    if not isinstance(ends, bool) or ends == ("Next" in state):
        raise refuse("A state has either 'Next' or 'End': true", place)
    following = state.get("Next")
    if not ends and not isinstance(following, str):
        raise refuse("Next must be a string", f"{place}/Next")
    return following


def _check_targets(start: str, states: Mapping[str, State], place: str) -> None:
    """Every target is a state of the region, every state can be reached."""
    reached, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        for target in _targets(states[name]):
            if target not in states:
                raise refuse(
                    f"Missing 'Next' target: {target}",
                    f"{place}/States/{name}",
                    "MISSING_TRANSITION_TARGET",
                )
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in states:
        if name not in reached:
            raise refuse(
                f'State "{name}" is not reachable.',
                f"{place}/States/{name}",
                "MISSING_TRANSITION_TARGET",
            )


def _targets(state: State) -> list[str]:
    following = [state.next] if state.next is not None else []
    if isinstance(state, (Task, Parallel)):
        following += [catcher.next for catcher in state.catch]
    return following
