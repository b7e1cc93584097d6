"""State machines in Step Functions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from strata.aws.clients import Clients
from strata.aws.failures import dependency, error_code
from strata.ports import MachineDiffers, MachineMissing
from strata.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
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


class StepFunctionsMachines:
    """`start` is one call of the data plane; only `create` and `delete` use the control plane,
    which takes one call per second."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings

    @property
    def run_node(self) -> str:
        return self._settings.run_node

    @property
    def end_execution(self) -> str:
        return self._settings.end_execution

    def create(self, machine: str, definition: str) -> None:
        arn = self._arn(machine)
        try:
            with dependency(_SERVICE, *_FULL):
                self._client.create_state_machine(
                    name=arn.rpartition(":")[2],
                    definition=definition,
                    roleArn=self._settings.machine_role,
                    type="STANDARD",
                    loggingConfiguration=self._logging(),
                    tracingConfiguration={"enabled": True},
                )
        except ClientError as error:
            if error_code(error) != "StateMachineAlreadyExists":
                raise
            self._refuse_another(arn, definition)

    def start(self, machine: str, execution_id: str, given: Mapping[str, Any]) -> None:
        arn = self._arn(machine)
        text = json.dumps(dict(given), separators=(",", ":"))
        try:
            with dependency(_SERVICE, *_FULL[:3]):
                self._client.start_execution(stateMachineArn=arn, name=execution_id, input=text)
        except ClientError as error:
            if error_code(error) in _ABSENT:
                raise MachineMissing(machine) from error
            if error_code(error) != "ExecutionAlreadyExists":
                raise

    def delete(self, machine: str) -> None:
        with dependency(_SERVICE, *_FULL):
            self._client.delete_state_machine(stateMachineArn=self._arn(machine))

    def _arn(self, machine: str) -> str:
        return f"{self._settings.machine_prefix}{machine}"

    def _logging(self) -> "LoggingConfigurationTypeDef":
        """Errors only, and never the data: states carry ids, an error's cause may carry more."""
        group = f"{self._settings.machine_log_group.removesuffix(':*')}:*"
        return {
            "level": "ERROR",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        }

    def _refuse_another(self, arn: str, definition: str) -> None:
        """Step Functions calls a machine another one for its log group too; its definition decides.

        A name holds the version of the graph and the revision of the compiler, so another
        definition under it is a revision that was not counted up: executions must not mix."""
        with dependency(_SERVICE):
            existing = self._client.describe_state_machine(stateMachineArn=arn)
        if existing["definition"] != definition:
            raise MachineDiffers(arn.rpartition(":")[2])

    @property
    def _client(self) -> "SFNClient":
        client: SFNClient = self._clients.get("stepfunctions")
        return client
