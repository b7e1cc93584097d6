"""Writes the end of an execution: called by its machine's last state or, where the machine ended
without it, by the event of Step Functions that says so."""

from typing import Any

from strata import ends
from strata.machine_events import end_of
from strata.model.execution import run_from_json
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes {"run", "error"?} or an event of EventBridge, answers {"status"}."""
    given = end_of(event) if "detail" in event else event
    return ends.end(run_from_json(given["run"]), given.get("error"), platform=platform_of(context))
