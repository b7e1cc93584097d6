"""The two keys of an environment: one that encrypts, and the first that signs; later ones are made
at run time, and let go."""

from aws_cdk import Tags
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_kms import Key, KeySpec, KeyUsage
from constructs import Construct

from infra_cdk.names import Names
from strata.catalogue import SIGNING_TAG


class Keys(Construct):
    """`data` encrypts what lies still and wraps data keys; `signing` signs access tokens until the
    first rotation."""

    def __init__(self, scope: Construct, names: Names) -> None:
        super().__init__(scope, "Keys")
        self.data = Key(
            self,
            "Data",
            description=f"Strata {names.stage.name}: data at rest, and data keys of credentials",
            enable_key_rotation=True,
            removal_policy=names.stage.removal,
        )
        self.signing = Key(
            self,
            "Signing",
            description=f"Strata {names.stage.name}: signs access tokens (ES256)",
            key_spec=KeySpec.ECC_NIST_P256,
            key_usage=KeyUsage.SIGN_VERIFY,
            removal_policy=names.stage.removal,
        )
        Tags.of(self.signing).add(SIGNING_TAG, names.stage.name)
        self._let_logs_encrypt(names)
        self._let_alarms_encrypt(names)

    def _let_logs_encrypt(self, names: Names) -> None:
        groups = [
            names.log_group_arn(name) for name in (names.log_group("*"), names.machine_log_group)
        ]
        self._allow(
            f"logs.{names.stack.region}.amazonaws.com",
            [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:GenerateDataKey",
                "kms:DescribeKey",
            ],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )

    def _let_alarms_encrypt(self, names: Names) -> None:
        self._allow(
            "cloudwatch.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"StringEquals": {"aws:SourceAccount": names.stack.account}},
        )

    def _allow(self, service: str, actions: list[str], conditions: dict[str, object]) -> None:
        # In a key's own policy, * is this key.
        statement = PolicyStatement(
            principals=[ServicePrincipal(service)],
            actions=actions,
            resources=["*"],
            conditions=conditions,
        )
        self.data.add_to_resource_policy(statement)
