"""Where data lives: one table, and a bucket for values that do not fit into an item."""

from aws_cdk import Duration
from aws_cdk.aws_dynamodb import (
    Attribute,
    AttributeType,
    BillingMode,
    PointInTimeRecoverySpecification,
    ProjectionType,
    Table,
    TableEncryption,
)
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_s3 import BlockPublicAccess, Bucket, BucketEncryption, LifecycleRule
from constructs import Construct

from infra_cdk import acknowledged
from infra_cdk.stages import Stage
from strata.ports import INDEXES, REFRESH_DAYS


class Storage(Construct):
    def __init__(self, scope: Construct, stage: Stage, key: IKey) -> None:
        super().__init__(scope, "Storage")
        self.table = self._table(stage, key)
        self.bucket = self._bucket(stage, key)

    def _table(self, stage: Stage, key: IKey) -> Table:
        table = Table(
            self,
            "Table",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=BillingMode.PAY_PER_REQUEST,
            encryption=TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires",
            deletion_protection=stage.keeps_data,
            removal_policy=stage.removal,
        )
        for index in INDEXES:
            table.add_global_secondary_index(
                index_name=index,
                partition_key=_text(f"{index}pk"),
                sort_key=_text(f"{index}sk"),
                projection_type=ProjectionType.ALL,
            )
        return table

    def _bucket(self, stage: Stage, key: IKey) -> Bucket:
        bucket = Bucket(
            self,
            "Bucket",
            block_public_access=BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            encryption=BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            versioned=True,
            lifecycle_rules=[
                LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    noncurrent_version_expiration=Duration.days(30),
                    expired_object_delete_marker=True,
                ),
                # Of executions alone: contents and plans of graphs lie under `graphs/`.
                LifecycleRule(
                    prefix="values/", expiration=Duration.days(stage.value_days + REFRESH_DAYS)
                ),
            ],
            removal_policy=stage.removal,
        )
        reason = (
            "The functions alone reach the bucket, by ids that the table knows; "
            "who did what is in their logs, and a bucket of logs would hold more than this one"
        )
        acknowledged.nag(bucket, "AwsSolutions-S1", reason)
        acknowledged.checkov(bucket, "CKV_AWS_18", reason)
        return bucket


def _text(name: str) -> Attribute:
    return Attribute(name=name, type=AttributeType.STRING)
