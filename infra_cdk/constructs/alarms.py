"""Alarms, and the topic that tells of them."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import (
    Alarm,
    ComparisonOperator,
    IMetric,
    MathExpression,
    Metric,
    TreatMissingData,
)
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_sns import Topic
from constructs import Construct

MINUTES = Duration.minutes(5)


class Alarms(Construct):
    """Each alarm looks at five minutes at a time and takes silence for health."""

    def __init__(self, scope: Construct, key: IKey) -> None:
        super().__init__(scope, "Alarms")
        self.topic = Topic(self, "Topic", master_key=key, enforce_ssl=True)
        self._action = SnsAction(self.topic)

    def raise_when(
        self, name: str, meaning: str, metric: IMetric, *, above: float, periods: int = 1
    ) -> None:
        """An alarm when the metric is above the threshold for that many periods in a row."""
        alarm = Alarm(
            self,
            name,
            alarm_description=meaning,
            metric=metric,
            threshold=above,
            evaluation_periods=periods,
            comparison_operator=ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)


def counted(metric: Metric) -> Metric:
    """The sum over five minutes."""
    return metric.with_(statistic="Sum", period=MINUTES)


def ratio(part: Metric, whole: Metric, at_least: int) -> MathExpression:
    """Percent of the whole; 0 while the whole is too small to say anything."""
    return MathExpression(
        expression=f"IF(whole >= {at_least}, 100 * part / whole, 0)",
        using_metrics={"part": counted(part), "whole": counted(whole)},
        period=MINUTES,
    )


def total(metrics: Sequence[Metric]) -> MathExpression:
    """The sum of metrics of which some may be silent."""
    names = {f"m{number}": counted(metric) for number, metric in enumerate(metrics)}
    expression = " + ".join(f"FILL({name}, 0)" for name in names)
    return MathExpression(expression=expression, using_metrics=names, period=MINUTES)
