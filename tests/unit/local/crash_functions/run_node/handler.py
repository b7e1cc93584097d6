"""Leaves a trace of each node's run in the table."""

from typing import Any

from strata.ports import Key, Update


def handler(event: dict[str, Any], context: Any) -> None:
    key = Key(event["run"]["name"], event["node"])
    context.platform.table.write(Update(key, add={"runs": 1}))
