"""What a state does about a failure: its `Retry` and its `Catch`, read from a definition."""

from collections.abc import Callable
from typing import Any, TypeVar

from strata.local.paths import parse_result_path
from strata.local.refusals import Json, check_fields, check_whole, refuse
from strata.local.states import Catcher, Retrier

Policy = TypeVar("Policy", Retrier, Catcher)

MAX_DELAY_SECONDS = 31_622_400

_STATES = frozenset(
    f"States.{error}"
    for error in (
        "ALL",
        "BranchFailed",
        "DataLimitExceeded",
        "ExceedToleratedFailureThreshold",
        "HeartbeatTimeout",
        "Http.Socket",
        "IntrinsicFailure",
        "ItemReaderFailed",
        "NoChoiceMatched",
        "ParameterPathFailure",
        "Permissions",
        "QueryEvaluationError",
        "ResultPathMatchFailure",
        "ResultWriterFailed",
        "Runtime",
        "TaskFailed",
        "Timeout",
    )
)
"""No other name may begin like these."""
_OF_HTTP = "States.Http.StatusCode."

_RETRIER_FIELDS = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
}
_CATCHER_FIELDS = {"ErrorEquals", "Next", "ResultPath", "Comment"}


def parse_retry(policies: Any, place: str) -> tuple[Retrier, ...]:
    """Raises InvalidDefinition."""
    return _parse(policies, f"{place}/Retry", _retrier)


def parse_catch(policies: Any, place: str) -> tuple[Catcher, ...]:
    """Raises InvalidDefinition."""
    return _parse(policies, f"{place}/Catch", _catcher)


def _parse(policies: Any, place: str, read: Callable[[Json, str], Policy]) -> tuple[Policy, ...]:
    if not isinstance(policies, list):
        raise refuse("Value must be an array", place)
    parsed = tuple(read(one, f"{place}[{number}]") for number, one in enumerate(policies))
    for policy in parsed[:-1]:
        if "States.ALL" in policy.errors:
            raise refuse("States.ALL must appear in the last policy only", place)
    return parsed


def _retrier(policy: Json, place: str) -> Retrier:
    check_fields(policy, _RETRIER_FIELDS, place)
    rate = policy.get("BackoffRate", 2.0)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not rate >= 1:
        raise refuse("Value must be a number of at least 1.0", f"{place}/BackoffRate")
    jitter = policy.get("JitterStrategy", "NONE")
    if jitter not in ("FULL", "NONE"):
        raise refuse("Value must be FULL or NONE", f"{place}/JitterStrategy")
    errors = _errors(policy, place)
    if "States.Runtime" in errors:
        raise refuse("States.Runtime cannot be retried", f"{place}/ErrorEquals")
    interval = check_whole(policy, "IntervalSeconds", 1, place, 1)
    most = check_whole(policy, "MaxDelaySeconds", None, place, 1, MAX_DELAY_SECONDS)
    if most is not None and most < interval:
        raise refuse("MaxDelaySeconds must be at least IntervalSeconds", place)
    attempts = check_whole(policy, "MaxAttempts", 3, place, 0)
    return Retrier(errors, interval, attempts, rate, most, jitter == "FULL")


def _catcher(policy: Json, place: str) -> Catcher:
    check_fields(policy, _CATCHER_FIELDS, place)
    if not isinstance(policy.get("Next"), str):
        raise refuse("Next must be a string", f"{place}/Next")
    result_path = parse_result_path(policy.get("ResultPath", "$"))
    return Catcher(_errors(policy, place), policy["Next"], result_path)


def _errors(policy: Json, place: str) -> tuple[str, ...]:
    names = policy.get("ErrorEquals")
    place = f"{place}/ErrorEquals"
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise refuse("Value must be an array with at least one error name", place)
    if "States.ALL" in names and len(names) > 1:
        raise refuse("States.ALL must appear alone", place)
    for name in names:
        if name.startswith("States.") and name not in _STATES and not name.startswith(_OF_HTTP):
            raise refuse(f"'{name}' is no error of the language", place)
    return tuple(names)
