"""The validator over its corpus: each wrong definition for its one fault, no right one for any."""

import pytest

from strata.compiler.validate import Problem, validate
from tests.unit.compiler.definitions.building import (
    ACTIVITY,
    Json,
    Right,
    Wrong,
    alone,
    beside,
    call,
    distributed,
    mapping,
    parallel,
    passing,
    region,
    retried,
    task,
)
from tests.unit.compiler.definitions.corpus import RIGHT, WRONG, known_actions, text_of

RIGHT_ONES = pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.name)
WRONG_ONES = pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)


def places(definition: Json | str, *, express: bool = False) -> list[tuple[str, str, str]]:
    found = validate(definition, known_actions=known_actions, express=express)
    return [(one.state, one.field, one.code) for one in found]


@WRONG_ONES
def test_a_wrong_definition_has_the_one_problem_that_it_is_named_for(case: Wrong) -> None:
    assert places(text_of(case.definition)) == [(case.state, case.field, case.code)]


@RIGHT_ONES
def test_a_right_definition_has_no_problem(case: Right) -> None:
    assert places(text_of(case.definition)) == []


@RIGHT_ONES
def test_a_mapping_is_taken_for_the_json_that_it_would_be(case: Right) -> None:
    assert places(case.definition) == []


def test_no_two_cases_of_the_corpus_have_one_name() -> None:
    for names in ([case.name for case in RIGHT], [case.name for case in WRONG]):
        assert sorted(set(names)) == sorted(names)


@WRONG_ONES
def test_a_message_is_one_sentence_of_bounded_length(case: Wrong) -> None:
    (problem,) = validate(case.definition, known_actions=known_actions)
    assert problem.message.endswith(".")
    assert "\n" not in problem.message
    assert len(problem.message) < 300


def test_a_problem_tells_state_field_code_and_sentence() -> None:
    sentence = "'Retry[0].BackoffRate' must be at least 1."
    expected = Problem("A", "Retry[0].BackoffRate", "out_of_range", sentence)
    assert validate(retried(BackoffRate=0)) == [expected]


def test_all_problems_are_told_at_once() -> None:
    states = {
        "A": passing(ResultPath="x", Bogus=1, Next="C"),
        "B": parallel(region(A={"Type": "Wait", "End": True})),
    }
    found = places({"StartAt": "A", "States": states, "Version": "3"})
    assert found == [
        ("", "Version", "invalid_value"),
        ("A", "Next", "missing_target"),
        ("B", "", "unreachable_state"),
        ("A", "ResultPath", "invalid_path"),
        ("A", "Bogus", "unknown_field"),
        ("A", "", "exclusive_fields"),
        ("A", "", "missing_field"),
        ("A", "", "duplicate_state_name"),
    ]


def test_a_place_within_a_branch_is_told_by_the_innermost_state() -> None:
    inner = parallel(region(C=passing(OutputPath="c")))
    assert places(alone(parallel(region(B=inner)))) == [("C", "OutputPath", "invalid_path")]


def test_without_known_actions_those_of_an_sdk_are_checked_by_their_form_alone() -> None:
    assert validate(alone(call("aws-sdk:s3:listBuckts", {}))) == []
    assert [one.code for one in validate(alone(call("aws-sdk:s3:list_It!", {})))] == [
        "invalid_resource"
    ]


def test_actions_are_asked_for_only_where_an_sdk_is_called() -> None:
    asked: list[str] = []

    def known(service: str) -> list[str]:
        asked.append(service)
        return ["listBuckets"]

    validate(alone(call("sns:publish", {"Message": "m"})), known_actions=known)
    assert asked == []
    validate(alone(call("aws-sdk:s3:listBuckets", {})), known_actions=known)
    assert asked == ["s3"]


@pytest.mark.parametrize(
    ("definition", "field"),
    [
        (alone(call("glue:startJobRun.sync", {"JobName": "j"})), "Resource"),
        (alone(call("states:startExecution.sync:2", {"StateMachineArn": "m"})), "Resource"),
        (
            alone(call("sns:publish.waitForTaskToken", {"Message.$": "$$.Task.Token"})),
            "Resource",
        ),
        (alone(task(Resource=ACTIVITY)), "Resource"),
        (alone(distributed()), "ItemProcessor.ProcessorConfig.Mode"),
    ],
    ids=["a_job", "a_nested_execution", "a_callback", "an_activity", "a_distributed_map"],
)
def test_an_express_machine_cannot_wait(definition: Json, field: str) -> None:
    assert places(definition) == []
    assert places(definition, express=True) == [("A", field, "not_in_express")]


def test_an_express_machine_may_call_and_map() -> None:
    states = [alone(task()), alone(call("glue:startJobRun", {"JobName": "j"})), alone(mapping())]
    assert [places(one, express=True) for one in states] == [[], [], []]


def test_a_distributed_map_may_run_express_executions_which_cannot_wait() -> None:
    waiting = call("sns:publish.waitForTaskToken", {"Message.$": "$$.Task.Token"})
    body = {**region(B=waiting), "ProcessorConfig": {"Mode": "DISTRIBUTED"}}
    for kind, expected in (
        ("STANDARD", []),
        ("EXPRESS", [("B", "Resource", "not_in_express")]),
    ):
        config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
        assert places(alone(mapping({**body, "ProcessorConfig": config}))) == expected


def test_an_unknown_query_language_is_taken_for_jsonata() -> None:
    definition = alone(passing(Output="{% 1 %}"), QueryLanguage="jsonpath")
    assert places(definition) == [("", "QueryLanguage", "invalid_value")]


def test_a_map_s_query_language_is_not_that_of_its_body() -> None:
    body = region(B=passing(Output=1))
    definition = alone(mapping(body, QueryLanguage="JSONata"))
    assert places(definition) == [("B", "Output", "wrong_query_language")]


def test_a_long_name_is_cut_in_a_sentence() -> None:
    (problem,) = validate(beside({"Type": "Pass", "Next": "x" * 1000}))
    assert problem.message == f"'Next' leads to '{'x' * 79}…', which is not there."
