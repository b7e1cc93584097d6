"""Brings to the truth what was lost on the way; called by a schedule."""

from typing import Any

from strata import reconciling
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes the event of the schedule, or {"grace_seconds"}.

    Answers {"checked", "repaired", "failed"}: see `strata.reconciling.sweep`."""
    grace = event.get("grace_seconds", reconciling.GRACE_SECONDS)
    return reconciling.sweep(grace, platform=platform_of(context))
