"""Tasks that run another machine."""

import json
import threading
from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Hung, Open, close_while_running, keep_unknown
from tests.unit.local.machine import (
    callback,
    catcher,
    chain,
    nested,
    of_states,
    parallel,
    retrier,
    task,
)
from tests.unit.local.script import Script, fails
from tests.unit.local.test_machines import told

EXECUTION = "arn:aws:states:local:000000000000:execution"


@pytest.fixture
def held(script: Script) -> Hung:
    return Hung(script, "held")


def inner(engine: Engine, *states: dict[str, Any], name: str = "inner", **more: Any) -> None:
    engine.machines.create(name, chain(*states, **more))


def events(engine: Engine, execution: str) -> list[str]:
    return [" ".join(filter(None, event)) for event in engine.machines.history(execution)]


def test_the_output_of_the_machine_comes_back(engine: Engine, script: Script) -> None:
    inner(engine, task("a"), task("b"))
    output = engine.run(chain(nested("inner")), {"x": 1}).output
    assert output == {
        "ExecutionArn": f"{EXECUTION}:inner:execution-inner",
        "Input": {"x": 1},
        "InputDetails": {"Included": True},
        "Name": "execution-inner",
        "Output": {"did": "b"},
        "OutputDetails": {"Included": True},
        "StartDate": 1772366400000,
        "StateMachineArn": "arn:aws:states:local:000000000000:stateMachine:inner",
        "Status": "SUCCEEDED",
        "StopDate": 1772366400000,
    }


def test_each_execution_has_a_history_of_its_own(engine: Engine) -> None:
    inner(engine, {"Type": "Pass"})
    engine.run(chain(nested("inner")))
    assert engine.events == [
        "ExecutionStarted",
        "TaskStateEntered S0",
        "TaskScheduled S0",
        "TaskStarted S0",
        "TaskSubmitted S0",
        "TaskSucceeded S0",
        "TaskStateExited S0",
        "ExecutionSucceeded",
    ]
    assert events(engine, "execution-inner") == [
        "ExecutionStarted",
        "PassStateEntered S0",
        "PassStateExited S0",
        "ExecutionSucceeded",
    ]


def test_the_nested_execution_knows_its_own_names(engine: Engine) -> None:
    told = {"name.$": "$$.Execution.Name", "machine.$": "$$.StateMachine.Name", "in.$": "$"}
    inner(engine, {"Type": "Pass", "Parameters": {**told, "given.$": "$$.Execution.Input"}})
    output = engine.run(chain(nested("inner")), {"x": 1}).output["Output"]
    assert output == {
        "name": "execution-inner",
        "machine": "inner",
        "in": {"x": 1},
        "given": {"x": 1},
    }


def test_the_failure_of_the_machine_comes_back(engine: Engine, script: Script) -> None:
    inner(engine, {"Type": "Fail", "Error": "Broken", "Cause": "because"})
    failure = engine.run(chain(nested("inner"))).failure
    assert failure is not None
    assert failure.error == "States.TaskFailed"
    cause = json.loads(failure.cause)
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "because")
    assert cause["Name"] == "execution-inner"
    assert "TaskFailed S0" in engine.events


def test_the_time_of_the_machine_is_over(engine: Engine, script: Script, clock: HeldClock) -> None:
    inner(engine, {"Type": "Wait", "Seconds": 100}, TimeoutSeconds=10)
    failure = engine.run(chain(nested("inner"))).failure
    assert failure is not None
    assert failure.error == "States.TaskFailed"
    assert json.loads(failure.cause)["Status"] == "TIMED_OUT"
    assert clock.waits == [10]


def test_of_a_nested_execution_nobody_is_told(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    inner(engine, {"Type": "Fail"})
    state = {**nested("inner"), "Catch": [catcher("T")], "End": True}
    engine.run(of_states({"S": state, "T": {"Type": "Succeed"}}))
    local.close()
    assert told(script) == []


def test_the_time_of_the_task_stops_the_machine(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    inner(engine, {"Type": "Wait", "Seconds": 100}, task("late"))
    state = {**nested("inner", TimeoutSeconds=10), "Catch": [catcher("T")], "End": True}
    machine = {"S": state, "T": {"Type": "Wait", "Seconds": 200, "End": True}}
    outcome = engine.run(of_states(machine))
    assert outcome.output["Error"] == "States.Timeout"
    assert "TaskTimedOut S" in engine.events
    assert events(engine, "execution-inner")[-1] == "ExecutionAborted"
    assert script.nodes == []


def test_a_stop_goes_all_the_way_down(
    local: LocalPlatform, engine: Engine, script: Script, held: Hung
) -> None:
    inner(engine, task("held"), task("late"), name="third")
    inner(engine, nested("third"), task("late"), name="second")
    engine.start(chain(parallel(nested("second"), {"Type": "Wait", "Seconds": 9}), task("late")))
    assert held.reached.wait(20)
    local.machines.stop("machine", "execution")
    for name in ("execution", "execution-second", "execution-second-third"):
        assert events(engine, name)[-1] == "ExecutionAborted"
    held.go.set()
    assert engine.end().status == "ABORTED"
    local.close()
    assert script.nodes == ["held"]


def test_a_parent_that_fails_stops_what_it_has_started(
    local: LocalPlatform, engine: Engine, script: Script, held: Hung
) -> None:
    def fail(event: Any, context: Any) -> Any:
        assert held.reached.wait(20)
        return fails("E")(event, context)

    script.on("fail", fail)
    inner(engine, task("held"), task("late"))
    assert engine.run(chain(parallel(nested("inner"), task("fail")))).status == "FAILED"
    held.go.set()
    local.close()
    assert events(engine, "execution-inner")[-1] == "ExecutionAborted"
    assert "late" not in script.nodes


def test_a_parent_whose_time_is_over_stops_what_it_has_started(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    inner(engine, {"Type": "Wait", "Seconds": 100}, task("late"))
    assert engine.run(chain(nested("inner"), TimeoutSeconds=10)).status == "TIMED_OUT"
    local.close()
    assert script.nodes == []


def test_a_nested_execution_alone_can_be_stopped(
    local: LocalPlatform, engine: Engine, script: Script, held: Hung
) -> None:
    inner(engine, task("held"), task("late"))
    engine.start(chain(nested("inner")))
    assert held.reached.wait(20)
    assert local.machines.status("inner", "execution-inner") == "RUNNING"
    local.machines.stop("other", "execution-inner")
    local.machines.stop("inner", "execution-inner")
    local.machines.stop("inner", "execution-inner")
    held.go.set()
    failure = engine.end().failure
    assert failure is not None
    assert json.loads(failure.cause)["Status"] == "ABORTED"
    assert local.machines.status("inner", "execution-inner") == "ABORTED"
    assert local.machines.status("other", "execution-inner") is None


def test_a_nested_machine_may_wait_for_an_answer(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    script.on("ask", lambda event, _context: local.machines.answer(event["token"]))
    inner(engine, callback("ask"))
    assert engine.run(chain(nested("inner"))).output["Output"] == {}


def test_after_a_restart_the_whole_begins_again(
    open_local: Open, script: Script, held: Hung
) -> None:
    local = open_local()
    engine = Engine(local)
    inner(engine, task("a"), task("held"), task("b"))
    engine.start(chain(nested("inner")))
    assert held.reached.wait(20)
    close_while_running(local, held.go)
    outcome = Engine(open_local()).end()
    assert outcome.output["Output"] == {"did": "b"}
    assert script.nodes == ["a", "held", "a", "held", "b"]


def refused(engine: Engine, *states: dict[str, Any], given: Any = None) -> str:
    failure = engine.run(chain(*states), given).failure
    assert failure is not None
    return failure.error


def test_a_machine_that_is_not_there_is_an_error(engine: Engine) -> None:
    assert refused(engine, nested("absent")) == "StepFunctions.StateMachineDoesNotExistException"


def test_a_machine_elsewhere_is_not_there(engine: Engine) -> None:
    inner(engine, {"Type": "Pass"})
    state = nested("inner")
    state["Parameters"]["StateMachineArn"] = "arn:aws:states:eu-west-1:1:stateMachine:inner"
    assert refused(engine, state) == "StepFunctions.StateMachineDoesNotExistException"


def test_a_deleted_machine_is_not_there(engine: Engine) -> None:
    inner(engine, {"Type": "Pass"})
    engine.machines.delete("inner")
    assert refused(engine, nested("inner")) == "StepFunctions.StateMachineDoesNotExistException"


def test_a_name_is_used_once(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    inner(engine, task("n"))
    # As on AWS: a retry under the name of the execution that failed cannot work.
    state = nested("inner", Retry=[retrier("States.TaskFailed", MaxAttempts=1)])
    assert refused(engine, state) == "StepFunctions.ExecutionAlreadyExistsException"
    assert script.nodes == ["n"]


@pytest.mark.parametrize("name", ["a b", "x" * 81, 7, ["n"]])
def test_a_name_that_is_none_is_an_error(engine: Engine, name: Any) -> None:
    inner(engine, {"Type": "Pass"})
    state = nested("inner")
    state["Parameters"].pop("Name.$")
    state["Parameters"]["Name"] = name
    assert refused(engine, state) == "StepFunctions.InvalidNameException"


def test_an_execution_without_a_name_gets_one(engine: Engine) -> None:
    inner(engine, {"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name"}})
    states = [nested("inner", ResultPath=None), nested("inner")]
    for state in states:
        state["Parameters"].pop("Name.$")
    output = engine.run(chain(*states)).output
    assert len(output["Output"]["name"]) == 36


@pytest.mark.parametrize(
    ("given", "expected"), [('{"x": 2}', {"x": 2}), ({"x": 2}, {"x": 2}), ([1], [1])]
)
def test_the_input_may_be_a_value_or_json_text(engine: Engine, given: Any, expected: Any) -> None:
    inner(engine, {"Type": "Pass"})
    state = nested("inner")
    state["Parameters"]["Input.$"] = "$.given"
    assert engine.run(chain(state), {"given": given}).output["Output"] == expected


def test_an_input_that_is_no_json_is_an_error(engine: Engine) -> None:
    inner(engine, {"Type": "Pass"})
    state = nested("inner")
    state["Parameters"]["Input.$"] = "$.given"
    error = refused(engine, state, given={"given": "{"})
    assert error == "StepFunctions.InvalidExecutionInputException"


def test_an_input_that_is_left_out_is_empty(engine: Engine) -> None:
    inner(engine, {"Type": "Pass"})
    state = nested("inner")
    state["Parameters"].pop("Input.$")
    assert engine.run(chain(state), {"x": 1}).output["Output"] == {}


def test_a_result_over_256_kib_is_refused(engine: Engine) -> None:
    inner(engine, {"Type": "Pass"})
    assert refused(engine, nested("inner"), given={"x": "y" * 200_000}) == (
        "States.DataLimitExceeded"
    )


def test_each_has_25000_events(engine: Engine) -> None:
    passes = [{"Type": "Pass"} for _ in range(12_000)]
    inner(engine, *passes, name="one")
    inner(engine, *passes, name="two")
    outcome = engine.run(chain(nested("one", ResultPath=None), nested("two", ResultPath=None)))
    assert outcome.status == "SUCCEEDED"
    assert len(engine.events) < 20


def test_machines_nest_a_hundred_deep(engine: Engine, script: Script) -> None:
    inner(engine, task("n"), name="m0")
    for depth in range(1, 100):
        inner(engine, _plainly_nested(f"m{depth - 1}"), name=f"m{depth}")
    assert engine.run(chain(_plainly_nested("m99"))).status == "SUCCEEDED"
    assert script.nodes == ["n"]


def test_a_stop_of_a_hundred_nested_machines_is_no_fault(
    local: LocalPlatform, engine: Engine, script: Script, held: Hung
) -> None:
    inner(engine, task("held"), task("late"), name="m0")
    for depth in range(1, 100):
        inner(engine, _plainly_nested(f"m{depth - 1}"), name=f"m{depth}")
    engine.start(chain(_plainly_nested("m99")))
    assert held.reached.wait(20)
    local.machines.stop("machine", "execution")
    held.go.set()
    local.close()
    assert script.nodes == ["held"]


def _plainly_nested(machine: str) -> dict[str, Any]:
    state = nested(machine, ResultPath=None)
    state["Parameters"].pop("Name.$")
    return state


def test_the_end_of_the_machine_together_with_the_stop_of_its_parent(
    engine: Engine, script: Script
) -> None:
    inner(engine, task("n"))
    begun = threading.Event()
    script.on("n", lambda _event, _context: begun.set())
    engine.machines.create("machine", chain(_plainly_nested("inner"), task("after")))
    for number in range(30):
        begun.clear()
        engine.machines.start("machine", f"execution{number}", {})
        assert begun.wait(20)
        engine.machines.stop("machine", f"execution{number}")
        outcome = engine.machines.wait(f"execution{number}")
        assert outcome is not None
        assert outcome.status in ("SUCCEEDED", "ABORTED")


def test_a_nested_machine_that_this_engine_does_not_know_fails_the_task(
    local: LocalPlatform, engine: Engine
) -> None:
    keep_unknown(local, "inner")
    assert refused(engine, nested("inner")) == "StepFunctions.UnavailableException"
