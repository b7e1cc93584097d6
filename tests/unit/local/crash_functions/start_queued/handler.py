"""Leaves a trace of each message in the table."""

from typing import Any

from strata.ports import Key, Update


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        context.platform.table.write(Update(Key("messages", record["body"]), add={"times": 1}))
