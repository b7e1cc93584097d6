"""What is refused when a machine is made, in the words of AWS."""

import json
from typing import Any

import pytest

from strata.local.definition import parse_definition
from strata.local.refusals import InvalidDefinition
from tests.unit.local.machine import branch, catcher, chain, of_states, parallel, retrier, task

PASS: dict[str, Any] = {"Type": "Pass"}


def refusal(definition: Any) -> str:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    with pytest.raises(InvalidDefinition) as refused:
        parse_definition(text)
    message = str(refused.value)
    assert message.startswith("Invalid State Machine Definition: '")
    return message.removeprefix("Invalid State Machine Definition: ").strip("'")


def of_state(**fields: Any) -> str:
    return of_states({"S": {"End": True, **fields}})


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nonsense", '{"Version": NaN}'])
def test_what_is_no_json_is_refused(text: str) -> None:
    assert refusal(text).startswith("INVALID_JSON_DESCRIPTION")


@pytest.mark.parametrize("document", [[], 1, None])
def test_a_machine_is_an_object(document: Any) -> None:
    assert "Value must be an object" in refusal(document)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"StartAt": "S"}, "States must be an object with at least one state at /States"),
        ({"StartAt": "S", "States": {}}, "States must be an object with at least one state"),
        (of_state(Type="Dance"), "States of type 'Dance' are not run here at /States/S/Type"),
        (of_state(Type=["Pass"]), "States of type ['Pass'] are not run here at /States/S/Type"),
        (of_state(), "States of type None are not run here"),
        ({"StartAt": "S", "States": {"S": 1}}, "States of type None are not run here"),
        (of_state(Type="Pass", Foo=1), "Field 'Foo' is not supported at /States/S/Foo"),
        (of_state(Type="Pass", Retry=[]), "Field 'Retry' is not supported"),
        (of_state(Type="Task"), "Resource must be a string at /States/S/Resource"),
        (
            of_state(Type="Task", Resource="arn:aws:states:::sqs:sendMessage"),
            "The resource provided arn:aws:states:::sqs:sendMessage is not recognized.",
        ),
        (of_state(Type="Parallel", Branches=[]), "at least one branch at /States/S/Branches"),
        (of_state(Type="Parallel", Branches=[1]), "must be an object at /States/S/Branches[0]"),
        (of_states({"S": PASS}), "A state has either 'Next' or 'End': true at /States/S"),
        (of_state(Type="Pass", Next="S"), "A state has either 'Next' or 'End': true"),
        (of_state(Type="Pass", End="yes"), "A state has either 'Next' or 'End': true"),
        (of_states({"S": {**PASS, "Next": 1}}), "Next must be a string"),
        (of_state(Type="Fail", Error="E", Cause="C"), "Field 'End' is not supported"),
        (of_states({"S": {"Type": "Fail", "Error": 1}}), "Error must be a string"),
        (
            of_states({"S": {"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}}),
            "You cannot specify both Error and ErrorPath",
        ),
        (of_states({"x" * 81: {**PASS, "End": True}}), "State names have 1 to 80 characters"),
        (of_states({"": {**PASS, "End": True}}), "State names have 1 to 80 characters"),
        (of_state(Type="Pass", InputPath="a"), "Value is not a Reference Path: 'a'"),
        (of_state(Type="Pass", OutputPath="$.a.*"), "Value is not a Reference Path"),
        (of_state(Type="Pass", OutputPath="$..a"), "Value is not a Reference Path"),
        (of_state(Type="Pass", InputPath=1), "Value is not a Reference Path: 1"),
        (of_state(Type="Pass", ResultPath="$$.a"), "Value is not a ResultPath"),
        (of_state(Type="Pass", ResultPath="$.a[0]"), "Value is not a ResultPath"),
        (
            of_state(Type="Pass", Parameters={"a.$": 1}),
            "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function",
        ),
        (of_state(Type="Pass", Parameters={"a.$": "States.Dance()"}), "The value for the field"),
        (
            of_states({"A": {**PASS, "Next": "B"}, "B": {**PASS, "Next": "A"}}),
            "MISSING_END_STATE: Workflow has no terminal state",
        ),
        (chain(PASS, TimeoutSeconds=0), "Value must be an integer from 1 to 99999999"),
        (chain(PASS, TimeoutSeconds=1.5), "Value must be an integer from 1"),
        (chain(PASS, TimeoutSeconds=True), "Value must be an integer from 1"),
        (chain(task("n", TimeoutSeconds=-1)), "at /States/n/TimeoutSeconds"),
        (chain(PASS, QueryLanguage="JSONata"), "Only the query language JSONPath is run here"),
        (chain(PASS, Foo=1), "Field 'Foo' is not supported at /Foo"),
        (chain(PASS, Version="2.0"), "Value must be 1.0 at /Version"),
        (chain(PASS, Comment=1), "Comment must be a string at /Comment"),
        (of_states({"S": {**PASS, "Next": "S", "End": False}}), "either 'Next' or 'End': true"),
        (of_states({"a\nb": {**PASS, "End": True}}), "none of them a control character"),
        (of_state(Type="Pass", Parameters={"a": 1, "a.$": "$"}), "specify both a and a.$"),
        (chain(task("n", ResultSelector="$")), "ResultSelector must be an object"),
        (
            of_states({"S": {"Type": "Fail", "CausePath": "States.MathAdd(1, 2)"}}),
            "The value for the field 'CausePath' must be a path or give a string",
        ),
        ('{"States": {"A": {}, "A": {}}}', "INVALID_JSON_DESCRIPTION: Invalid JSON: Duplicate f"),
    ],
)
def test_a_malformed_definition_is_refused(definition: Any, message: str) -> None:
    assert message in refusal(definition)


@pytest.mark.parametrize(
    ("retry", "message"),
    [
        (1, "Value must be an array at /States/n/Retry"),
        ([1], "Value must be an object at /States/n/Retry[0]"),
        ([{}], "at least one error name at /States/n/Retry[0]/ErrorEquals"),
        ([retrier()], "at least one error name"),
        ([{"ErrorEquals": [1]}], "at least one error name"),
        ([retrier("E", Foo=1)], "Field 'Foo' is not supported"),
        ([retrier("E", IntervalSeconds=0)], "Value must be an integer from 1"),
        ([retrier("E", MaxAttempts=-1)], "Value must be an integer from 0"),
        ([retrier("E", BackoffRate=0.5)], "Value must be a number of at least 1.0"),
        ([retrier("E", BackoffRate=True)], "Value must be a number of at least 1.0"),
        ([retrier("E", BackoffRate="2")], "Value must be a number of at least 1.0"),
        ([retrier("E", MaxDelaySeconds=31_622_401)], "an integer from 1 to 31622400"),
        ([retrier("States.Timout")], "'States.Timout' is no error of the language"),
        (
            [retrier("E", IntervalSeconds=5, MaxDelaySeconds=4)],
            "MaxDelaySeconds must be at least IntervalSeconds",
        ),
        ([retrier("E", Comment=1)], "Comment must be a string"),
        ([retrier("E", JitterStrategy="HALF")], "Value must be FULL or NONE"),
        ([retrier("States.ALL", "E")], "States.ALL must appear alone"),
        ([retrier("States.ALL"), retrier("E")], "States.ALL must appear in the last"),
        ([retrier("States.Runtime")], "States.Runtime cannot be retried"),
    ],
)
def test_a_malformed_retry_is_refused(retry: Any, message: str) -> None:
    assert message in refusal(chain(task("n", Retry=retry)))


@pytest.mark.parametrize(
    ("catch", "message"),
    [
        ([catcher("nowhere")], "MISSING_TRANSITION_TARGET: Missing 'Next' target: nowhere"),
        ([{"ErrorEquals": ["E"]}], "Next must be a string at /States/n/Catch[0]/Next"),
        ([catcher("n", ResultPath="x")], "Value is not a Reference Path"),
        ([catcher("n"), catcher("n", "E")], "States.ALL must appear in the last"),
    ],
)
def test_a_malformed_catch_is_refused(catch: Any, message: str) -> None:
    assert message in refusal(chain(task("n", Catch=catch)))


@pytest.mark.parametrize(
    ("states", "start", "message"),
    [
        ({"A": {**PASS, "Next": "B"}}, "A", "Missing 'Next' target: B at /States/A"),
        ({"A": {**PASS, "End": True}}, "B", "Missing 'StartAt' target: B at /StartAt"),
        ({"A": {**PASS, "End": True}}, None, "Missing 'StartAt' target: None"),
        (
            {"A": {**PASS, "End": True}, "B": {**PASS, "End": True}},
            "A",
            'State "B" is not reachable. at /States/B',
        ),
    ],
)
def test_transitions_lead_to_states_and_every_state_is_reached(
    states: dict[str, Any], start: Any, message: str
) -> None:
    refused = refusal({"StartAt": start, "States": states})
    assert refused.startswith("MISSING_TRANSITION_TARGET")
    assert message in refused


def test_a_branch_cannot_lead_out_of_its_parallel() -> None:
    inner = {"StartAt": "A", "States": {"A": {**PASS, "Next": "After"}}}
    machine = of_states(
        {
            "P": {"Type": "Parallel", "Branches": [inner], "Next": "After"},
            "After": {**PASS, "End": True},
        }
    )
    assert "Missing 'Next' target: After at /States/P/Branches[0]/States/A" in refusal(machine)


def test_a_name_stands_for_one_state_of_the_whole_machine() -> None:
    two = {"Type": "Parallel", "Branches": [branch("A", PASS), branch("A", PASS)]}
    assert refusal(chain(two)).startswith("DUPLICATE_STATE_NAME: Duplicate State name: A")


def test_a_state_may_be_reached_by_its_catcher_alone() -> None:
    states = {
        "S": {**task("n"), "Catch": [catcher("Caught")], "End": True},
        "Caught": {"Type": "Succeed"},
    }
    assert parse_definition(of_states(states)).states.keys() == {"S", "Caught"}


def test_comments_and_versions_are_allowed() -> None:
    machine = chain({**PASS, "Comment": "c"}, Comment="c", Version="1.0", QueryLanguage="JSONPath")
    assert parse_definition(machine).states.keys() == {"S0"}


def test_10000_states_are_read() -> None:
    assert len(parse_definition(chain(*[PASS] * 10_000)).states) == 10_000


def test_a_parallel_of_10000_branches_is_read() -> None:
    (state,) = parse_definition(chain(parallel(*[PASS] * 10_000))).states.values()
    assert len(state.branches) == 10_000  # type: ignore[union-attr]


def test_an_execution_lives_for_a_year_at_most() -> None:
    year = 31_536_000
    assert parse_definition(chain(PASS)).timeout_seconds == year
    assert parse_definition(chain(PASS, TimeoutSeconds=year + 1)).timeout_seconds == year
    assert parse_definition(chain(PASS, TimeoutSeconds=60)).timeout_seconds == 60


def test_an_execution_of_an_express_machine_lives_for_five_minutes_at_most() -> None:
    assert parse_definition(chain(PASS), express=True).timeout_seconds == 300
    assert parse_definition(chain(PASS, TimeoutSeconds=301), express=True).timeout_seconds == 300
    assert parse_definition(chain(PASS, TimeoutSeconds=60), express=True).timeout_seconds == 60


@pytest.mark.parametrize("error", ["States.Runtime", "States.Http.StatusCode.404", "Mine"])
def test_every_error_may_be_named_where_it_is_caught(error: str) -> None:
    states = {"n": {**task("n"), "Catch": [catcher("T", error)], "End": True}}
    assert parse_definition(of_states({**states, "T": {"Type": "Succeed"}})).states
