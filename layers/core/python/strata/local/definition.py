"""From a definition's JSON to a machine, checked as AWS checks it.

All types of states in JSONPath; what this engine does not run, though AWS would, is refused when
the machine is made, never met while it runs.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from strata.local.choice_rules import parse_rules
from strata.local.map_definition import DISTRIBUTED_FIELDS, parse_map
from strata.local.paths import Context, PathRefused, Resolve
from strata.local.refusals import InvalidDefinition, Json, check_fields, check_whole, refuse
from strata.local.state_fields import failing_of, paths_of, text_of, working_of
from strata.local.states import (
    EXPRESS_SECONDS,
    STANDARD_SECONDS,
    Choice,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    Region,
    State,
    Succeed,
    Task,
)
from strata.local.task_definition import parse_task
from strata.local.transitions import check_start, check_transitions
from strata.local.wait_definition import WAIT_FIELDS, parse_wait

MAX_DEFINITION_BYTES = 1_048_576
MAX_NAME_LENGTH = 80
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_FLOW = {"Type", "Comment", "InputPath", "OutputPath"}
_STEP = {*_FLOW, "Next", "End"}
_WORKING = {*_STEP, "Parameters", "ResultPath"}
_FAILING = {*_WORKING, "ResultSelector", "Retry", "Catch"}
_TIMES = {"TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"}
_ITEMS = {"ItemProcessor", "Iterator", "ItemsPath", "ItemSelector"}
_FIELDS = {
    "Task": {*_FAILING, "Resource", *_TIMES},
    "Parallel": {*_FAILING, "Branches"},
    "Map": {*_FAILING, *_ITEMS, "MaxConcurrency", "MaxConcurrencyPath", *DISTRIBUTED_FIELDS},
    "Pass": {*_WORKING, "Result"},
    "Wait": {*_STEP, *WAIT_FIELDS},
    "Choice": {*_FLOW, "Choices", "Default"},
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
        document = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated
        )
        return replace(_Reader(express).machine(document), size=len(text))
    except InvalidDefinition:
        raise
    except (ValueError, RecursionError) as error:
        raise refuse(f"Invalid JSON: {error}", "", "INVALID_JSON_DESCRIPTION") from error


def _refuse_constant(name: str) -> None:
    """Python's reader knows NaN and Infinity; JSON does not."""
    raise ValueError(f"Unrecognized token '{name}'")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> Json:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"Duplicate field '{repeated}'")
    return fields


class _Reader:
    """Reads one machine; state names are unique throughout it, branches included."""

    def __init__(self, express: bool) -> None:
        self._express = express
        self._names: set[str] = set()
        self._kinds: dict[str, Callable[[str, Json, str], State]] = {
            "Task": self._task,
            "Parallel": self._parallel,
            "Map": self._map,
            "Pass": _pass,
            "Wait": parse_wait,
            "Choice": _choice,
            "Succeed": _succeed,
            "Fail": _fail,
        }

    def machine(self, document: Any) -> Machine:
        check_fields(document, _MACHINE_FIELDS, "")
        if document.get("QueryLanguage", "JSONPath") != "JSONPath":
            raise refuse("Only the query language JSONPath is run here", "/QueryLanguage")
        if document.get("Version", "1.0") != "1.0":
            raise refuse("Value must be 1.0", "/Version")
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
        start = check_start(document.get("StartAt"), parsed, place)
        check_transitions(start, parsed, place)
        return Region(start, parsed)

    def _state(self, name: str, state: Any, place: str) -> State:
        if not 1 <= len(name) <= MAX_NAME_LENGTH or _CONTROL.search(name):
            characters = f"1 to {MAX_NAME_LENGTH} characters, none of them a control character"
            raise refuse(f"State names have {characters}", place)
        if name in self._names:
            raise refuse(f"Duplicate State name: {name}", place, "DUPLICATE_STATE_NAME")
        self._names.add(name)
        kind = state.get("Type") if isinstance(state, dict) else None
        if not isinstance(kind, str) or kind not in self._kinds:
            raise refuse(f"States of type {kind!r} are not run here", f"{place}/Type")
        check_fields(state, _FIELDS[kind], place)
        try:
            return self._kinds[kind](name, state, place)
        except PathRefused as error:
            raise refuse(str(error), place) from error

    def _task(self, name: str, state: Json, place: str) -> Task:
        return parse_task(name, state, place, express=self._express)

    def _map(self, name: str, state: Json, place: str) -> Map:
        return parse_map(name, state, place, self._body, express=self._express)

    def _parallel(self, name: str, state: Json, place: str) -> Parallel:
        branches = state.get("Branches")
        if not isinstance(branches, list) or not branches:
            raise refuse("Branches must be an array with at least one branch", f"{place}/Branches")
        return Parallel(
            *failing_of(name, state, place),
            tuple(self._branch(one, f"{place}/Branches[{n}]") for n, one in enumerate(branches)),
        )

    def _body(self, document: Json, place: str, express: bool) -> Region:
        around, self._express = self._express, express
        region = self._region(document, place)
        self._express = around
        return region

    def _branch(self, document: Any, place: str) -> Region:
        check_fields(document, _BRANCH_FIELDS, place)
        return self._region(document, place)


def _pass(name: str, state: Json, place: str) -> Pass:
    result: Resolve | None = None
    if "Result" in state:
        value = state["Result"]

        def result(_data: Any, _context: Context) -> Any:
            return value

    return Pass(*working_of(name, state, place), result)


def _choice(name: str, state: Json, place: str) -> Choice:
    rules = parse_rules(state.get("Choices"), f"{place}/Choices")
    default = state.get("Default")
    if "Default" in state and not isinstance(default, str):
        raise refuse("Default must be a string", f"{place}/Default")
    return Choice(name, *paths_of(state), None, rules, default)


def _succeed(name: str, state: Json, _: str) -> Succeed:
    return Succeed(name, *paths_of(state))


def _fail(name: str, state: Json, place: str) -> Fail:
    return Fail(
        name, None, None, None, text_of(state, "Error", place), text_of(state, "Cause", place)
    )
