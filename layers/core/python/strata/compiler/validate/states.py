"""The fields of each type of state, in each of the two query languages."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from strata.compiler.validate import errors, maps, templates
from strata.compiler.validate.choices import choices
from strata.compiler.validate.express import express_problems
from strata.compiler.validate.fields import (
    Checks,
    at_most_one,
    check_fields,
    exactly_one,
    missing,
    no_pairs,
)
from strata.compiler.validate.paths import path, reference, result_path
from strata.compiler.validate.problems import Json, Place, Problem
from strata.compiler.validate.resources import KnownActions, task_problems
from strata.compiler.validate.values import (
    MOST_SECONDS,
    anything,
    array_of,
    is_number,
    name,
    one_of,
    text,
    timestamp,
    true,
    whole,
)

JSONPATH, JSONATA = "JSONPath", "JSONata"
LANGUAGES = (JSONPATH, JSONATA)


class State(NamedTuple):
    body: Json
    place: Place
    language: str
    express: bool
    """Whether it runs in an Express execution."""
    known_actions: KnownActions | None


_seconds = whole(1, MOST_SECONDS)
_waited = whole(0, MOST_SECONDS)
_or = templates.or_expression

_ANY: Checks = {"Type": anything, "Comment": text, "QueryLanguage": one_of(*LANGUAGES)}
_STEP: Checks = {**_ANY, "Next": name, "End": true}
_PATHS: Checks = {"InputPath": path, "OutputPath": path}
_OUTPUT: Checks = {"Output": templates.json_with_expressions}
_ASSIGN = {
    JSONPATH: {"Assign": templates.assigned_paths},
    JSONATA: {"Assign": templates.assigned_expressions},
}
_RESULT: Checks = {
    "Parameters": templates.payload,
    "ResultSelector": templates.object_payload,
    "ResultPath": result_path,
}


def _fallbacks(language: str, other: str) -> Checks:
    return {"Retry": errors.retriers, "Catch": errors.catchers(language, other)}


def _steps(paths: Checks, expressions: Checks) -> Mapping[str, Checks]:
    """A state that leads on, or ends its branch."""
    return {
        JSONPATH: {**_STEP, **_PATHS, **_ASSIGN[JSONPATH], **paths},
        JSONATA: {**_STEP, **_OUTPUT, **_ASSIGN[JSONATA], **expressions},
    }


_MAP: Checks = {"ItemProcessor": anything, "Iterator": anything, "Label": maps.label}
_TOLERATED: Checks = {
    "MaxConcurrency": whole(0),
    "ToleratedFailureCount": whole(0),
    "ToleratedFailurePercentage": whole(0, 100),
}


def _map_parts(language: str, other: str) -> Checks:
    return {
        "ItemReader": maps.item_reader(language, other),
        "ItemBatcher": maps.item_batcher(language, other),
        "ResultWriter": maps.result_writer(language, other),
        **_fallbacks(language, other),
    }


FIELDS: Mapping[str, Mapping[str, Checks]] = {
    "Pass": _steps(
        {"Parameters": templates.payload, "ResultPath": result_path, "Result": anything}, {}
    ),
    "Task": _steps(
        {
            "Resource": name,
            **_RESULT,
            "Credentials": templates.object_payload,
            "TimeoutSeconds": _seconds,
            "TimeoutSecondsPath": reference,
            "HeartbeatSeconds": _seconds,
            "HeartbeatSecondsPath": reference,
            **_fallbacks(JSONPATH, JSONATA),
        },
        {
            "Resource": name,
            "Arguments": templates.object_or_expression,
            "Credentials": templates.object_or_expression,
            "TimeoutSeconds": _or(_seconds),
            "HeartbeatSeconds": _or(_seconds),
            **_fallbacks(JSONATA, JSONPATH),
        },
    ),
    "Wait": _steps(
        {
            "Seconds": _waited,
            "Timestamp": timestamp,
            "SecondsPath": reference,
            "TimestampPath": reference,
        },
        {"Seconds": _or(_waited), "Timestamp": _or(timestamp)},
    ),
    "Parallel": _steps(
        {"Branches": array_of(anything, least=1), **_RESULT, **_fallbacks(JSONPATH, JSONATA)},
        {
            "Branches": array_of(anything, least=1),
            "Arguments": templates.object_or_expression,
            **_fallbacks(JSONATA, JSONPATH),
        },
    ),
    "Map": _steps(
        {
            **_MAP,
            **_TOLERATED,
            **{f"{field}Path": reference for field in _TOLERATED},
            **_RESULT,
            "ItemsPath": reference,
            "ItemSelector": templates.payload,
            **_map_parts(JSONPATH, JSONATA),
        },
        {
            **_MAP,
            **{field: _or(check) for field, check in _TOLERATED.items()},
            "Items": templates.array_with_expressions,
            "ItemSelector": templates.json_with_expressions,
            **_map_parts(JSONATA, JSONPATH),
        },
    ),
    "Choice": {
        JSONPATH: {
            **_ANY,
            **_PATHS,
            **_ASSIGN[JSONPATH],
            "Choices": choices(JSONPATH, JSONATA),
            "Default": name,
        },
        JSONATA: {
            **_ANY,
            **_OUTPUT,
            **_ASSIGN[JSONATA],
            "Choices": choices(JSONATA, JSONPATH),
            "Default": name,
        },
    },
    "Succeed": {JSONPATH: {**_ANY, **_PATHS}, JSONATA: {**_ANY, **_OUTPUT}},
    "Fail": {
        JSONPATH: {
            **_ANY,
            "Error": text,
            "Cause": text,
            "ErrorPath": templates.text_path,
            "CausePath": templates.text_path,
        },
        JSONATA: {**_ANY, "Error": _or(text), "Cause": _or(text)},
    },
}
_REQUIRED = {"Task": ("Resource",), "Parallel": ("Branches",), "Choice": ("Choices",)}
_LEAD_ON = frozenset({"Pass", "Task", "Wait", "Parallel", "Map"})


def language_of(body: Json, inherited: str) -> str:
    """Of the machine or of a state. What is neither language is taken for JSONata, besides being
    told of. A Map's or a Parallel's does not hold for the states within it."""
    if "QueryLanguage" not in body:
        return inherited
    return JSONPATH if body["QueryLanguage"] == JSONPATH else JSONATA


def state_problems(state: State) -> Iterator[Problem]:
    """All that is wrong with one state by itself; its type must be a known one."""
    body, place, language = state.body, state.place, state.language
    kind = body["Type"]
    other = JSONATA if language == JSONPATH else JSONPATH
    yield from check_fields(body, place, FIELDS[kind][language], FIELDS[kind][other])
    yield from missing(body, place, _REQUIRED.get(kind, ()))
    if kind != "Wait":
        yield from no_pairs(body, place)
    # `"End": false` is told of by itself.
    if kind in _LEAD_ON and body.get("End") is not False:
        yield from exactly_one(body, place, ("Next", "End"))
    yield from _OF_KIND.get(kind, _nothing)(state)
    if state.express:
        yield from express_problems(body, place)


def _nothing(_: State) -> Iterator[Problem]:
    return iter(())


def _task(state: State) -> Iterator[Problem]:
    body, place = state.body, state.place
    yield from task_problems(body, place, state.language, state.known_actions)
    timeout, heartbeat = body.get("TimeoutSeconds"), body.get("HeartbeatSeconds")
    if is_number(timeout) and is_number(heartbeat) and heartbeat >= timeout:
        message = "must be less than TimeoutSeconds"
        yield place.at("HeartbeatSeconds").problem("heartbeat_not_below_timeout", message)
    credentials = body.get("Credentials")
    if isinstance(credentials, dict) and not credentials.keys() & {"RoleArn", "RoleArn.$"}:
        yield place.at("Credentials").problem("missing_field", "must have 'RoleArn'")


def _wait(state: State) -> Iterator[Problem]:
    fields = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")
    yield from exactly_one(state.body, state.place, fields)


def _map(state: State) -> Iterator[Problem]:
    body, place = state.body, state.place
    yield from exactly_one(body, place, ("ItemProcessor", "Iterator"))
    yield from at_most_one(body, place, ("ItemSelector", "Parameters"))


_OF_KIND: Mapping[str, Callable[[State], Iterator[Problem]]] = {
    "Task": _task,
    "Wait": _wait,
    "Map": _map,
}
