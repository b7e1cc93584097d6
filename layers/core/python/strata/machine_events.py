"""What EventBridge tells of state machines that ended."""

import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def end_of(event: Mapping[str, Any]) -> Json:
    """{"run", "error"} of the event "Step Functions Execution Status Change": what the machine's
    last state would have told, had it been reached."""
    detail = event["detail"]
    status = detail["status"]
    # The error of a machine whose time is up is that of a state whose time is up, too.
    error = status if status == "TIMED_OUT" else detail.get("error") or status
    return {"run": json.loads(detail["input"]), "error": {"Error": error}}
