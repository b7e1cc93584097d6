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
    "StopExecution": lambda machines: machines.stop("m", "exe_1"),
    "DescribeExecution": lambda machines: machines.status("m", "exe_1"),
    "SendTaskSuccess": lambda machines: machines.answer("token"),
    "SendTaskFailure": lambda machines: machines.answer("token", "why"),
}
NOT_TOLD = ("ExecutionDoesNotExist", "InvalidArn", "StateMachineTypeNotSupported")
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


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("operation", ["StopExecution", "DescribeExecution"])
def test_one_fault_changes_no_answer_about_an_execution(
    machines: Machines, line: Line, fault: Fault, operation: str
) -> None:
    machines.start("m", "exe_1", {})
    line.fail(on(operation, fault))
    CALLS[operation](machines)
    stopped = operation == "StopExecution"
    assert machines.status("m", "exe_1") == ("ABORTED" if stopped else "RUNNING")
    assert line.all_faults_hit


@pytest.mark.parametrize("code", NOT_TOLD)
def test_an_execution_that_is_not_told_has_no_status_and_needs_no_stop(
    machines: Machines, line: Line, code: str
) -> None:
    line.fail(Fault("DescribeExecution", code), Fault("StopExecution", code))
    assert machines.status("m", "exe_1") is None
    machines.stop("m", "exe_1")
    assert line.all_faults_hit


def test_an_execution_of_an_express_machine_is_not_told(aws: Platform) -> None:
    aws.machines.create("quick", DEFINITION, express=True)
    aws.machines.start("quick", "exe_1", {})
    aws.machines.stop("quick", "exe_1")
    assert aws.machines.status("quick", "exe_1") is None


def test_an_execution_on_its_way_to_be_taken_up_again_runs(machines: Machines, line: Line) -> None:
    told = {"status": "PENDING_REDRIVE"}
    line.fail(Fault("DescribeExecution", "", 200, content=told))
    assert machines.status("m", "exe_1") == "RUNNING"


@pytest.mark.parametrize("code", ["InvalidToken", "TaskDoesNotExist", "TaskTimedOut"])
@pytest.mark.parametrize("failure", [None, "why"])
def test_where_nobody_waits_an_answer_is_told_to_be_in_vain(
    machines: Machines, line: Line, code: str, failure: str | None
) -> None:
    line.fail(Fault(f"SendTask{'Failure' if failure else 'Success'}", code))
    assert not machines.answer("token", failure)
    assert line.all_faults_hit


@pytest.mark.parametrize("token", ["", "t" * 2049])
def test_what_cannot_be_a_token_is_not_sent(machines: Machines, line: Line, token: str) -> None:
    line.calls.clear()
    assert not machines.answer(token)
    assert line.calls == {}


def test_a_long_cause_is_cut_between_two_characters(machines: Machines) -> None:
    assert machines.answer("token", "€" * 20_000)


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


def test_another_kind_of_machine_is_refused_by_name(machines: Machines) -> None:
    with pytest.raises(MachineDiffers, match="strata-test-m"):
        machines.create("m", DEFINITION, express=True)


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


def test_an_express_machine_writes_the_same_log(aws: Platform) -> None:
    sfn = CLIENTS.get("stepfunctions")
    aws.machines.create("quick", DEFINITION, express=True)
    aws.machines.create("m", DEFINITION)
    quick, standard = (
        sfn.describe_state_machine(stateMachineArn=aws.machines.arn(name))
        for name in ("quick", "m")
    )
    assert quick["type"] == "EXPRESS"
    assert quick["loggingConfiguration"] == standard["loggingConfiguration"]


def test_a_start_is_one_call_of_the_data_plane(machines: Machines, line: Line) -> None:
    line.calls.clear()
    machines.start("m", "exe_1", {})
    assert line.calls == {"StartExecution": 1}
