"""Retry and Catch: which errors, in which order, with which delays."""

from collections.abc import Iterator, Mapping
from typing import Any

from strata.compiler.validate import templates
from strata.compiler.validate.fields import check_fields, check_object
from strata.compiler.validate.paths import result_path
from strata.compiler.validate.problems import Place, Problem, told
from strata.compiler.validate.values import (
    MOST_SECONDS,
    Check,
    array_of,
    is_number,
    name,
    number,
    one_of,
    text,
    whole,
)

ALL = "States.ALL"
RUNTIME = "States.Runtime"
MOST_DELAY = 31_622_400
"""366 days."""

_KNOWN = frozenset(
    f"States.{error}"
    for error in (
        *("ALL", "BranchFailed", "DataLimitExceeded", "ExceedToleratedFailureThreshold"),
        *("HeartbeatTimeout", "Http.Socket", "IntrinsicFailure", "ItemReaderFailed"),
        *("NoChoiceMatched", "ParameterPathFailure", "Permissions", "QueryEvaluationError"),
        *("ResultPathMatchFailure", "ResultWriterFailed", "Runtime", "TaskFailed", "Timeout"),
    )
)
_PREFIX = "States."
_OF_HTTP = "States.Http.StatusCode."


def _error_name(value: Any, place: Place) -> Iterator[Problem]:
    yield from name(value, place)
    if not isinstance(value, str) or not value.startswith(_PREFIX):
        return
    if value not in _KNOWN and not value.startswith(_OF_HTTP):
        message = f"names {told(value)}, and no other error than the language's own begins so"
        yield place.problem("unknown_error_name", message)


_ERRORS: Mapping[str, Check] = {"ErrorEquals": array_of(_error_name, least=1), "Comment": text}
_RETRIER: Mapping[str, Check] = {
    **_ERRORS,
    "IntervalSeconds": whole(1, MOST_SECONDS),
    "MaxAttempts": whole(0, MOST_SECONDS),
    "BackoffRate": number(1),
    "MaxDelaySeconds": whole(1, MOST_DELAY),
    "JitterStrategy": one_of("FULL", "NONE"),
}
_CATCHERS: Mapping[str, Mapping[str, Check]] = {
    "JSONPath": {
        **_ERRORS,
        "Next": name,
        "ResultPath": result_path,
        "Assign": templates.assigned_paths,
    },
    "JSONata": {
        **_ERRORS,
        "Next": name,
        "Output": templates.json_with_expressions,
        "Assign": templates.assigned_expressions,
    },
}


def retriers(value: Any, place: Place) -> Iterator[Problem]:
    yield from array_of(_retrier)(value, place)
    yield from _order(value, place)


def _retrier(value: Any, place: Place) -> Iterator[Problem]:
    yield from check_object(value, place, _RETRIER, ("ErrorEquals",))
    if not isinstance(value, dict):
        return
    errors = value.get("ErrorEquals")
    if isinstance(errors, list) and RUNTIME in errors:
        message = f"names {RUNTIME}, which is never retried"
        yield place.at("ErrorEquals").problem("never_retried", message)
    interval, most = value.get("IntervalSeconds", 1), value.get("MaxDelaySeconds")
    if is_number(interval) and is_number(most) and most < interval:
        message = "must not be less than IntervalSeconds"
        yield place.at("MaxDelaySeconds").problem("out_of_range", message)


def catchers(language: str, other: str) -> Check:
    """Catch of a state in that query language."""

    def one(value: Any, place: Place) -> Iterator[Problem]:
        if isinstance(value, dict):
            yield from check_fields(value, place, _CATCHERS[language], _CATCHERS[other])
        yield from check_object(value, place, {}, ("ErrorEquals", "Next"))

    def check(value: Any, place: Place) -> Iterator[Problem]:
        yield from array_of(one)(value, place)
        yield from _order(value, place)

    return check


def _order(value: Any, place: Place) -> Iterator[Problem]:
    entries = value if isinstance(value, list) else []
    for at, entry in enumerate(entries, start=1):
        errors = entry.get("ErrorEquals") if isinstance(entry, dict) else None
        if isinstance(errors, list) and ALL in errors and (len(errors) > 1 or at < len(entries)):
            message = f"must have {ALL} alone, and in the last entry of all"
            yield place.at(at - 1).at("ErrorEquals").problem("states_all_not_last", message)
