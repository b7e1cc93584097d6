"""Choices: which rule holds, and what becomes of an input that none holds for."""

from typing import Any

import pytest

from strata.local.definition import parse_definition
from tests.unit.local.conftest import Engine
from tests.unit.local.machine import catcher, chain, of_states, parallel
from tests.unit.local.test_definition import refusal

GIVEN = {
    "n": 5,
    "f": 2.5,
    "s": "hello world",
    "star": "a*b",
    "yes": True,
    "none": None,
    "when": "2026-03-01T12:00:00Z",
    "same": "2026-03-01T14:00:00.000+02:00",
    "list": [1, 2],
    "other": 5,
    "text": "hello world",
}


def choice(*rules: dict[str, Any], default: str | None = "No", **more: Any) -> str:
    """Ends with whether the first rule holds, or a later one."""
    choices = [{**rule, "Next": "Yes" if at == 0 else f"Yes{at}"} for at, rule in enumerate(rules)]
    ends = {one["Next"]: {"Type": "Pass", "Result": one["Next"], "End": True} for one in choices}
    state: dict[str, Any] = {"Type": "Choice", "Choices": choices, **more}
    if default is not None:
        state["Default"] = default
        ends["No"] = {"Type": "Pass", "Result": "No", "End": True}
    return of_states({"C": state, **ends})


def rule(variable: str, **operator: Any) -> dict[str, Any]:
    return {"Variable": variable, **operator}


HOLD = [
    rule("$.n", NumericEquals=5),
    rule("$.n", NumericEquals=5.0),
    rule("$.n", NumericLessThan=6),
    rule("$.n", NumericLessThanEquals=5),
    rule("$.n", NumericGreaterThan=4.5),
    rule("$.n", NumericGreaterThanEquals=5),
    rule("$.n", NumericEqualsPath="$.other"),
    rule("$.f", NumericLessThanPath="$.n"),
    rule("$.f", NumericLessThanEqualsPath="$.n"),
    rule("$.n", NumericGreaterThanPath="$.f"),
    rule("$.n", NumericGreaterThanEqualsPath="$.other"),
    rule("$.list[0]", NumericEquals=1),
    rule("$.s", StringEquals="hello world"),
    rule("$.s", StringLessThan="i"),
    rule("$.s", StringLessThanEquals="hello world"),
    rule("$.s", StringGreaterThan="Z"),
    rule("$.s", StringGreaterThanEquals="hello"),
    rule("$.s", StringEqualsPath="$.text"),
    rule("$.s", StringGreaterThanPath="$.when") | {"Comment": "letters come after digits"},
    rule("$.s", StringMatches="hello*"),
    rule("$.s", StringMatches="*o w*d"),
    rule("$.s", StringMatches="*"),
    rule("$.star", StringMatches="a\\*b"),
    rule("$.yes", BooleanEquals=True),
    rule("$.yes", BooleanEqualsPath="$.yes"),
    rule("$.when", TimestampEquals="2026-03-01T13:00:00+01:00"),
    rule("$.when", TimestampEqualsPath="$.same"),
    rule("$.when", TimestampLessThan="2026-03-01T12:00:00.001Z"),
    rule("$.when", TimestampLessThanEquals="2026-03-01T12:00:00Z"),
    rule("$.when", TimestampGreaterThan="2026-02-28T12:00:00Z"),
    rule("$.when", TimestampGreaterThanEqualsPath="$.same"),
    rule("$.none", IsNull=True),
    rule("$.n", IsNull=False),
    rule("$.n", IsPresent=True),
    rule("$.none", IsPresent=True),
    rule("$.absent", IsPresent=False),
    rule("$.n.deeper", IsPresent=False),
    rule("$.list[7]", IsPresent=False),
    rule("$.f", IsNumeric=True),
    rule("$.yes", IsNumeric=False),
    rule("$.s", IsString=True),
    rule("$.n", IsString=False),
    rule("$.yes", IsBoolean=True),
    rule("$.n", IsBoolean=False),
    rule("$.when", IsTimestamp=True),
    rule("$.s", IsTimestamp=False),
    rule("$$.Execution.Name", StringEquals="execution"),
    {"Not": rule("$.n", NumericEquals=6)},
    {"And": [rule("$.n", NumericEquals=5), rule("$.yes", BooleanEquals=True)]},
    {"Or": [rule("$.n", NumericEquals=6), rule("$.yes", BooleanEquals=True)]},
    {"And": [{"Or": [{"Not": rule("$.absent", IsPresent=True)}]}]},
    {"And": [rule("$.n", IsPresent=True), {"Not": rule("$.n", IsString=True)}]},
]
HOLD_NOT = [
    rule("$.n", NumericEquals=4),
    rule("$.n", NumericLessThan=5),
    rule("$.n", NumericGreaterThan=5),
    rule("$.s", StringEquals="Hello world"),
    rule("$.s", StringMatches="hello"),
    rule("$.s", StringMatches="hell?*x"),
    rule("$.s", StringMatches="hello\\*"),
    rule("$.when", TimestampGreaterThan="2026-03-01T12:00:00Z"),
    rule("$.yes", BooleanEquals=False),
    # What is of another kind is never equal, less or more.
    rule("$.s", NumericEquals=5),
    rule("$.yes", NumericEquals=1),
    rule("$.n", StringEquals="5"),
    rule("$.n", StringMatches="*"),
    rule("$.n", BooleanEquals=True),
    rule("$.s", TimestampLessThan="2026-03-01T12:00:00Z"),
    rule("$.n", NumericLessThanPath="$.s"),
    rule("$.none", IsPresent=False),
    {"And": [rule("$.n", NumericEquals=5), rule("$.yes", BooleanEquals=False)]},
    {"Or": [rule("$.n", NumericEquals=6), rule("$.n", NumericEquals=7)]},
    {"Not": rule("$.n", NumericEquals=5)},
]


@pytest.mark.parametrize("one", HOLD, ids=str)
def test_a_rule_that_holds_is_followed(engine: Engine, one: dict[str, Any]) -> None:
    assert engine.run(choice(one), GIVEN).output == "Yes"


@pytest.mark.parametrize("one", HOLD_NOT, ids=str)
def test_a_rule_that_does_not_hold_is_passed_over(engine: Engine, one: dict[str, Any]) -> None:
    assert engine.run(choice(one), GIVEN).output == "No"


def test_the_first_rule_that_holds_counts(engine: Engine) -> None:
    rules = [rule("$.n", NumericEquals=6), rule("$.n", IsNumeric=True), rule("$.n", IsPresent=True)]
    assert engine.run(choice(*rules), GIVEN).output == "Yes1"
    assert engine.events[1:3] == ["ChoiceStateEntered C", "ChoiceStateExited C"]


def test_a_choice_hands_on_its_input_by_its_paths(engine: Engine) -> None:
    inner = rule("$.n", NumericEquals=1)
    state = {
        "Type": "Choice",
        "Choices": [{**inner, "Next": "End"}],
        "InputPath": "$.inner",
        "OutputPath": "$.rest",
    }
    machine = of_states({"C": state, "End": {"Type": "Succeed"}})
    assert engine.run(machine, {"inner": {"n": 1, "rest": "x"}}).output == "x"


def test_where_no_rule_holds_and_there_is_no_default_the_execution_fails(engine: Engine) -> None:
    failure = engine.run(choice(rule("$.n", NumericEquals=6), default=None), GIVEN).failure
    assert failure is not None
    assert failure.error == "States.NoChoiceMatched"


def test_the_state_around_may_catch_that_no_rule_holds(engine: Engine) -> None:
    inner = {
        "Type": "Choice",
        "Choices": [{**rule("$.n", NumericEquals=6), "Next": "In"}],
    }
    branches = [{"StartAt": "C", "States": {"C": inner, "In": {"Type": "Succeed"}}}]
    around = {"Type": "Parallel", "Branches": branches, "Catch": [catcher("Caught")]}
    machine = {"P": {**around, "End": True}, "Caught": {"Type": "Pass", "End": True}}
    assert engine.run(of_states(machine), GIVEN).output["Error"] == "States.NoChoiceMatched"


@pytest.mark.parametrize(
    "one",
    [
        rule("$.absent", NumericEquals=1),
        rule("$.n", NumericEqualsPath="$.absent"),
        rule("$.absent", IsNull=True),
        rule("$.absent", StringMatches="*"),
    ],
    ids=str,
)
def test_a_rule_about_what_is_not_there_is_a_runtime_error(
    engine: Engine, one: dict[str, Any]
) -> None:
    failure = engine.run(choice(one), GIVEN).failure
    assert failure is not None
    assert failure.error == "States.Runtime"


def test_a_choice_may_lead_back(engine: Engine) -> None:
    machine = of_states(
        {
            "Add": {
                "Type": "Pass",
                "Parameters": {"n.$": "States.MathAdd($.n, 1)"},
                "Next": "C",
            },
            "C": {
                "Type": "Choice",
                "Choices": [{**rule("$.n", NumericLessThan=100), "Next": "Add"}],
                "Default": "End",
            },
            "End": {"Type": "Succeed"},
        }
    )
    assert engine.run(machine, {"n": 0}).output == {"n": 100}


def of_choice(**fields: Any) -> str:
    return of_states({"C": {"Type": "Choice", **fields}, "D": {"Type": "Succeed"}})


def choices(*rules: Any) -> str:
    return of_choice(Choices=list(rules), Default="D")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (of_choice(Default="D"), "Choices must be an array with at least one rule at /States/C"),
        (of_choice(Choices=[], Default="D"), "Choices must be an array with at least one rule"),
        (of_choice(Choices=[rule("$.n", IsNull=True)]), "at /States/C/Choices[0]/Next"),
        (choices(1), "Next must be a string"),
        (choices({**rule("$.n", IsNull=True), "Next": "X"}), "Missing 'Next' target: X"),
        (choices({"Next": "D"}), "A Choice rule has exactly one operator at /States/C/Choices[0]"),
        (choices({**rule("$.n", IsNull=True, IsString=True), "Next": "D"}), "exactly one operator"),
        (choices({"NumericEquals": 1, "Next": "D"}), "Variable is required"),
        (choices({**rule("n", IsNull=True), "Next": "D"}), "not a Reference Path: 'n'"),
        (choices({**rule("$.n", IsNull=1), "Next": "D"}), "Value must be of type Boolean at"),
        (choices({**rule("$.n", Like=1), "Next": "D"}), "Field 'Like' is not supported"),
        (choices({**rule("$.n", NumericEquals="1"), "Next": "D"}), "Value must be of type Numeric"),
        (
            choices({**rule("$.n", NumericEquals=True), "Next": "D"}),
            "Value must be of type Numeric",
        ),
        (choices({**rule("$.n", StringEquals=1), "Next": "D"}), "Value must be of type String"),
        (choices({**rule("$.n", StringMatches=1), "Next": "D"}), "Value must be of type String"),
        (
            choices({**rule("$.n", TimestampEquals="x"), "Next": "D"}),
            "Value must be of type Timestamp",
        ),
        (choices({**rule("$.n", NumericEqualsPath=1), "Next": "D"}), "not a Reference Path: 1"),
        (choices({"And": [], "Next": "D"}), "at least one rule at /States/C/Choices[0]/And"),
        (choices({"Or": {}, "Next": "D"}), "at least one rule at /States/C/Choices[0]/Or"),
        (choices({"Not": [], "Next": "D"}), "must be an object at /States/C/Choices[0]/Not"),
        (choices({"Not": {**HOLD[0], "Next": "D"}, "Next": "D"}), "has exactly one operator at"),
        (choices({**rule("$.n", Not={}), "Next": "D"}), "Field 'Variable' is not supported"),
        (of_choice(Choices=[{**HOLD[0], "Next": "D"}], Default=1), "Default must be a string"),
        (of_choice(Choices=[{**HOLD[0], "Next": "D"}], End=True), "Field 'End' is not supported"),
        (of_choice(Choices=[{**HOLD[0], "Next": "D"}], Default="X"), "Missing 'Next' target: X"),
    ],
)
def test_a_malformed_choice_is_refused(definition: str, message: str) -> None:
    assert message in refusal(definition)


def test_a_state_may_be_reached_by_a_rule_alone() -> None:
    machine = choice(HOLD[0], HOLD[1], default=None)
    assert parse_definition(machine).states.keys() == {"C", "Yes", "Yes1"}


def test_a_region_may_end_with_a_choice_whose_arms_end_it(engine: Engine) -> None:
    inner = {
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": [{**HOLD[0], "Next": "D"}]},
            "D": {"Type": "Succeed"},
        },
    }
    state = {"Type": "Parallel", "Branches": [inner]}
    assert engine.run(chain(state), GIVEN).output == [GIVEN]
    assert "ChoiceStateExited C" in engine.events


def test_a_choice_dies_with_its_parallel(engine: Engine) -> None:
    failing = {"Type": "Fail", "Error": "E"}
    assert engine.run(chain(parallel(failing, {"Type": "Wait", "Seconds": 5}))).status == "FAILED"
