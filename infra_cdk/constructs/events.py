"""What calls functions besides the API and the machines: the queue, the end of an execution, and
the clock."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_events import EventPattern, Rule, Schedule
from aws_cdk.aws_events_targets import LambdaFunction
from constructs import Construct

from infra_cdk.constructs.functions import Functions
from infra_cdk.constructs.queues import Queues
from infra_cdk.names import Names
from strata.catalogue import CATALOGUE, Function

_MAX_STARTS_AT_ONCE = 10
_MAX_EVENT_AGE_SECONDS = 6 * 3600
"""Longer than this AWS lets no event wait."""


class Events(Construct):
    def __init__(
        self, scope: Construct, names: Names, functions: Functions, queues: Queues
    ) -> None:
        super().__init__(scope, "Events")
        self._start_from_queue(functions.by_name["start_queued"], queues)
        self._end_what_ended_badly(names, functions.by_name["end_execution"], queues)
        for row in CATALOGUE:
            if "schedule" in row.serves:
                self._call_regularly(row, functions.by_name[row.name])

    def _start_from_queue(self, function: lambda_.Function, queues: Queues) -> None:
        lambda_.EventSourceMapping(
            self,
            "Starts",
            target=function,
            event_source_arn=queues.starts.queue_arn,
            batch_size=10,
            max_concurrency=_MAX_STARTS_AT_ONCE,
            report_batch_item_failures=True,
        )

    def _end_what_ended_badly(
        self, names: Names, function: lambda_.Function, queues: Queues
    ) -> None:
        """A machine that failed, ran out of time or was stopped has not reached its last state.

        An item of a Distributed Map is an execution too, with a name that Step Functions gave it;
        its failure is the Map's affair."""
        Rule(
            self,
            "Ended",
            description="State machines of this environment that ended without their last state",
            event_pattern=EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                    "stateMachineArn": [{"prefix": names.machine_arn("")}],
                    "name": [{"prefix": "exe_"}],
                },
            ),
            targets=[LambdaFunction(function, retry_attempts=10, max_event_age=Duration.hours(2))],
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "EndFailures",
            function_name=function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=queues.dead_letters.queue_arn
                )
            ),
        )

    def _call_regularly(self, row: Function, function: lambda_.Function) -> None:
        """A call that fails is not tried again: the next one is due before that would help."""
        Rule(
            self,
            f"Every{row.every_minutes}Minutes",
            description=f"Calls {row.name} every {row.every_minutes} minutes",
            schedule=Schedule.rate(Duration.minutes(row.every_minutes)),
            targets=[LambdaFunction(function, retry_attempts=0)],
        )
        lambda_.CfnEventInvokeConfig(
            self,
            f"{row.name}Failures",
            function_name=function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=min(60 * row.every_minutes, _MAX_EVENT_AGE_SECONDS),
        )
