"""What Step Functions takes, and a machine of ours may not have."""

import json
from typing import Any

import pytest

from strata.compiler.validate import house_rules, validate
from tests.builders import chain, layered
from tests.golden import compiled
from tests.unit.compiler.definitions.building import (
    Json,
    alone,
    caught,
    jsonata,
    machine,
    parallel,
    region,
    retried,
    task,
)
from tests.unit.compiler.definitions.corpus import WRONG

FINE = {"ErrorEquals": ["Busy"], "JitterStrategy": "FULL"}


def broken(definition: Json) -> list[tuple[str, str, str]]:
    """State, field and code of each rule that a valid definition breaks, but for the timeouts of
    its machine and tasks."""
    assert validate(definition) == []
    found = [(one.state, one.field, one.code) for one in house_rules(definition)]
    return [one for one in found if one[2] != "no_timeout"]


def untimed(definition: Json) -> list[str]:
    return [one.state for one in house_rules(definition) if one.code == "no_timeout"]


@pytest.mark.parametrize("graph", [layered(3, 4), chain(30)], ids=["layers", "chain"])
def test_what_the_compiler_makes_breaks_no_rule(graph: Any) -> None:
    assert house_rules(compiled(graph)) == []


def test_a_machine_without_timeout_is_found() -> None:
    assert untimed(alone({"Type": "Succeed"})) == [""]
    assert untimed(alone({"Type": "Succeed"}, TimeoutSeconds=5)) == []


def test_a_task_without_timeout_is_found_inside_a_branch() -> None:
    branches = parallel(region(B=task()), region(C=task(TimeoutSeconds=5)))
    assert untimed(alone(branches, TimeoutSeconds=5)) == ["B"]


def test_a_timeout_by_a_path_is_one() -> None:
    assert untimed(alone(task(TimeoutSecondsPath="$.t"), TimeoutSeconds=5)) == []


def test_a_retry_without_jitter_is_found() -> None:
    assert broken(retried()) == [("A", "Retry[0]", "no_jitter")]
    assert broken(retried(**FINE)) == []


def test_a_retrier_that_never_retries_needs_no_jitter() -> None:
    assert broken(retried(MaxAttempts=0)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"MaxAttempts": 30},
        {"IntervalSeconds": 90_000},
        {"BackoffRate": 1e300, "MaxAttempts": 9},
        {"MaxAttempts": 30, "MaxDelaySeconds": 90_000},
    ],
)
def test_a_retry_whose_delay_grows_without_sense_is_found(fields: Json) -> None:
    assert broken(retried(**FINE, **fields)) == [("A", "Retry[0]", "long_delay")]


def test_a_longest_delay_bounds_what_grows() -> None:
    assert broken(retried(**FINE, MaxAttempts=30, MaxDelaySeconds=60)) == []


def test_catching_what_is_never_caught_is_found() -> None:
    definition = caught({"ErrorEquals": ["States.Runtime"], "Next": "B"})
    assert broken(definition) == [("A", "Catch[0].ErrorEquals", "never_caught")]


@pytest.mark.parametrize("name", ["a?b", "a/b", "🚀", "a\u202eb"])
def test_a_name_that_another_tool_may_refuse_is_found(name: str) -> None:
    assert broken(machine({name: {"Type": "Succeed"}})) == [(name, "", "risky_name")]


def test_a_placeholder_is_found() -> None:
    assert broken(alone(task(Resource="${Work}"))) == [("A", "Resource", "placeholder")]


def test_rules_hold_for_jsonata_too() -> None:
    definition = jsonata(task(TimeoutSeconds="{% 5 %}", Retry=[{"ErrorEquals": ["Busy"]}]))
    assert broken(definition) == [("A", "Retry[0]", "no_jitter")]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_a_definition_that_is_none_is_taken_too(case: Any) -> None:
    text = case.definition if isinstance(case.definition, str) else json.dumps(case.definition)
    assert house_rules(text) == house_rules(text)
