"""What an environment is made of: kept, encrypted, watched, and nothing beside the catalogue."""

import json
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.aws_sqs import Queue

from infra_cdk import routes
from infra_cdk.app import build
from strata.catalogue import CATALOGUE, Function
from strata.ports import INDEXES
from strata.settings import Settings
from tests.infra.conftest import Template

pytestmark = pytest.mark.xdist_group("infra")

Json = dict[str, Any]


def _only(found: dict[str, Json]) -> Json:
    (one,) = found.values()
    return one


def _function(row: Function, template: Template) -> Json:
    functions = template.resources("AWS::Lambda::Function").values()
    (function,) = (one for one in functions if one["FunctionName"] == f"strata-dev-{row.name}")
    return function


def test_the_catalogue_is_all_functions_there_are(environment: Template, stage: str) -> None:
    functions = environment.resources("AWS::Lambda::Function").values()
    names = {one["FunctionName"] for one in functions}
    assert names == {f"strata-{stage}-{row.name}" for row in CATALOGUE}


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_a_function_is_as_its_row_says(row: Function, dev: Template) -> None:
    function = _function(row, dev)
    assert (function["MemorySize"], function["Timeout"]) == (row.memory, row.timeout)
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert len(function["Layers"]) == 2


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_a_function_is_told_what_its_grants_name_and_no_more(row: Function, dev: Template) -> None:
    told = set(_function(row, dev)["Environment"]["Variables"])
    always = {"STRATA_STAGE", "STRATA_LOG_LEVEL"}
    assert told == always | {f"STRATA_{name.upper()}" for name in row.settings}


_BOUND = {
    "STRATA_LOG_LEVEL": "ERROR",
    "STRATA_MOST_RUNNING": "7",
    "STRATA_REQUESTS_PER_MINUTE": "7",
    "STRATA_REQUESTS_PER_DAY": "7",
    "STRATA_SIGN_UPS_PER_HOUR": "7",
    "STRATA_VERIFIED_EMAIL": "required",
}
"""What would be refused as any text; none of these is a default."""


def test_what_functions_are_told_are_settings(dev: Template) -> None:
    for row in CATALOGUE:
        names = _function(row, dev)["Environment"]["Variables"]
        told = {name: _BOUND.get(name, "told") for name in names}
        read = Settings.from_mapping(told)
        assert sum(value in {"told", *_BOUND.values()} for value in _values(read)) == len(told)


def _values(settings: Settings) -> list[str]:
    return [getattr(settings, name) for name in Settings.__slots__]


def test_who_hands_out_addresses_is_told_that_of_the_api(dev: Template) -> None:
    (api,) = dev.all("AWS::ApiGatewayV2::Api")
    (row,) = (one for one in CATALOGUE if one.name == "run_node")
    told = _function(row, dev)["Environment"]["Variables"]["STRATA_PUBLIC_URL"]
    assert told == {"Fn::GetAtt": [api, "ApiEndpoint"]}


def test_no_stack_opens_the_way_that_is_for_tests(environment: Template, alarms: Template) -> None:
    for template in (environment, alarms):
        assert "ALLOWED_UPSTREAM" not in json.dumps(template.document).upper()


def test_each_log_group_is_encrypted_and_ends(environment: Template, stage: str) -> None:
    groups = environment.resources("AWS::Logs::LogGroup").values()
    names = {one["LogGroupName"] for one in groups}
    own = {f"/strata/{stage}/{row.name}" for row in CATALOGUE}
    assert names == own | {f"/strata/{stage}/api", f"/aws/vendedlogs/states/strata-{stage}"}
    for group in groups:
        assert group["RetentionInDays"] == {"dev": 14, "staging": 30, "prod": 365}[stage]
        assert group["KmsKeyId"]["Fn::GetAtt"][0].startswith("KeysData")


def test_the_table_has_the_indexes_of_the_store_with_whole_items(environment: Template) -> None:
    table = _only(environment.resources("AWS::DynamoDB::Table"))
    keys = {
        one["IndexName"]: [key["AttributeName"] for key in one["KeySchema"]]
        for one in table["GlobalSecondaryIndexes"]
    }
    assert keys == {index: [f"{index}pk", f"{index}sk"] for index in INDEXES}
    kinds = {one["Projection"]["ProjectionType"] for one in table["GlobalSecondaryIndexes"]}
    assert kinds == {"ALL"}


def test_the_table_is_kept_encrypted_and_recoverable(environment: Template, stage: str) -> None:
    table = _only(environment.resources("AWS::DynamoDB::Table"))
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"]["SSEType"] == "KMS"
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["DeletionProtectionEnabled"] is (stage != "dev")


@pytest.mark.parametrize(
    "kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup"]
)
def test_what_holds_data_outlives_its_stack_outside_dev(
    kind: str, environment: Template, stage: str
) -> None:
    fates = {one["DeletionPolicy"] for one in environment.all(kind).values()}
    assert fates == {"Delete" if stage == "dev" else "Retain"}


def test_the_bucket_is_closed_encrypted_and_spoken_to_by_tls_alone(environment: Template) -> None:
    bucket = _only(environment.resources("AWS::S3::Bucket"))
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    policy = _only(environment.resources("AWS::S3::BucketPolicy"))["PolicyDocument"]
    assert _refuses_plain_text(policy)


def test_values_of_executions_come_to_an_end_and_nothing_else_does(environment: Template) -> None:
    bucket = _only(environment.resources("AWS::S3::Bucket"))
    rules = bucket["LifecycleConfiguration"]["Rules"]
    ending = [one for one in rules if "ExpirationInDays" in one]
    assert [(one["Prefix"], one["ExpirationInDays"]) for one in ending] == [("values/", 97)]
    assert all(one["Status"] == "Enabled" for one in rules)


def test_the_queues_are_encrypted_and_spoken_to_by_tls_alone(environment: Template) -> None:
    queues = environment.resources("AWS::SQS::Queue")
    assert all("KmsMasterKeyId" in queue for queue in queues.values())
    policies = environment.resources("AWS::SQS::QueuePolicy").values()
    assert len(policies) == len(queues) == 2
    assert all(_refuses_plain_text(one["PolicyDocument"]) for one in policies)


def _refuses_plain_text(policy: Json) -> bool:
    return any(
        one["Effect"] == "Deny" and one["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for one in policy["Statement"]
    )


def test_a_message_that_fails_five_times_waits_for_a_person(environment: Template) -> None:
    queues = environment.resources("AWS::SQS::Queue").values()
    (redrive,) = (one["RedrivePolicy"] for one in queues if "RedrivePolicy" in one)
    assert redrive["maxReceiveCount"] == 5


def test_of_a_batch_only_what_failed_comes_again(environment: Template) -> None:
    source = _only(environment.resources("AWS::Lambda::EventSourceMapping"))
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_one_key_turns_over_and_the_other_signs(environment: Template) -> None:
    data, signing = environment.resources("AWS::KMS::Key").values()
    assert data["EnableKeyRotation"] is True
    assert (signing["KeySpec"], signing["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


def test_the_api_has_the_routes_that_the_handlers_declare_and_one_for_all_else(
    environment: Template,
) -> None:
    keys = [one["RouteKey"] for one in environment.resources("AWS::ApiGatewayV2::Route").values()]
    assert sorted(keys) == sorted([*(route.key for _, route in routes.declared()), "$default"])


def test_every_route_with_a_permission_asks_the_authorizer(environment: Template) -> None:
    guarded = {route.key for _, route in routes.declared() if route.permission}
    for route in environment.resources("AWS::ApiGatewayV2::Route").values():
        asked = "CUSTOM" if route["RouteKey"] in guarded else "NONE"
        assert route["AuthorizationType"] == asked


def test_the_authorizer_is_asked_every_time(environment: Template) -> None:
    authorizer = _only(environment.resources("AWS::ApiGatewayV2::Authorizer"))
    assert authorizer["AuthorizerResultTtlInSeconds"] == 0
    assert authorizer["IdentitySource"] == []
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["EnableSimpleResponses"] is True


def test_the_api_is_bounded_and_every_request_is_logged(environment: Template) -> None:
    stage = _only(environment.resources("AWS::ApiGatewayV2::Stage"))
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert "$context.requestId" in stage["AccessLogSettings"]["Format"]


def test_a_machine_that_ends_badly_is_told_to_who_writes_the_end(
    environment: Template, stage: str
) -> None:
    rules = environment.resources("AWS::Events::Rule").values()
    (rule,) = (one for one in rules if "EventPattern" in one)
    detail = rule["EventPattern"]["detail"]
    assert detail["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert f"stateMachine:strata-{stage}-" in json.dumps(detail["stateMachineArn"])
    assert "endexecution" in json.dumps(rule["Targets"])


def test_the_failure_of_a_map_s_item_ends_no_execution(environment: Template) -> None:
    """Step Functions names the child executions of a Distributed Map itself."""
    rules = environment.resources("AWS::Events::Rule").values()
    (rule,) = (one for one in rules if "EventPattern" in one)
    assert rule["EventPattern"]["detail"]["name"] == [{"prefix": "exe_"}]


@pytest.mark.parametrize("row", [one for one in CATALOGUE if "schedule" in one.serves], ids=str)
def test_what_is_called_regularly_ends_before_its_next_call(row: Function, dev: Template) -> None:
    rules = dev.resources("AWS::Events::Rule").values()
    (rule,) = (one for one in rules if row.name in json.dumps(one["Targets"]))
    assert rule["ScheduleExpression"] == _rate(row.every_minutes)
    assert row.timeout < row.every_minutes * 60
    assert rule["Targets"][0]["RetryPolicy"] == {"MaximumRetryAttempts": 0}
    configs = dev.resources("AWS::Lambda::EventInvokeConfig").values()
    assert 0 in [one["MaximumRetryAttempts"] for one in configs]


def _rate(minutes: int) -> str:
    return "rate(1 day)" if minutes == 1440 else f"rate({minutes} minutes)"


def test_what_a_checker_finds_stops_the_synthesis() -> None:
    with TemporaryDirectory() as folder:
        app = build(folder)
        Queue(Stack(app, "careless"), "InPlainText")
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()


def test_every_acknowledgement_gives_its_reason(environment: Template) -> None:
    for resource in environment.document["Resources"].values():
        for one in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert len(one["comment"]) > 20
