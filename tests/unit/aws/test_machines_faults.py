"""Step Functions on a line that breaks, and its refusals."""

import json
from collections.abc import Callable

import pytest

from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import MachineDiffers, MachineMissing, Machines
from strata.settings import Settings
from tests.account import CLIENTS, MACHINES
from tests.faults import Fault, Line

DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
CALLS: dict[str, Callable[[Machines], object]] = {
    "StartExecution": lambda machines: machines.start("m", "exe_1", {}),
    "CreateStateMachine": lambda machines: machines.create("m", DEFINITION),
    "DeleteStateMachine": lambda machines: machines.delete("m"),
}
FAULTS = [
    Fault("", "ThrottlingException"),
    Fault("", "ServiceUnavailable", 503),
    Fault("", "InternalServerError", 500, after=True),
    Fault("", "timeout"),
    Fault("", "timeout", after=True),
    Fault("", "closed", after=True),
    Fault("", "unreachable"),
]


def on(operation: str, fault: Fault) -> Fault:
    return Fault(operation, fault.answer, fault.status, fault.after)


@pytest.fixture
def machines(aws: Platform) -> Machines:
    aws.machines.create("m", DEFINITION)
    return aws.machines


def executions() -> list[str]:
    arn = f"{MACHINES}m"
    found = CLIENTS.get("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    return [execution["name"] for execution in found]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_one_fault_starts_one_execution(machines: Machines, line: Line, fault: Fault) -> None:
    line.fail(on("StartExecution", fault))
    machines.start("m", "exe_1", {"a": 1})
    assert executions() == ["exe_1"]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_one_fault_makes_one_machine(aws: Platform, line: Line, fault: Fault) -> None:
    line.fail(on("CreateStateMachine", fault))
    aws.machines.create("m", DEFINITION)
    found = CLIENTS.get("stepfunctions").list_state_machines()["stateMachines"]
    assert [machine["name"] for machine in found] == ["strata-test-m"]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_one_fault_deletes_the_machine(machines: Machines, line: Line, fault: Fault) -> None:
    line.fail(on("DeleteStateMachine", fault))
    machines.delete("m")
    assert CLIENTS.get("stepfunctions").list_state_machines()["stateMachines"] == []


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_lasting_fault_is_unavailable(
    machines: Machines, line: Line, fault: Fault, operation: str
) -> None:
    line.fail(*[on(operation, fault)] * 10)
    with pytest.raises(Unavailable):
        CALLS[operation](machines)


@pytest.mark.parametrize("code", ["ExecutionLimitExceeded", "KmsThrottlingException"])
def test_a_full_account_starts_nothing_now(machines: Machines, line: Line, code: str) -> None:
    line.fail(Fault("StartExecution", code))
    with pytest.raises(Unavailable):
        machines.start("m", "exe_1", {})


def test_an_execution_that_has_ended_is_not_started_again(machines: Machines, line: Line) -> None:
    line.fail(Fault("StartExecution", "ExecutionAlreadyExists"))
    machines.start("m", "exe_1", {})
    assert executions() == []


def test_a_machine_on_its_way_out_is_missing(machines: Machines, line: Line) -> None:
    line.fail(Fault("StartExecution", "StateMachineDeleting"))
    with pytest.raises(MachineMissing):
        machines.start("m", "exe_1", {})


def test_a_machine_on_its_way_out_cannot_be_made_now(machines: Machines, line: Line) -> None:
    line.fail(Fault("CreateStateMachine", "StateMachineDeleting"))
    with pytest.raises(Unavailable):
        machines.create("m", DEFINITION)


def test_another_configuration_with_the_same_definition_is_the_same_machine(
    machines: Machines, line: Line
) -> None:
    line.fail(Fault("CreateStateMachine", "StateMachineAlreadyExists"))
    machines.create("m", DEFINITION)


def test_another_definition_is_refused_by_name(machines: Machines) -> None:
    with pytest.raises(MachineDiffers, match="strata-test-m"):
        machines.create("m", DEFINITION.replace("A", "B"))


@pytest.mark.parametrize("operation", CALLS)
def test_a_missing_permission_is_no_passing_trouble(
    machines: Machines, line: Line, operation: str
) -> None:
    line.fail(Fault(operation, "AccessDeniedException"))
    with pytest.raises(Exception, match="AccessDenied") as failed:
        CALLS[operation](machines)
    assert not isinstance(failed.value, Unavailable)


def test_a_machine_has_its_role_traces_and_logs_without_data(
    machines: Machines, aws_settings: Settings
) -> None:
    described = CLIENTS.get("stepfunctions").describe_state_machine(stateMachineArn=f"{MACHINES}m")
    group = {"logGroupArn": f"{aws_settings.machine_log_group}:*"}
    assert described["type"] == "STANDARD"
    assert described["roleArn"] == aws_settings.machine_role
    assert described["tracingConfiguration"] == {"enabled": True}
    assert described["loggingConfiguration"] == {
        "level": "ERROR",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": group}],
    }


def test_a_start_is_one_call_of_the_data_plane(machines: Machines, line: Line) -> None:
    line.calls.clear()
    machines.start("m", "exe_1", {})
    assert line.calls == {"StartExecution": 1}
