"""Starts the executions that messages of the queue ask for."""

from typing import Any

from strata import queued
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes messages of SQS, answers {"batchItemFailures"}: those to send again."""
    return queued.start_each(event, platform=platform_of(context))
