"""An AWS account in moto with what the stack would make, and the settings that name it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from moto import mock_aws
from moto.core.config import DefaultConfig

from strata.aws.clients import Clients
from strata.ports import INDEXES
from strata.settings import Settings

REGION = "eu-west-1"
ACCOUNT = "123456789012"
TABLE = "strata-test"
BUCKET = "strata-test-values"
MACHINES = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:strata-test-"

CLIENTS = Clients()
"""Shared by all tests of a process: to make one takes longer than to use it."""


@contextmanager
def account(
    monkeypatch: pytest.MonkeyPatch, config: DefaultConfig | None = None
) -> Iterator[Settings]:
    """The account stands while the context lasts, without keys; `config` is moto's own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_aws(config=config):
        _make_table()
        CLIENTS.get("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield Settings(
            stage="test",
            table=TABLE,
            bucket=BUCKET,
            queue_url=CLIENTS.get("sqs").create_queue(QueueName="strata-test")["QueueUrl"],
            machine_prefix=MACHINES,
            machine_role=f"arn:aws:iam::{ACCOUNT}:role/strata-test-machines",
            machine_log_group=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:strata-test",
            run_node=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strata-test-run_node",
            end_execution=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strata-test-end_execution",
        )


def with_keys(settings: Settings) -> Settings:
    """Apart from the rest, since moto takes its time to make keys."""
    key, signing_key = _make_key(), _make_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return replace(settings, key=key, signing_key=signing_key)


def _make_table() -> None:
    """Every index repeats the whole item, so that a list needs no second read."""
    keys = [("pk", "sk"), *((f"{index}pk", f"{index}sk") for index in INDEXES)]
    CLIENTS.get("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for pair in keys for name in pair
        ],
        KeySchema=_key_schema(*keys[0]),
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": _key_schema(*pair),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, pair in zip(INDEXES, keys[1:], strict=True)
        ],
    )


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _make_key(**properties: str) -> str:
    arn: str = CLIENTS.get("kms").create_key(**properties)["KeyMetadata"]["Arn"]
    return arn
