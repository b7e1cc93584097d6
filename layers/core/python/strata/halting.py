"""Halting: what runs for a user who may not be here any more is cancelled."""

from contextlib import suppress

from strata import cancelling
from strata.model.errors import ExecutionEnded, NotFound
from strata.model.execution import Status
from strata.observability import record_failure
from strata.pacing import Pace, Paused, each, timed
from strata.platform import Platform
from strata.ports import Item
from strata.store import executions

STEPS = 300
SECONDS = 5
_STEPS_OF_ONE = 5


def try_to_halt(user_id: str, *, platform: Platform) -> None:
    """As much as one request has room for; whatever is left, a sweep cancels. Raises nothing: what
    led here is done."""
    try:
        halt(user_id, timed(STEPS, SECONDS, platform), platform)
    except Paused:
        return
    except Exception as error:
        record_failure("halt", error, platform=platform, ids={"user_id": user_id})


def halt(user_id: str, pace: Pace, platform: Platform) -> None:
    """Nothing takes the place of what is cancelled here: see `slots.admit`. Raises Paused,
    Unavailable."""
    for status in (Status.RUNNING, Status.QUEUED):
        query = executions.list_query(user_id, status, None)
        for head in each(query, pace, platform):
            pace.take(_STEPS_OF_ONE)
            _cancel(user_id, head, platform)


def _cancel(user_id: str, head: Item, platform: Platform) -> None:
    # Its index may lag behind, and one that runs as a sub-graph ends with the one that runs it.
    with suppress(ExecutionEnded, NotFound):
        cancelling.cancel(user_id, head["execution_id"], platform=platform)
