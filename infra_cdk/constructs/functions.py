"""One Lambda function per row of the catalogue, each with a role, a log group and settings."""

from collections.abc import Mapping

from aws_cdk import AssetHashType, Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_iam import PolicyDocument, PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra_cdk import access, acknowledged, assets
from infra_cdk.access import Arns
from infra_cdk.acknowledged import own
from infra_cdk.names import Names
from strata.catalogue import CATALOGUE, Function

_TRACE = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
_NOT_NEEDED = {
    "CKV_AWS_115": "The API's throttle and the queue's concurrency bound what reaches a function; "
    "a reserve would take from the account's pool",
    "CKV_AWS_116": "Who calls waits for the answer and retries; what comes as an event has a "
    "destination for its failures",
    "CKV_AWS_117": "It reaches public services and the internet alone; a VPC would add nothing but "
    "a gateway to pay for",
    "CKV_AWS_173": "The environment holds names and no secrets",
}


class Functions(Construct):
    """`by_name` holds the functions; `arns` and `settings` tell what the catalogue speaks of."""

    def __init__(
        self,
        scope: Construct,
        names: Names,
        *,
        target: assets.Target,
        key: IKey,
        arns: Arns,
        settings: Mapping[str, str],
    ) -> None:
        super().__init__(scope, "Functions")
        self._names, self._target, self._key = names, target, key
        self._arns, self._settings = arns, settings
        self._layers = [
            self._layer("Core", assets.core(target)),
            self._layer("Dependencies", assets.dependencies(target)),
        ]
        self.by_name = {row.name: self._function(row) for row in CATALOGUE}

    def _layer(self, name: str, asset: assets.Asset) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name,
            code=_code(asset),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
        )

    def _function(self, row: Function) -> lambda_.Function:
        scope = Construct(self, row.name)
        log_group = self._log_group(scope, row)
        function = lambda_.Function(
            scope,
            "Function",
            function_name=self._names.function(row.name),
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="handler.handler",
            code=_code(assets.function(row.name, self._target)),
            layers=self._layers,
            memory_size=row.memory,
            timeout=Duration.seconds(row.timeout),
            # The catalogue's grants are all: the CDK shall add none of its own.
            role=self._role(scope, row, log_group).without_policy_updates(),
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
            environment=self._environment(row),
        )
        _acknowledge(function)
        # The CDK orders the function after its role, and so does the role's ARN: once is enough.
        own(function).add_deletion_override("DependsOn")
        return function

    def _log_group(self, scope: Construct, row: Function) -> LogGroup:
        return LogGroup(
            scope,
            "Log",
            log_group_name=self._names.log_group(row.name),
            encryption_key=self._key,
            retention=self._names.stage.log_retention,
            removal_policy=self._names.stage.removal,
        )

    def _role(self, scope: Construct, row: Function, log_group: LogGroup) -> Role:
        write_log = PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
        trace = PolicyStatement(actions=_TRACE, resources=["*"])
        granted = access.statements(self._names, row, self._arns)
        role = Role(
            scope,
            "Role",
            description=f"Function {row.name}: what the catalogue grants it",
            assumed_by=ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Granted": PolicyDocument(statements=[write_log, trace, *granted])},
        )
        acknowledged.nag(role, _wildcard("*"), "X-Ray has no resources: AWS asks for *")
        for arn, reason in access.wildcards(self._names.stack, row, self._arns):
            acknowledged.nag(role, _wildcard(arn), reason)
        return role

    def _environment(self, row: Function) -> dict[str, str]:
        stage = self._names.stage
        granted = {f"STRATA_{name.upper()}": self._settings[name] for name in row.settings}
        return {
            "STRATA_STAGE": stage.name,
            "STRATA_LOG_LEVEL": stage.log_level,
            **granted,
        }


def _code(asset: assets.Asset) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(asset.path), asset_hash=asset.hash, asset_hash_type=AssetHashType.CUSTOM
    )


def _wildcard(arn: str) -> str:
    return f"AwsSolutions-IAM5[Resource::{arn}]"


def _acknowledge(function: lambda_.Function) -> None:
    acknowledged.nag(function, "AwsSolutions-L1", "Python 3.14 starts 1.27 times slower than 3.13")
    for rule, reason in _NOT_NEEDED.items():
        acknowledged.checkov(function, rule, reason)
