"""Retry and Catch: which errors they match, how long a retry waits, what becomes of the rest."""

import json
from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine
from tests.unit.local.machine import (
    RUN_NODE,
    catcher,
    chain,
    of_states,
    parallel,
    retrier,
    task,
)
from tests.unit.local.script import Script, fails, returns


def caught(state: dict[str, Any], *errors: str, **more: Any) -> str:
    """The state, and one that its catcher leads to."""
    state = {**state, "Catch": [catcher("Caught", *errors, **more)], "End": True}
    return of_states({"S": state, "Caught": {"Type": "Pass", "End": True}})


def error_of(engine: Engine, definition: str) -> str:
    outcome = engine.run(definition)
    assert outcome.failure is not None
    return outcome.failure.error


def test_the_error_of_a_function_is_named_by_its_class(engine: Engine, script: Script) -> None:
    script.on("n", fails("NodeFailed"))
    outcome = engine.run(chain(task("n")))
    assert outcome.failure is not None
    assert outcome.failure.error == "NodeFailed"
    assert json.loads(outcome.failure.cause) == {
        "errorMessage": "it went wrong",
        "errorType": "NodeFailed",
    }


def test_a_failed_task_without_policies_fails_the_execution(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    assert engine.run(chain(task("n"), task("m"))).status == "FAILED"
    assert engine.events[-2:] == ["LambdaFunctionFailed n", "ExecutionFailed"]
    assert script.nodes == ["n"]


def test_a_retry_runs_the_task_again(engine: Engine, script: Script) -> None:
    script.on("n", fails("E", times=2))
    assert engine.run(chain(task("n", Retry=[retrier("E")]))).output == {"did": "n"}
    assert script.nodes == ["n"] * 3
    assert engine.events[1:8] == [
        "TaskStateEntered n",
        "LambdaFunctionScheduled n",
        "LambdaFunctionStarted n",
        "LambdaFunctionFailed n",
        "LambdaFunctionScheduled n",
        "LambdaFunctionStarted n",
        "LambdaFunctionFailed n",
    ]


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, [1, 2, 4]),
        ({"MaxAttempts": 0}, []),
        ({"MaxAttempts": 1}, [1]),
        ({"IntervalSeconds": 5, "BackoffRate": 1.5}, [5, 7.5, 11.25]),
        ({"BackoffRate": 1}, [1, 1, 1]),
        ({"MaxDelaySeconds": 3, "MaxAttempts": 5}, [1, 2, 3, 3, 3]),
    ],
)
def test_retries_wait_as_their_policy_says(
    engine: Engine, script: Script, clock: HeldClock, fields: dict[str, Any], waits: list[float]
) -> None:
    script.on("n", fails("E"))
    assert error_of(engine, chain(task("n", Retry=[retrier("States.ALL", **fields)]))) == "E"
    assert clock.waits[: len(waits)] == pytest.approx(waits)
    assert len(script.nodes) == len(waits) + 1


def test_jitter_takes_a_part_of_each_wait(engine: Engine, script: Script, clock: HeldClock) -> None:
    script.on("n", fails("E", times=3))
    engine.run(chain(task("n", Retry=[retrier("E", JitterStrategy="FULL")])))
    assert len(clock.waits) == 3
    assert all(0 <= wait < most for wait, most in zip(clock.waits, (1, 2, 4), strict=True))
    assert clock.waits != [1, 2, 4]


def test_a_delay_past_every_bound_is_no_fault(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("n", fails("E", times=1100))
    policy = retrier("E", MaxAttempts=2000, BackoffRate=10, MaxDelaySeconds=30)
    assert engine.run(chain(task("n", Retry=[policy]))).status == "SUCCEEDED"
    assert max(clock.waits) == pytest.approx(30)


def test_a_retry_counts_itself_in_the_context(engine: Engine, script: Script) -> None:
    script.on("n", fails("E", times=2))
    state = task("n", Retry=[retrier("E")])
    state["Parameters"] = {"node": "n", "count.$": "$$.State.RetryCount"}
    engine.run(of_states({"n": {**state, "End": True}}))
    assert [event["count"] for event in script.events["run_node"]] == [0, 1, 2]


def test_the_first_policy_that_matches_counts_alone(engine: Engine, script: Script) -> None:
    script.on("n", fails("NodeFailed"))
    policies = [retrier("NodeFailed", MaxAttempts=0), retrier("States.ALL")]
    assert error_of(engine, chain(task("n", Retry=policies))) == "NodeFailed"
    assert script.nodes == ["n"]


def test_each_policy_counts_its_own_attempts(engine: Engine, script: Script) -> None:
    errors = iter(["A", "B", "A", "B"])

    def answer(event: Any, context: Any) -> Any:
        error = next(errors, None)
        return fails(error)(event, context) if error else {}

    script.on("n", answer)
    policies = [retrier("A", MaxAttempts=2), retrier("B", MaxAttempts=2)]
    assert engine.run(chain(task("n", Retry=policies))).status == "SUCCEEDED"
    assert len(script.nodes) == 5


def test_retries_count_anew_in_each_entry_of_the_state(engine: Engine, script: Script) -> None:
    script.on("a", fails("E", times=1))
    script.on("b", fails("E", times=1))
    policy = [retrier("E", MaxAttempts=1)]
    assert engine.run(chain(task("a", Retry=policy), task("b", Retry=policy))).status == "SUCCEEDED"


def test_a_caught_error_goes_on_as_the_next_states_input(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    outcome = engine.run(caught(task("n"), "E"))
    assert outcome.status == "SUCCEEDED"
    assert outcome.output["Error"] == "E"
    assert json.loads(outcome.output["Cause"])["errorType"] == "E"
    assert engine.events[4:6] == ["LambdaFunctionFailed S", "TaskStateExited S"]


def test_a_caught_error_may_lie_in_the_input(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    machine = caught(task("n"), "E", ResultPath="$.failure")
    outcome = engine.run(machine, {"kept": 1})
    assert outcome.output["kept"] == 1
    assert outcome.output["failure"]["Error"] == "E"


def test_a_caught_error_may_be_dropped(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    assert engine.run(caught(task("n"), "E", ResultPath=None), {"kept": 1}).output == {"kept": 1}


def test_a_caught_error_passes_by_the_output_path(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    assert engine.run(caught(task("n", OutputPath="$.x"), "E")).output["Error"] == "E"


def test_a_caught_error_without_a_place_fails_the_execution(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    machine = caught(task("n"), "E", ResultPath="$.kept.failure")
    engine.start(machine, {"kept": 1})
    outcome = engine.end()
    assert outcome.failure is not None
    assert outcome.failure.error == "States.ResultPathMatchFailure"


@pytest.mark.parametrize(
    ("error", "names", "matches"),
    [
        ("E", ["E"], True),
        ("E", ["F", "E"], True),
        ("E", ["F"], False),
        ("E", ["States.ALL"], True),
        ("E", ["States.TaskFailed"], True),
        ("States.Timeout", ["States.ALL"], True),
        ("States.Timeout", ["States.Timeout"], True),
        ("States.Timeout", ["States.TaskFailed"], False),
        ("States.DataLimitExceeded", ["States.ALL"], False),
        ("States.DataLimitExceeded", ["States.TaskFailed"], False),
        ("States.DataLimitExceeded", ["States.DataLimitExceeded"], True),
        ("States.Runtime", ["States.ALL"], False),
        ("States.Runtime", ["States.TaskFailed"], False),
    ],
)
def test_wildcards_match_what_they_match_on_aws(
    engine: Engine, error: str, names: list[str], matches: bool
) -> None:
    failing = parallel({"Type": "Fail", "Error": error, "Cause": "c"})
    outcome = engine.run(caught(failing, *names))
    assert outcome.status == ("SUCCEEDED" if matches else "FAILED")


def test_a_catch_comes_after_the_retries(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    assert engine.run(caught(task("n", Retry=[retrier("E")]))).output["Error"] == "E"
    assert len(script.nodes) == 4


def test_a_parallel_that_failed_is_retried_as_a_whole(engine: Engine, script: Script) -> None:
    script.on("b", fails("E", times=1))
    outcome = engine.run(chain(parallel(task("a"), task("b"), Retry=[retrier("E")])))
    assert outcome.output == [{"did": "a"}, {"did": "b"}]
    assert sorted(script.nodes) in (["a", "a", "b", "b"], ["a", "b", "b"])


def test_a_failed_branch_takes_the_parallel_with_it(engine: Engine, script: Script) -> None:
    script.on("b", fails("E"))
    inner = parallel(task("a"), task("b"))
    outcome = engine.run(caught(parallel(inner, {"Type": "Pass"}), "E"))
    assert outcome.output["Error"] == "E"
    assert engine.events[-6:] == [
        "ParallelStateFailed B0",
        "ParallelStateFailed S",
        "ParallelStateExited S",
        "PassStateEntered Caught",
        "PassStateExited Caught",
        "ExecutionSucceeded",
    ]


def test_a_failed_branch_keeps_its_siblings_from_going_on(open_local: Any, script: Script) -> None:
    # One worker: the branches run one after the other.
    engine = Engine(open_local(workers=1))
    script.on("b", fails("E"))
    branches = [
        {"StartAt": at, "States": {at: task(at, Next=f"{at}2"), f"{at}2": task(f"{at}2", End=True)}}
        for at in "abc"
    ]
    machine = of_states({"S": {"Type": "Parallel", "Branches": branches, "End": True}})
    assert engine.run(machine).status == "FAILED"
    assert script.nodes == ["a", "b"]
    aborted = [event for event in engine.events if "Aborted" in event]
    assert sorted(aborted) == ["TaskStateAborted a2", "TaskStateAborted c"]


def test_a_waiting_retry_dies_with_its_siblings_parallel(
    local: LocalPlatform, engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("a", fails("E"))
    script.on("b", fails("F", times=1))
    slow = task("a", Retry=[retrier("E", IntervalSeconds=100)])
    late = task("b", Retry=[retrier("F", IntervalSeconds=50, MaxAttempts=1)])
    script_b = iter([fails("F"), fails("G")])
    script.on("b", lambda event, context: next(script_b)(event, context))
    assert engine.run(caught(parallel(slow, late), "G")).output["Error"] == "G"
    assert script.nodes.count("a") == 1
    assert clock.waits == [50]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({1, 2}, "Runtime.MarshalError"),
        (float("nan"), "Runtime.MarshalError"),
        ("\ud800", "Runtime.MarshalError"),
        (object(), "Runtime.MarshalError"),
    ],
)
def test_a_result_that_is_no_json_fails_as_on_lambda(
    engine: Engine, script: Script, value: Any, error: str
) -> None:
    script.on("n", returns(value))
    assert error_of(engine, chain(task("n"))) == error


def test_a_function_that_ends_the_process_ends_itself_only(engine: Engine, script: Script) -> None:
    def leave(_event: Any, _context: Any) -> None:
        raise SystemExit(3)

    script.on("n", leave)
    assert error_of(engine, chain(task("n"))) == "Runtime.ExitError"


def test_a_function_that_is_not_there_is_not_found(engine: Engine) -> None:
    absent = {**task("n"), "Resource": "arn:aws:lambda:local:000000000000:function:absent"}
    assert error_of(engine, chain(absent)) == "Lambda.ResourceNotFoundException"


def test_a_fault_of_the_engine_ends_the_execution(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("strata.local.execution.hand_on", broken)
    assert error_of(engine, chain({"Type": "Pass"})) == "States.Runtime"


def test_the_arn_of_a_function_may_name_a_version(engine: Engine, script: Script) -> None:
    versioned = {**task("n"), "Resource": RUN_NODE + ":7"}
    assert engine.run(chain(versioned)).output == {"did": "n"}
