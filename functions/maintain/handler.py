"""Looks after the environment: called by a schedule each day, and by hand with a command."""

from typing import Any

from strata import maintenance
from strata.platform import platform_of

SPARE_MILLISECONDS = 30_000
"""What a last step may take before the function's time is over."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes the event of the schedule, or {"command", …}: see `strata.maintenance`."""

    def goes_on() -> bool:
        left: int = context.get_remaining_time_in_millis()
        return left > SPARE_MILLISECONDS

    return maintenance.run(event, goes_on, platform=platform_of(context))
