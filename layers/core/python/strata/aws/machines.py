"""State machines in Step Functions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from strata.aws.clients import Clients
from strata.aws.failures import dependency, error_code
from strata.ports import MachineDiffers, MachineMissing, MachineStatus
from strata.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import StateMachineTypeType
    from mypy_boto3_stepfunctions.type_defs import LoggingConfigurationTypeDef

_SERVICE = "Step Functions"
_FULL = (
    "ConflictException",
    "ExecutionLimitExceeded",
    "KmsThrottlingException",
    "StateMachineDeleting",
    "StateMachineLimitExceeded",
)
_ABSENT = frozenset(("StateMachineDoesNotExist", "StateMachineDeleting"))
_NOT_TOLD = frozenset(("ExecutionDoesNotExist", "InvalidArn", "StateMachineTypeNotSupported"))
"""An execution of an Express machine has an ARN that only its start tells."""
_NOBODY_WAITS = frozenset(("InvalidToken", "TaskDoesNotExist", "TaskTimedOut"))
_STATUSES: Mapping[str, MachineStatus] = {
    "RUNNING": "RUNNING",
    "SUCCEEDED": "SUCCEEDED",
    "FAILED": "FAILED",
    "TIMED_OUT": "TIMED_OUT",
    "ABORTED": "ABORTED",
    "PENDING_REDRIVE": "RUNNING",
}
_MAX_CAUSE_BYTES = 32_768
_MAX_TOKEN = 2048


class StepFunctionsMachines:
    """`start` is one call of the data plane; only `create` and `delete` use the control plane,
    which takes one call per second.

    An Express machine knows no name that was used before: an execution started again, by a caller
    or by a retry of botocore whose first answer was lost, may run twice. Its nodes then find each
    other's records, as after any other second delivery."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings

    @property
    def run_node(self) -> str:
        return self._settings.run_node

    @property
    def end_execution(self) -> str:
        return self._settings.end_execution

    def arn(self, machine: str) -> str:
        return f"{self._settings.machine_prefix}{machine}"

    def create(self, machine: str, definition: str, *, express: bool = False) -> None:
        arn = self.arn(machine)
        kind: StateMachineTypeType = "EXPRESS" if express else "STANDARD"
        try:
            with dependency(_SERVICE, *_FULL):
                self._client.create_state_machine(
                    name=arn.rpartition(":")[2],
                    definition=definition,
                    roleArn=self._settings.machine_role,
                    type=kind,
                    loggingConfiguration=self._logging(),
                    tracingConfiguration={"enabled": True},
                )
        except ClientError as error:
            if error_code(error) != "StateMachineAlreadyExists":
                raise
            self._refuse_another(arn, definition, kind)

    def start(self, machine: str, execution_id: str, given: Mapping[str, Any]) -> None:
        arn = self.arn(machine)
        text = json.dumps(dict(given), separators=(",", ":"))
        try:
            with dependency(_SERVICE, *_FULL[:3]):
                self._client.start_execution(stateMachineArn=arn, name=execution_id, input=text)
        except ClientError as error:
            if error_code(error) in _ABSENT:
                raise MachineMissing(machine) from error
            if error_code(error) != "ExecutionAlreadyExists":
                raise

    def stop(self, machine: str, execution_id: str) -> None:
        try:
            with dependency(_SERVICE, *_FULL[:3]):
                self._client.stop_execution(executionArn=self._execution(machine, execution_id))
        except ClientError as error:
            if error_code(error) not in _NOT_TOLD:
                raise

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        arn = self._execution(machine, execution_id)
        try:
            with dependency(_SERVICE, *_FULL[:3]):
                return _STATUSES[self._client.describe_execution(executionArn=arn)["status"]]
        except ClientError as error:
            if error_code(error) in _NOT_TOLD:
                return None
            raise

    def answer(self, token: str, failure: str | None = None) -> bool:
        """False as well where an answer of this very call took effect and was lost on its way."""
        if not 0 < len(token) <= _MAX_TOKEN:
            return False
        try:
            with dependency(_SERVICE, *_FULL[:3]):
                self._answer(token, failure)
        except ClientError as error:
            if error_code(error) in _NOBODY_WAITS:
                return False
            raise
        return True

    def forget(self, machine: str, execution_id: str) -> bool:  # noqa: ARG002
        """Step Functions has no call for it."""
        return True

    def delete(self, machine: str) -> None:
        with dependency(_SERVICE, *_FULL):
            self._client.delete_state_machine(stateMachineArn=self.arn(machine))

    def _execution(self, machine: str, execution_id: str) -> str:
        """The ARN of a Standard machine's execution."""
        return f"{self.arn(machine)}:{execution_id}".replace(":stateMachine:", ":execution:", 1)

    def _logging(self) -> "LoggingConfigurationTypeDef":
        """Errors only, and never the data: states carry ids, an error's cause may carry more."""
        group = f"{self._settings.machine_log_group.removesuffix(':*')}:*"
        return {
            "level": "ERROR",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        }

    def _answer(self, token: str, failure: str | None) -> None:
        if failure is None:
            self._client.send_task_success(taskToken=token, output="{}")
        else:
            cause = failure.encode()[:_MAX_CAUSE_BYTES].decode(errors="ignore")
            self._client.send_task_failure(taskToken=token, error="NodeFailed", cause=cause)

    def _refuse_another(self, arn: str, definition: str, kind: "StateMachineTypeType") -> None:
        """Step Functions calls a machine another one for its log group too; its definition decides.

        A name holds the version of the graph and the revision of the compiler, so another
        definition under it is a revision that was not counted up: executions must not mix."""
        with dependency(_SERVICE):
            existing = self._client.describe_state_machine(stateMachineArn=arn)
        if (existing["definition"], existing["type"]) != (definition, kind):
            raise MachineDiffers(arn.rpartition(":")[2])

    @property
    def _client(self) -> "SFNClient":
        client: SFNClient = self._clients.get("stepfunctions")
        return client
