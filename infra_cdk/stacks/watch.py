"""The alarms of an environment: a stack of its own, so that a change of a threshold touches
nothing that holds data, and so that an emulator without metric math takes the other (ADR 0008)."""

from aws_cdk import CfnOutput, Stack
from aws_cdk.aws_cloudwatch import Metric
from aws_cdk.aws_dynamodb import Operation
from constructs import Construct

from infra_cdk.constructs.alarms import MINUTES, Alarms, counted, ratio, total
from infra_cdk.stacks.environment import Environment
from strata.catalogue import CATALOGUE, Function
from strata.model.execution import Status
from strata.observability import NAMESPACE

_OPERATIONS = [
    Operation.GET_ITEM,
    Operation.BATCH_GET_ITEM,
    Operation.QUERY,
    Operation.PUT_ITEM,
    Operation.UPDATE_ITEM,
    Operation.DELETE_ITEM,
    Operation.TRANSACT_WRITE_ITEMS,
]


class Watch(Stack):
    def __init__(self, scope: Construct, environment: Environment) -> None:
        stage = environment.names.stage
        super().__init__(
            scope,
            f"strata-{stage.name}-alarms",
            description=f"Strata, alarms of environment {stage.name}",
        )
        self._environment = environment
        self._alarms = Alarms(self, environment.keys.data)
        self._watch_api()
        for row in CATALOGUE:
            self._watch_function(row)
        self._watch_queues()
        self._watch_executions()
        self._watch_losses()
        self._watch_table()
        CfnOutput(self, "Topic", value=self._alarms.topic.topic_arn)

    def _watch_api(self) -> None:
        api = self._environment.api.http
        self._alarms.raise_when(
            "ApiErrors",
            "More than 1 % of the answers are the server's errors",
            ratio(api.metric_server_error(), api.metric_count(), at_least=50),
            above=1,
            periods=2,
        )
        self._alarms.raise_when(
            "ApiLatency",
            "One answer in twenty takes longer than 2 seconds",
            api.metric_latency(statistic="p95", period=MINUTES),
            above=2000,
            periods=3,
        )

    def _watch_function(self, row: Function) -> None:
        function = self._environment.functions.by_name[row.name]
        if row.steers_by_errors:
            self._alarms.raise_when(
                f"{row.name}Errors",
                f"More than half of the calls of {row.name} end in an error: nodes of users fail "
                "one by one, not all at once",
                ratio(function.metric_errors(), function.metric_invocations(), at_least=50),
                above=50,
                periods=2,
            )
        else:
            self._alarms.raise_when(
                f"{row.name}Errors",
                f"The function {row.name} crashed or ran out of time",
                counted(function.metric_errors()),
                above=0,
            )
        self._alarms.raise_when(
            f"{row.name}Throttles",
            f"Calls of the function {row.name} were turned away",
            counted(function.metric_throttles()),
            above=0,
        )

    def _watch_queues(self) -> None:
        queues = self._environment.queues
        self._alarms.raise_when(
            "QueueAge",
            "A message has waited for more than 5 minutes to start its execution",
            queues.starts.metric_approximate_age_of_oldest_message(
                statistic="Maximum", period=MINUTES
            ),
            above=300,
        )
        self._alarms.raise_when(
            "DeadLetters",
            "Messages failed too often and wait for a person",
            queues.dead_letters.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=MINUTES
            ),
            above=0,
        )

    def _watch_executions(self) -> None:
        """By our own metric: that of Step Functions counts each machine for itself."""
        for name, status, above, meaning in (
            ("ExecutionsFailed", Status.FAILED, 20, "Many executions failed in five minutes"),
            ("ExecutionsTimedOut", Status.TIMED_OUT, 0, "An execution ran out of time"),
        ):
            metric = Metric(
                namespace=NAMESPACE,
                metric_name="Executions",
                dimensions_map={
                    "stage": self._environment.names.stage.name,
                    "status": status.value,
                },
            )
            self._alarms.raise_when(name, meaning, counted(metric), above=above)

    def _watch_losses(self) -> None:
        for name, meaning, periods in (
            ("AuditFailures", "An entry of the audit log is lost, but for its line in the logs", 1),
            ("Repairs", "A warning: something was lost on its way, and a sweep repaired it", 1),
            ("FailedRepairs", "What was lost could not be repaired three sweeps in a row", 3),
        ):
            metric = Metric(
                namespace=NAMESPACE,
                metric_name=name,
                dimensions_map={"stage": self._environment.names.stage.name},
            )
            self._alarms.raise_when(name, meaning, counted(metric), above=0, periods=periods)

    def _watch_table(self) -> None:
        table = self._environment.storage.table
        of_table = {"TableName": table.table_name}
        for name, metric_name, meaning in (
            ("TableThrottles", "ThrottledRequests", "The table turns requests away"),
            ("TableErrors", "SystemErrors", "The table answers with errors of its own"),
        ):
            metrics = [
                Metric(
                    namespace="AWS/DynamoDB",
                    metric_name=metric_name,
                    dimensions_map={**of_table, "Operation": operation.value},
                )
                for operation in _OPERATIONS
            ]
            self._alarms.raise_when(name, meaning, total(metrics), above=0)
