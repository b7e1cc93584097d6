"""Brings to the truth what was lost on the way; called by a schedule."""

from typing import Any

from strata import departures, reconciling
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes the event of the schedule, or {"grace_seconds"}.

    Answers {"checked", "repaired", "failed", "leaving", "departed"}: see `strata.reconciling.sweep`
    and `strata.departures.sweep`."""
    grace, platform = event.get("grace_seconds", reconciling.GRACE_SECONDS), platform_of(context)
    swept = reconciling.sweep(grace, platform=platform)
    return {**swept, **departures.sweep(grace, platform=platform)}
