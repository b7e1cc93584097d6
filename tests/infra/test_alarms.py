"""Who is told of what."""

import json
from collections import Counter
from typing import Any

import pytest

from strata.catalogue import CATALOGUE, Function
from strata.observability import record_repairs
from strata.platform import Platform
from tests.infra.conftest import Template

pytestmark = pytest.mark.xdist_group("infra")

Json = dict[str, Any]


def _alarms(template: Template) -> dict[str, Json]:
    """By the name in the stack."""
    found = template.resources("AWS::CloudWatch::Alarm")
    return {name.removeprefix("Alarms")[:-8]: one for name, one in found.items()}


def _metrics(alarm: Json) -> list[Json]:
    """Each metric that an alarm reads: name and dimensions."""
    if "MetricName" in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
@pytest.mark.parametrize("kind", ["Errors", "Throttles"])
def test_each_function_has_its_alarms(row: Function, kind: str, alarms: Template) -> None:
    name = f"{row.name.replace('_', '')}{kind}"
    read = {metric["MetricName"] for metric in _metrics(_alarms(alarms)[name])}
    assert kind in read


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("ApiErrors", "5xx"),
        ("ApiLatency", "Latency"),
        ("QueueAge", "ApproximateAgeOfOldestMessage"),
        ("DeadLetters", "ApproximateNumberOfMessagesVisible"),
        ("ExecutionsFailed", "Executions"),
        ("ExecutionsTimedOut", "Executions"),
        ("AuditFailures", "AuditFailures"),
        ("Repairs", "Repairs"),
        ("FailedRepairs", "FailedRepairs"),
        ("TableThrottles", "ThrottledRequests"),
        ("TableErrors", "SystemErrors"),
    ],
)
def test_each_thing_that_can_go_wrong_has_its_alarm(
    name: str, metric: str, alarms: Template
) -> None:
    assert metric in {one["MetricName"] for one in _metrics(_alarms(alarms)[name])}


def test_latency_is_watched_at_its_95th_percentile(alarms: Template) -> None:
    assert _alarms(alarms)["ApiLatency"]["ExtendedStatistic"] == "p95"


def test_the_alarms_of_executions_read_the_metric_that_is_written(
    alarms: Template, stage: str
) -> None:
    for name, status in (("ExecutionsFailed", "FAILED"), ("ExecutionsTimedOut", "TIMED_OUT")):
        (metric,) = _metrics(_alarms(alarms)[name])
        assert metric["Namespace"] == "Strata"
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        assert dimensions == {"stage": stage, "status": status}


def test_the_alarms_of_repairs_read_what_a_sweep_counts(
    aws: Platform, alarms: Template, capsys: pytest.CaptureFixture[str]
) -> None:
    record_repairs({"ended": 1, "stopped": 2}, 1, platform=aws)
    written = Counter[str]()
    for line in capsys.readouterr().out.splitlines():
        told = json.loads(line)
        (directive,) = told["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]:
            written[metric["Name"]] += directive["Dimensions"].count(["stage"]) * sum(
                told[metric["Name"]]
            )
    assert written == {"Repairs": 3, "FailedRepairs": 1}
    for name in ("Repairs", "FailedRepairs"):
        (metric,) = _metrics(_alarms(alarms)[name])
        assert [one["Name"] for one in metric["Dimensions"]] == ["stage"]


def test_errors_that_steer_machines_alarm_by_their_share(alarms: Template) -> None:
    for row in CATALOGUE:
        alarm = _alarms(alarms)[f"{row.name.replace('_', '')}Errors"]
        assert ("Metrics" in alarm) is row.steers_by_errors


def test_every_alarm_tells_the_topic_and_says_what_it_means(alarms: Template) -> None:
    (topic,) = alarms.all("AWS::SNS::Topic")
    for alarm in _alarms(alarms).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm["AlarmDescription"]
        assert alarm["TreatMissingData"] == "notBreaching"


def test_the_topic_is_encrypted_with_a_key_that_alarms_may_use(
    alarms: Template, environment: Template
) -> None:
    (topic,) = alarms.resources("AWS::SNS::Topic").values()
    assert "KmsMasterKeyId" in topic
    keys = environment.resources("AWS::KMS::Key").values()
    principals = [
        statement["Principal"].get("Service")
        for key in keys
        for statement in key["KeyPolicy"]["Statement"]
    ]
    assert "cloudwatch.amazonaws.com" in principals
