"""What each type of state does with its input and its output."""

from typing import Any

import pytest

from tests.unit.local.conftest import Engine
from tests.unit.local.machine import branch, chain, of_states, parallel, task
from tests.unit.local.script import Script, returns

NUMBERS = {"a": {"b": [10, 20]}, "c": 3}


def test_a_task_gets_its_parameters_and_its_result_replaces_the_input(
    engine: Engine, script: Script
) -> None:
    outcome = engine.run(chain(task("n")), NUMBERS)
    assert (outcome.status, outcome.output) == ("SUCCEEDED", {"did": "n"})
    assert script.events["run_node"] == [{"node": "n"}]


def test_the_events_of_a_chain_are_those_of_aws(engine: Engine) -> None:
    engine.run(chain(task("n"), {"Type": "Pass"}, {"Type": "Succeed"}))
    assert engine.events == [
        "ExecutionStarted",
        "TaskStateEntered n",
        "LambdaFunctionScheduled n",
        "LambdaFunctionStarted n",
        "LambdaFunctionSucceeded n",
        "TaskStateExited n",
        "PassStateEntered S1",
        "PassStateExited S1",
        "SucceedStateEntered S2",
        "SucceedStateExited S2",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ({"run.$": "$"}, {"run": NUMBERS}),
        ({"x.$": "$.a.b"}, {"x": [10, 20]}),
        ({"x.$": "$.a.b[1]"}, {"x": 20}),
        ({"x.$": "$['a']['b']"}, {"x": [10, 20]}),
        ({"x": {"y": [{"z.$": "$.c"}, 1]}}, {"x": {"y": [{"z": 3}, 1]}}),
        ({"run.$": "$$.Execution.Input"}, {"run": NUMBERS}),
        ({"x.$": "$$.Execution.Name"}, {"x": "execution"}),
        ({"x.$": "$$.StateMachine.Name"}, {"x": "machine"}),
        ({"x.$": "$$.State.Name"}, {"x": "S0"}),
        ({"x.$": "$$.State.RetryCount"}, {"x": 0}),
        (
            {"x.$": "$$.Execution.Id"},
            {"x": "arn:aws:states:local:000000000000:execution:machine:execution"},
        ),
        ({"x.$": "$$.Execution.StartTime"}, {"x": "2026-03-01T12:00:00.000Z"}),
        ({"x.$": "$$.State.EnteredTime"}, {"x": "2026-03-01T12:00:00.000Z"}),
    ],
)
def test_parameters_are_filled_from_paths(
    engine: Engine, template: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert engine.run(chain({"Type": "Pass", "Parameters": template}), NUMBERS).output == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, NUMBERS),
        ({"Result": 7}, 7),
        ({"Result": 7, "ResultPath": "$.r.s"}, {**NUMBERS, "r": {"s": 7}}),
        ({"Result": 7, "ResultPath": "$.a.n"}, {"a": {"b": [10, 20], "n": 7}, "c": 3}),
        ({"Result": 7, "ResultPath": None}, NUMBERS),
        ({"InputPath": "$.a"}, {"b": [10, 20]}),
        ({"InputPath": None}, {}),
        ({"OutputPath": "$.a.b"}, [10, 20]),
        ({"OutputPath": None}, {}),
        ({"OutputPath": "$$.Execution.Name"}, "execution"),
        ({"InputPath": "$.a", "Result": 1, "ResultPath": "$.n"}, {**NUMBERS, "n": 1}),
    ],
)
def test_paths_choose_what_a_state_reads_and_hands_on(
    engine: Engine, fields: dict[str, Any], expected: Any
) -> None:
    assert engine.run(chain({"Type": "Pass", **fields}), NUMBERS).output == expected


def test_a_result_that_is_discarded_leaves_the_input(engine: Engine) -> None:
    assert engine.run(chain(task("n", ResultPath=None)), NUMBERS).output == NUMBERS


def test_a_result_path_leaves_the_input_of_other_branches_alone(engine: Engine) -> None:
    laying = {"Type": "Pass", "Result": 1, "ResultPath": "$.a.n"}
    outcome = engine.run(chain(parallel(laying, {"Type": "Pass"})), {"a": {}})
    assert outcome.output == [{"a": {"n": 1}}, {"a": {}}]


def test_a_parallel_gives_the_outputs_of_its_branches_in_their_order(engine: Engine) -> None:
    outcome = engine.run(chain(parallel(task("a"), task("b"), {"Type": "Succeed"})), {"x": 1})
    assert outcome.output == [{"did": "a"}, {"did": "b"}, {"x": 1}]


def test_the_events_of_a_parallel_are_those_of_aws(engine: Engine) -> None:
    engine.run(chain(parallel({"Type": "Pass"}, {"Type": "Pass"})))
    assert engine.events == [
        "ExecutionStarted",
        "ParallelStateEntered S0",
        "ParallelStateStarted S0",
        "PassStateEntered B0",
        "PassStateExited B0",
        "PassStateEntered B1",
        "PassStateExited B1",
        "ParallelStateSucceeded S0",
        "ParallelStateExited S0",
        "ExecutionSucceeded",
    ]


def test_parallels_lie_within_parallels(engine: Engine) -> None:
    inner = {
        "Type": "Parallel",
        "Branches": [branch("X", {"Type": "Pass"}), branch("Y", task("y"))],
    }
    outcome = engine.run(chain(parallel(inner, task("z"))), {"n": 1})
    assert outcome.output == [[{"n": 1}, {"did": "y"}], {"did": "z"}]


def test_a_parallel_hands_its_parameters_to_its_branches(engine: Engine) -> None:
    outcome = engine.run(
        chain(parallel({"Type": "Pass"}, Parameters={"only.$": "$.c"}, ResultPath="$.r")), NUMBERS
    )
    assert outcome.output == {**NUMBERS, "r": [{"only": 3}]}


def test_a_fail_state_ends_the_execution_with_its_error(engine: Engine) -> None:
    outcome = engine.run(chain({"Type": "Fail", "Error": "Broken", "Cause": "because"}))
    assert outcome.status == "FAILED"
    assert outcome.failure is not None
    assert outcome.failure.output == {"Error": "Broken", "Cause": "because"}
    assert engine.events[-2:] == ["FailStateEntered S0", "ExecutionFailed"]


def test_a_fail_state_may_take_its_error_from_its_input(engine: Engine) -> None:
    state = {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"}
    outcome = engine.run(chain(state), {"Error": "E", "Cause": "C"})
    assert outcome.failure is not None
    assert outcome.failure.output == {"Error": "E", "Cause": "C"}


@pytest.mark.parametrize("given", [{"Error": 1, "Cause": "C"}, {"Error": "E"}, {}])
def test_a_fail_state_without_texts_to_tell_is_a_runtime_error(
    engine: Engine, given: dict[str, Any]
) -> None:
    state = {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"}
    outcome = engine.run(chain(state), given)
    assert outcome.failure is not None
    assert outcome.failure.error == "States.Runtime"


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Parameters": {"x.$": "$.absent"}},
        {"Type": "Pass", "InputPath": "$.c.d"},
        {"Type": "Pass", "OutputPath": "$.a.b[2]"},
        {"Type": "Pass", "OutputPath": "$$.Nothing"},
    ],
)
def test_a_path_to_nothing_ends_the_execution_and_nothing_catches_it(
    engine: Engine, state: dict[str, Any]
) -> None:
    around = parallel(state, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])
    machine = {"P": {**around, "Next": "Caught"}, "Caught": {"Type": "Succeed"}}
    outcome = engine.run(of_states(machine), NUMBERS)
    assert (outcome.status, outcome.failure and outcome.failure.error) == (
        "FAILED",
        "States.Runtime",
    )


def test_a_result_that_has_no_place_is_a_match_failure(engine: Engine) -> None:
    outcome = engine.run(chain(task("n", ResultPath="$.c.x")), NUMBERS)
    assert outcome.failure is not None
    assert outcome.failure.error == "States.ResultPathMatchFailure"


def test_values_come_back_as_they_went_in(engine: Engine, script: Script) -> None:
    value = {
        "n": 12345678901234567890,
        "f": 0.1,
        "t": "東京 \u2028",
        "l": [None, True, {}],
        "e": 1e300,
    }
    script.on("n", returns(value))
    assert engine.run(chain(task("n"))).output == value
