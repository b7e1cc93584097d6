"""Answers as the test's script says."""

from typing import Any

from tests.unit.local.script import current


def handler(event: dict[str, Any], context: Any) -> Any:
    return current().answer("start_queued", event, context)
