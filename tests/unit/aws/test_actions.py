"""What AWS' services can do, in the spelling of Step Functions."""

import pytest

from strata.aws.actions import actions_of


@pytest.mark.parametrize(
    ("service", "action"),
    [
        ("s3", "listObjectsV2"),
        ("dynamodb", "transactWriteItems"),
        ("rds", "describeDBInstances"),
        ("sfn", "startSyncExecution"),
        ("cloudwatchlogs", "putLogEvents"),
        ("eventbridge", "putEvents"),
        ("databasemigration", "startReplicationTask"),
        ("config", "putEvaluations"),
        ("elasticloadbalancingv2", "describeTargetHealth"),
    ],
)
def test_an_action_is_known(service: str, action: str) -> None:
    assert action in actions_of(service)


@pytest.mark.parametrize("action", ["ListBuckets", "listBuckts", "list_buckets", ""])
def test_an_action_that_is_spelled_otherwise_is_unknown(action: str) -> None:
    assert action not in actions_of("s3")


@pytest.mark.parametrize("service", ["stepfunctions", "logs", "S3", "s4", "", "../s3"])
def test_a_service_that_is_spelled_otherwise_has_no_actions(service: str) -> None:
    assert actions_of(service) == frozenset()
