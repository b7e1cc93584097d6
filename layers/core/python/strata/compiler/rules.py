"""Rules for a definition that validators of the Amazon States Language do not hold.

The language's grammar is theirs; here is what AWS would refuse, or worse accept, all the same.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from strata.compiler.figures import MOST_DEFINITION_BYTES
from strata.compiler.names import MAX_NAME, is_allowed

Json = Mapping[str, Any]


class Violation(NamedTuple):
    state: str
    """Empty for the machine itself."""
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The machine, a branch of a Parallel or a Map's body: states that can lead to each other."""

    start: Any
    states: Mapping[str, Json]


def violations(definition: str) -> list[Violation]:
    """All that is against a rule, in a definition that is grammatical otherwise."""
    machine = json.loads(definition)
    scopes = list(_scopes(machine))
    found = [violation for scope in scopes for rule in _SCOPE_RULES for violation in rule(scope)]
    return [*_machine(definition, machine), *_names(scopes), *found]


def _scopes(machine: Json) -> Iterator[Scope]:
    waiting = [machine]
    while waiting:
        one = waiting.pop()
        states = one.get("States", {})
        yield Scope(one.get("StartAt"), states)
        for state in states.values():
            waiting.extend(state.get("Branches", ()))
            waiting.extend([state["ItemProcessor"]] if "ItemProcessor" in state else ())


def _machine(definition: str, machine: Json) -> Iterator[Violation]:
    size = len(definition.encode())
    if size > MOST_DEFINITION_BYTES:
        yield Violation("", "", f"has {size:,} bytes, {MOST_DEFINITION_BYTES:,} are the most")
    if "TimeoutSeconds" not in machine:
        yield Violation("", "TimeoutSeconds", "is missing: the machine could run for a year")


def _names(scopes: Sequence[Scope]) -> Iterator[Violation]:
    for name, count in Counter(name for scope in scopes for name in scope.states).items():
        if count > 1:
            yield Violation(name, "", f"is the name of {count} states")
        if not 0 < len(name) <= MAX_NAME:
            yield Violation(name, "", f"has a name that is not of 1 to {MAX_NAME} characters")
        if not all(map(is_allowed, name)):
            yield Violation(name, "", "has a character in its name that may be refused")


def _targets_exist(scope: Scope) -> Iterator[Violation]:
    if scope.start not in scope.states:
        yield Violation("", "StartAt", f"leads to '{scope.start}', which is not there")
    for name, state in scope.states.items():
        for field, target in _targets(state):
            if target not in scope.states:
                yield Violation(name, field, f"leads to '{target}', which is not there")


def _all_reachable(scope: Scope) -> Iterator[Violation]:
    reached = {scope.start}
    waiting = [scope.start]
    while waiting:
        targets = {target for _, target in _targets(scope.states.get(waiting.pop(), {}))}
        waiting.extend(targets - reached)
        reached |= targets
    for name in scope.states:
        if name not in reached:
            yield Violation(name, "", "is reached by no other state")


def _targets(state: Json) -> Iterator[tuple[str, str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for choice in state.get("Choices", ()):
        yield "Choices", choice.get("Next")
    for catcher in state.get("Catch", ()):
        yield "Catch", catcher.get("Next")


def _task_timeouts(scope: Scope) -> Iterator[Violation]:
    for name, state in scope.states.items():
        if state.get("Type") == "Task" and "TimeoutSeconds" not in state:
            yield Violation(name, "TimeoutSeconds", "is missing: the task could hang for a year")


def _error_names(scope: Scope) -> Iterator[Violation]:
    for name, state in scope.states.items():
        for field in ("Retry", "Catch"):
            entries = [entry.get("ErrorEquals", []) for entry in state.get(field, ())]
            for at, errors in enumerate(entries, start=1):
                if "States.ALL" in errors and (len(errors) > 1 or at < len(entries)):
                    yield Violation(name, field, "must have States.ALL alone and last")
                if "States.Runtime" in errors:
                    yield Violation(name, field, "names States.Runtime, which is never caught")


def _bounded_retries(scope: Scope) -> Iterator[Violation]:
    for name, state in scope.states.items():
        for entry in state.get("Retry", ()):
            if entry.get("MaxAttempts", 3) == 0:
                continue
            if entry.get("JitterStrategy") != "FULL":
                yield Violation(name, "Retry", "has no jitter: what failed together retries so")
            if _longest_delay(entry) > MOST_DELAY_SECONDS:
                yield Violation(name, "Retry", "has a delay without a sensible maximum")


MOST_DELAY_SECONDS = 86_400


def _longest_delay(retrier: Json) -> float:
    interval, rate = retrier.get("IntervalSeconds", 1), retrier.get("BackoffRate", 2)
    longest = float(interval * rate ** (retrier.get("MaxAttempts", 3) - 1))
    return min(longest, float(retrier.get("MaxDelaySeconds", longest)))


_SCOPE_RULES: tuple[Callable[[Scope], Iterator[Violation]], ...] = (
    _targets_exist,
    _all_reachable,
    _task_timeouts,
    _error_names,
    _bounded_retries,
)
