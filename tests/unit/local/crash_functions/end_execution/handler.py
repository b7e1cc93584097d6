"""Leaves a trace of each end that was told in the table."""

from typing import Any

from strata.ports import Key, Update


def handler(event: dict[str, Any], context: Any) -> None:
    key = Key("ends", event["detail"]["name"])
    context.platform.table.write(Update(key, add={"times": 1}))
