"""What validators of the language let pass, and our own rules do not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from strata.compiler.rules import violations
from tests.builders import fan, layered
from tests.golden import compiled

Json = dict[str, Any]


def broken(change: Callable[[Json], Any]) -> list[tuple[str, str]]:
    """State and field of each violation after a change to a machine of 1, then 2 × 3 states."""
    machine = json.loads(compiled(fan(11)))
    change(machine)
    return [(found.state, found.field) for found in violations(json.dumps(machine))]


def task(machine: Json) -> Json:
    found: Json = machine["States"]["start"]
    return found


def branches(machine: Json) -> list[Json]:
    found: list[Json] = machine["States"]["Level 2"]["Branches"]
    return found


def rename(machine: Json, old: str, new: str) -> None:
    for branch in branches(machine):
        if branch["StartAt"] == old:
            branch.update({"StartAt": new, "States": {new: branch["States"][old]}})


def test_what_the_compiler_makes_breaks_no_rule() -> None:
    assert violations(compiled(layered(3, 4))) == []


def test_a_machine_without_timeout_is_found() -> None:
    assert broken(lambda machine: machine.pop("TimeoutSeconds")) == [("", "TimeoutSeconds")]


def test_a_task_without_timeout_is_found_inside_a_branch() -> None:
    found = broken(lambda machine: branches(machine)[3]["States"]["n003"].pop("TimeoutSeconds"))
    assert found == [("n003", "TimeoutSeconds")]


def test_states_all_before_another_is_found() -> None:
    assert broken(lambda machine: task(machine)["Retry"].reverse()) == [("start", "Retry")]


def test_states_all_beside_another_is_found() -> None:
    found = broken(lambda machine: task(machine)["Catch"][0]["ErrorEquals"].append("Other"))
    assert found == [("start", "Catch")]


@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_states_runtime_is_found_where_it_is_never_matched(field: str) -> None:
    def change(machine: Json) -> None:
        task(machine)[field][0]["ErrorEquals"] = ["States.Runtime"]

    assert broken(change) == [("start", field)]


def test_a_retry_without_jitter_is_found() -> None:
    found = broken(lambda machine: task(machine)["Retry"][1].pop("JitterStrategy"))
    assert found == [("start", "Retry")]


def test_a_retry_whose_delay_grows_without_end_is_found() -> None:
    assert broken(lambda machine: task(machine)["Retry"][1].update(MaxAttempts=30)) == [
        ("start", "Retry")
    ]


@pytest.mark.parametrize("field", ["Next", "Catch", "StartAt"])
def test_a_way_to_nowhere_is_found(field: str) -> None:
    def change(machine: Json) -> None:
        if field == "StartAt":
            machine["StartAt"] = "gone"
        elif field == "Next":
            task(machine)["Next"] = "gone"
        else:
            task(machine)["Catch"][0]["Next"] = "gone"

    found = broken(change)
    assert ("" if field == "StartAt" else "start", field) in found


def test_a_way_out_of_a_branch_is_found() -> None:
    def change(machine: Json) -> None:
        branches(machine)[0]["States"]["n000"]["Next"] = "Record success"

    assert broken(change) == [("n000", "Next")]


def test_a_state_that_nothing_leads_to_is_found() -> None:
    found = broken(lambda machine: machine["States"].update(Lost={"Type": "Succeed"}))
    assert found == [("Lost", "")]


def test_one_name_in_two_branches_is_found() -> None:
    assert broken(lambda machine: rename(machine, "n001", "n000")) == [("n000", "")]


@pytest.mark.parametrize("name", ["", "x" * 81, "a?b"])
def test_a_name_that_may_be_refused_is_found(name: str) -> None:
    assert broken(lambda machine: rename(machine, "n001", name)) == [(name, "")]


def test_a_definition_over_a_megabyte_is_found_with_its_size() -> None:
    machine = json.loads(compiled(fan(2))) | {"Comment": "x" * 1_048_576}
    found = violations(json.dumps(machine))
    assert "1,048,576 are the most" in found[0].message
