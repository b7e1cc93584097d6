"""Executions that run: they are asked for, stopped and answered alike on both platforms."""

import json
from itertools import pairwise
from typing import Any

import pytest

from strata.ports import Machines
from tests.contract.conftest import RunningMachines

State = dict[str, Any]


def chain(**states: State) -> str:
    names = list(states)
    for name, following in pairwise(names):
        states[name] = {"Next": following, **states[name]}
    states[names[-1]] = {"End": True, **states[names[-1]]}
    return json.dumps({"StartAt": names[0], "States": states})


def task(machines: Machines, node: str, **more: Any) -> State:
    resource = machines.run_node
    given = {"run.$": "$", "node": node}
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": given,
        "ResultPath": None,
        "TimeoutSeconds": 20,
        **more,
    }


def waiting(machines: Machines, node: str, **more: Any) -> State:
    payload = {"run.$": "$", "node": node, "token.$": "$$.Task.Token"}
    given = {"FunctionName": machines.run_node, "Payload": payload}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    return task(machines, node, **{"Resource": resource, "Parameters": given, **more})


def part(machines: Machines, machine: str) -> State:
    given = {
        "StateMachineArn": machines.arn(machine),
        "Input.$": "$",
        "Name.$": "States.Format('{}-1', $$.Execution.Name)",
    }
    return task(
        machines,
        "",
        Resource="arn:aws:states:::states:startExecution.sync:2",
        Parameters=given,
    )


def start(running: RunningMachines, **states: State) -> None:
    running.machines.create("m", chain(**states))
    running.machines.start("m", "exe_1", {"execution_id": "exe_1"})


@pytest.fixture
def asking(running: RunningMachines) -> RunningMachines:
    """Waits for an answer, and has a state after that."""
    machines = running.machines
    start(running, ask=waiting(machines, "ask"), after=task(machines, "after"))
    return running


def test_an_answer_lets_the_machine_go_on(asking: RunningMachines) -> None:
    assert asking.machines.answer(asking.token())
    assert asking.end("m", "exe_1") == "SUCCEEDED"
    assert asking.script.nodes == ["ask", "after"]


def test_a_failure_reaches_what_catches_it_with_its_name_and_cause(
    running: RunningMachines,
) -> None:
    machines = running.machines
    retry = [{"ErrorEquals": ["NodeFailed"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]
    catch = [{"ErrorEquals": ["NodeFailed"], "Next": "rescue"}]
    start(
        running,
        ask=waiting(machines, "ask", Retry=retry, Catch=catch, Next="rescue"),
        rescue=task(machines, "rescue"),
    )
    assert machines.answer(running.token(), "it was refused")
    assert running.end("m", "exe_1") == "SUCCEEDED"
    caught = running.script.events["run_node"][-1]
    assert caught["run"] == {"Error": "NodeFailed", "Cause": "it was refused"}


def test_a_failure_that_nothing_catches_fails_the_execution(asking: RunningMachines) -> None:
    assert asking.machines.answer(asking.token(), "")
    assert asking.end("m", "exe_1") == "FAILED"
    assert asking.script.nodes == ["ask"]


@pytest.mark.parametrize("failure", [None, "why"])
def test_a_token_is_answered_once(asking: RunningMachines, failure: str | None) -> None:
    assert asking.machines.answer(asking.token())
    assert not asking.machines.answer(asking.token(), failure)
    assert asking.end("m", "exe_1") == "SUCCEEDED"
    assert not asking.machines.answer(asking.token(), failure)


@pytest.mark.parametrize("token", ["", "forged", "t" * 3000, "\u2028"])
def test_a_token_that_was_never_given_out_is_refused(asking: RunningMachines, token: str) -> None:
    asking.token()
    assert not asking.machines.answer(token)
    assert asking.machines.status("m", "exe_1") == "RUNNING"


def test_the_function_itself_may_answer_its_token(running: RunningMachines) -> None:
    machines = running.machines
    running.script.on("ask", lambda event, _: {"answered": machines.answer(event["token"])})
    start(running, ask=waiting(machines, "ask"), after=task(machines, "after"))
    assert running.end("m", "exe_1") == "SUCCEEDED"
    assert running.script.nodes == ["ask", "after"]


def test_branches_wait_for_tokens_of_their_own(running: RunningMachines) -> None:
    machines = running.machines
    branches = [json.loads(chain(**{one: waiting(machines, one)})) for one in ("left", "right")]
    start(running, both={"Type": "Parallel", "Branches": branches, "ResultPath": None})
    first, second = running.token(0), running.token(1)
    assert machines.answer(second)
    assert machines.status("m", "exe_1") == "RUNNING"
    assert machines.answer(first)
    assert running.end("m", "exe_1") == "SUCCEEDED"


def test_the_next_attempt_has_a_token_of_its_own(running: RunningMachines) -> None:
    machines = running.machines
    retry = [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    start(running, ask=waiting(machines, "ask", TimeoutSeconds=1, Retry=retry))
    late, new = running.token(0), running.token(1)
    assert not machines.answer(late)
    assert machines.answer(new)
    assert running.end("m", "exe_1") == "SUCCEEDED"


def test_what_waits_is_stopped_and_waits_no_longer(asking: RunningMachines) -> None:
    token = asking.token()
    asking.machines.stop("m", "exe_1")
    assert asking.end("m", "exe_1") == "ABORTED"
    assert not asking.machines.answer(token)
    assert asking.script.nodes == ["ask"]


def test_a_stop_is_done_once(asking: RunningMachines) -> None:
    asking.token()
    for _ in range(2):
        asking.machines.stop("m", "exe_1")
    assert asking.end("m", "exe_1") == "ABORTED"


def test_a_stop_comes_before_its_time_is_up(running: RunningMachines) -> None:
    start(running, long={"Type": "Wait", "Seconds": 3600})
    assert running.machines.status("m", "exe_1") == "RUNNING"
    running.machines.stop("m", "exe_1")
    assert running.end("m", "exe_1") == "ABORTED"


def test_a_stop_reaches_the_part_that_runs(running: RunningMachines) -> None:
    machines = running.machines
    machines.create("m-1", chain(ask=waiting(machines, "ask")))
    start(running, first=part(machines, "m-1"), after=task(machines, "after"))
    token = running.token()
    machines.stop("m", "exe_1")
    assert running.end("m", "exe_1") == "ABORTED"
    # A platform may run a part within the whole, and tell nothing of it alone.
    assert running.end("m-1", "exe_1-1") in ("ABORTED", None)
    assert not machines.answer(token)
    assert running.script.nodes == ["ask"]


def test_a_part_gets_the_input_and_the_machine_goes_on_after_it(running: RunningMachines) -> None:
    machines = running.machines
    machines.create("m-1", chain(inner=task(machines, "inner")))
    start(running, first=part(machines, "m-1"), after=task(machines, "after"))
    assert running.end("m", "exe_1") == "SUCCEEDED"
    assert running.script.nodes == ["inner", "after"]
    assert [one["run"] for one in running.script.events["run_node"]] == [
        {"execution_id": "exe_1"}
    ] * 2


def test_a_part_that_fails_fails_the_whole(running: RunningMachines) -> None:
    machines = running.machines
    machines.create("m-1", chain(ask=waiting(machines, "ask")))
    start(running, first=part(machines, "m-1"), after=task(machines, "after"))
    assert machines.answer(running.token(), "no")
    assert running.end("m", "exe_1") == "FAILED"
    assert running.script.nodes == ["ask"]


def test_what_has_ended_is_not_stopped(running: RunningMachines) -> None:
    start(running, only={"Type": "Pass"})
    assert running.end("m", "exe_1") == "SUCCEEDED"
    running.machines.stop("m", "exe_1")
    assert running.machines.status("m", "exe_1") == "SUCCEEDED"


@pytest.mark.parametrize("machine", ["m", "absent"])
def test_what_was_never_started_has_no_status_and_needs_no_stop(
    running: RunningMachines, machine: str
) -> None:
    running.machines.create("m", chain(only={"Type": "Pass"}))
    running.machines.stop(machine, "exe_1")
    assert running.machines.status(machine, "exe_1") is None


def test_an_express_machine_runs_and_is_not_told(running: RunningMachines) -> None:
    machines = running.machines
    running.script.on("last", lambda event, _: machines.answer(event["run"]["token"]))
    machines.create("quick", chain(last=task(machines, "last")), express=True)
    start(running, ask=waiting(machines, "ask"))
    machines.start("quick", "exe_2", {"token": running.token()})
    assert running.end("m", "exe_1") == "SUCCEEDED"
    assert machines.status("quick", "exe_2") is None


def test_an_until_in_the_past_is_no_wait(running: RunningMachines) -> None:
    running.script.on("begin", lambda *_: {"until": "2020-01-01T00:00:00Z", "status": "WAITING"})
    first = task(
        running.machines,
        "begin",
        ResultSelector={"until.$": "$.until"},
        ResultPath="$.wait",
    )
    pause = {"Type": "Wait", "TimestampPath": "$.wait.until"}
    start(running, begin=first, pause=pause, after=task(running.machines, "after"))
    assert running.end("m", "exe_1") == "SUCCEEDED"
    assert running.script.nodes == ["begin", "after"]
