"""Leaves a trace of each node's run in the table; answers where it is asked to."""

from typing import Any

from strata.ports import Key, Update


def handler(event: dict[str, Any], context: Any) -> None:
    run = event["run"]
    node = f"{event['node']}-{run['item']}" if "item" in run else event["node"]
    context.platform.table.write(Update(Key(run["name"], node), add={"runs": 1}))
    if "token" in event:
        context.platform.machines.answer(event["token"])
