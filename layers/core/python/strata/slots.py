"""Slots of a user: so many executions run at once, the others wait in the order of their arrival.

start ── room, and nobody waits ──▶ runs
 └─ else ──▶ waits ── first of those that wait, when another ends ──▶ runs
"""

from strata.launching import launch
from strata.model.errors import Conflict, Unavailable
from strata.model.execution import Run
from strata.observability import record_failure
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.store import executions, slots, users

MOST_AT_ONCE = 100
"""So many one call admits at most; whoever ends next goes on."""


def admit(user_id: str, *, platform: Platform) -> None:
    """Lets those begin that wait, as many as there is room for. What does not succeed here is made
    up for by whoever ends next, or repairs: this call raises nothing for it."""
    try:
        for _ in range(MOST_AT_ONCE):
            counts = slots.counted(user_id, platform)
            if counts["running"] >= platform.settings.running_limit or not counts["waiting"]:
                return
            run = slots.first_waiting(user_id, platform)
            if run is None or users.is_barred(user_id, platform):
                return
            _admit(run, platform)
    except (Conflict, Unavailable) as error:
        record_failure("admit", error, platform=platform, ids={"user_id": user_id})


def _admit(run: Run, platform: Platform) -> None:
    if not _is_admitted(run, platform):
        return
    try:
        launch(run, platform=platform)
    except Exception as error:
        # It has its slot, and stays among the open ones: another's end must not fail with it.
        record_failure("admit", error, platform=platform, execution_id=run.execution_id)


def _is_admitted(run: Run, platform: Platform) -> bool:
    """Whether it is on this call to launch it."""
    limit = platform.settings.running_limit
    try:
        platform.table.write_all([*slots.passed_on(run, limit), executions.admitted(run)])
    except ConditionFailed:
        return False
    return True
