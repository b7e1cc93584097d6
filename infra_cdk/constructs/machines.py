"""What state machines run under: they are made at run time, their role and their log are not."""

from aws_cdk.aws_iam import PolicyDocument, PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra_cdk import access, acknowledged
from infra_cdk.names import Names
from strata.catalogue import CATALOGUE

# AWS knows no resource for these: log delivery and tracing are rights on `*`.
_DELIVER_LOGS = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
]
# For parts of a machine (`startExecution.sync:2`) and the child executions of a Distributed Map.
_FOLLOW = ["states:DescribeExecution", "states:StopExecution"]
_LEARN_OF_ENDS = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
TRACE = [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
]


class Machines(Construct):
    def __init__(self, scope: Construct, names: Names, key: IKey) -> None:
        super().__init__(scope, "Machines")
        self.log_group = LogGroup(
            self,
            "Log",
            log_group_name=names.machine_log_group,
            encryption_key=key,
            retention=names.stage.log_retention,
            removal_policy=names.stage.removal,
        )
        self.role = self._role(names)

    def _role(self, names: Names) -> Role:
        tasks = [names.function_arn(one.name) for one in CATALOGUE if "task" in one.serves]
        machines, executions = names.machine_arn("*"), names.execution_arn("*")
        statements = [
            PolicyStatement(actions=["lambda:InvokeFunction"], resources=tasks),
            PolicyStatement(actions=["states:StartExecution"], resources=[machines]),
            PolicyStatement(actions=_FOLLOW, resources=[executions]),
            PolicyStatement(actions=_LEARN_OF_ENDS, resources=[names.nested_end_rule]),
            PolicyStatement(actions=[*_DELIVER_LOGS, *TRACE], resources=["*"]),
        ]
        role = Role(
            self,
            "Role",
            description="State machines: run nodes, end executions, start parts, log and trace",
            assumed_by=ServicePrincipal(
                "states.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": names.stack.account},
                    "ArnLike": {"aws:SourceArn": names.machine_arn("*")},
                },
            ),
            inline_policies={"Run": PolicyDocument(statements=statements)},
        )
        reason = "Log delivery and X-Ray have no resources of their own: AWS asks for *"
        acknowledged.nag(role, "AwsSolutions-IAM5[Resource::*]", reason)
        reason = "A machine starts its parts and its map runs: names of this environment alone"
        for arn in (machines, executions):
            name = access.written(names.stack.resolve(arn))
            acknowledged.nag(role, f"AwsSolutions-IAM5[Resource::{name}]", reason)
        return role
