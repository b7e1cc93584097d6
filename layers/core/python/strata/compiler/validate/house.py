"""Rules of this house: what Step Functions takes, and what no machine of ours may have.

A machine or a task without a timeout can hang for a year; a throttled crowd that retries together
stays one; a name that a console, a log or another tool could stumble over is no name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from strata.compiler.names import is_allowed
from strata.compiler.validate.errors import RUNTIME
from strata.compiler.validate.problems import MACHINE, Json, Place, Problem
from strata.compiler.validate.reading import read
from strata.compiler.validate.regions import regions
from strata.compiler.validate.resources import Call, read_call
from strata.compiler.validate.values import is_number

MOST_DELAY_SECONDS = 86_400


def house_rules(definition: str | Mapping[str, Any]) -> list[Problem]:
    """What breaks a rule in a definition in which `validate` finds nothing. Never raises."""
    document = read(definition).document
    if not isinstance(document, dict):
        return []
    found = list(_machine(document))
    for region in regions(document):
        for name, state in region.states.items():
            if isinstance(state, dict):
                found.extend(_state(Place(name), state))
    return found


def _machine(machine: Json) -> Iterator[Problem]:
    if "TimeoutSeconds" not in machine:
        message = "has no TimeoutSeconds, and could run for a year"
        yield MACHINE.problem("no_timeout", message)


def _state(place: Place, state: Json) -> Iterator[Problem]:
    if not all(map(is_allowed, place.state)):
        yield place.problem("risky_name", "has a sign in its name that another tool may refuse")
    if state.get("Type") == "Task" and not state.keys() & {"TimeoutSeconds", "TimeoutSecondsPath"}:
        yield place.problem("no_timeout", "has no TimeoutSeconds, and could hang for a year")
    resource = state.get("Resource")
    if isinstance(resource, str) and read_call(resource) == Call("placeholder"):
        message = "is a placeholder, which something must put an ARN for"
        yield place.at("Resource").problem("placeholder", message)
    for at, retrier in _entries(state, "Retry"):
        yield from _retrier(place.at("Retry").at(at), retrier)
    for at, catcher in _entries(state, "Catch"):
        errors = catcher.get("ErrorEquals")
        if isinstance(errors, list) and RUNTIME in errors:
            where = place.at("Catch").at(at).at("ErrorEquals")
            yield where.problem("never_caught", f"names {RUNTIME}, which fails the machine anyway")


def _entries(state: Json, field: str) -> Iterator[tuple[int, Json]]:
    entries = state.get(field)
    for at, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield at, entry


def _retrier(place: Place, retrier: Json) -> Iterator[Problem]:
    if retrier.get("MaxAttempts", 3) == 0:
        return
    if retrier.get("JitterStrategy") != "FULL":
        yield place.problem("no_jitter", "has no jitter: what failed together retries together")
    if _longest_delay(retrier) > MOST_DELAY_SECONDS:
        message = f"can wait for more than {MOST_DELAY_SECONDS:,} seconds"
        yield place.problem("long_delay", message)


def _longest_delay(retrier: Json) -> float:
    """In seconds; 0 where the numbers are none."""
    numbers = [
        retrier.get(field, default)
        for field, default in (("IntervalSeconds", 1), ("BackoffRate", 2), ("MaxAttempts", 3))
    ]
    if not all(map(is_number, numbers)):
        return 0
    interval, rate, attempts = map(float, numbers)
    try:
        longest = float(interval * rate ** (attempts - 1))
    except OverflowError:
        longest = float("inf")
    most = retrier.get("MaxDelaySeconds")
    return min(longest, most) if is_number(most) else longest
