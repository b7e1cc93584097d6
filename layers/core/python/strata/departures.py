"""Accounts that are deleted: at once nobody gets in any more, then all goes that was theirs.

ask ──▶ leaving ──▶ what runs is stopped, what lets in is deleted ──▶ nothing writes any more
                                                                        └──▶ the rest is deleted
Each step looks at what is still there, so that whoever comes by goes on after a crash at any place:
the request begins, and asks nobody else for anything; a schedule does the rest, each account in its
turn. The rest waits until functions that were busy when it
began are over, lest one of them writes behind the deletion. What is deleted leads to nothing that
still is: an execution's head goes after its nodes, a graph's after its versions and triggers, the
user last, together with the claim on the e-mail address.

The audit log stays until its entries end by themselves. It names no address but those that
requests came from.
"""

from datetime import timedelta
from typing import Any

from strata import accounts, erasing, halting, sign_in_limits, users
from strata.clock import moment, timestamp
from strata.model.errors import OwnAccount
from strata.model.origin import Origin
from strata.model.user import Caller, User
from strata.observability import record_failure
from strata.pacing import Pace, Paused, timed
from strata.platform import Platform
from strata.store import departures
from strata.store import users as stored_users
from strata.store.departures import Departure
from strata.store.reading import read_whole

Json = dict[str, Any]

STEPS_OF_REQUEST = 60
SECONDS_OF_REQUEST = 5
STEPS_OF_SWEEP = 5_000
"""For one account: more of them wait for the next sweep."""
SWEEP_SECONDS = 120
"""After so long no other account is begun with; a sweep has five minutes for everything."""
TURN_SECONDS = 20
"""Of this time each account has an equal share, or so much at least."""
_ROOM_FOR_GRACE = 10
"""A function lives for 15 minutes at most; a sweep's grace is two."""

_LEAVING = {"status": "leaving"}


def leave(caller: Caller, password: str, origin: Origin, *, platform: Platform) -> Json:
    """One's own account. Raises InvalidCredentials, TooManyAttempts, LastAdmin, Unavailable."""
    user = accounts.confirm(caller.user_id, password, origin, platform=platform)
    _begin(user, platform)
    return dict(_LEAVING)


def remove(user_id: str, caller: Caller, origin: Origin, *, platform: Platform) -> Json:
    """Somebody else's, which stands in their log too unless they are leaving already.

    Raises NotFound, OwnAccount, LastAdmin, VersionConflict, Unavailable."""
    user = stored_users.get(user_id, platform)
    if user.id == caller.user_id:
        raise OwnAccount
    if _begin(user, platform):
        users.tell(user, "status_set_to_leaving", caller, origin, platform=platform)
    return dict(_LEAVING)


def _begin(user: User, platform: Platform) -> bool:
    """Whether this call did it."""
    if user.status == "leaving":
        return False
    departure = Departure(user.id, timestamp(platform.clock.now()))
    begun = departures.begun(departure)
    stored_users.change_standing(user, user.role, "leaving", platform, begun)
    pace = timed(STEPS_OF_REQUEST, SECONDS_OF_REQUEST, platform)
    _try_to_go_on(departure, pace, None, platform)
    return True


def sweep(grace_seconds: float, *, platform: Platform) -> Json:
    """Goes on with every account that is being deleted: {"leaving": how many are left, "departed":
    how many are gone}. Whose turn is the longest ago comes first, so that one who takes long keeps
    nobody waiting for ever. What fails is told in the log, and tried again by the next sweep."""
    deadline = platform.clock.monotonic() + SWEEP_SECONDS
    still = timedelta(seconds=grace_seconds * _ROOM_FOR_GRACE)
    found = [departures.of(item) for item in read_whole(departures.all_open(), platform)]
    departed = 0
    for done, departure in enumerate(sorted(found, key=lambda one: one.last_turn)):
        left = deadline - platform.clock.monotonic()
        if left <= 0:
            break
        share = max(left / (len(found) - done), TURN_SECONDS)
        pace = timed(STEPS_OF_SWEEP, share, platform)
        departed += _try_to_go_on(departure, pace, still, platform)
    return {"leaving": len(found) - departed, "departed": departed}


def _try_to_go_on(
    departure: Departure, pace: Pace, still: timedelta | None, platform: Platform
) -> bool:
    """Whether the account is gone."""
    try:
        return _go_on(departure, pace, still, platform)
    except Paused:
        return False
    except Exception as error:
        # The account stays among those that leave: the request has done its part.
        ids = {"user_id": departure.user_id}
        record_failure("departures", error, platform=platform, ids=ids)
        return False


def _go_on(departure: Departure, pace: Pace, still: timedelta | None, platform: Platform) -> bool:
    """`still` is how long nobody may have written; None where the rest is left to others."""
    user = stored_users.by_id(departure.user_id, platform)
    if user is None:
        return True
    is_request = still is None
    if not is_request:
        departures.take_turn(departure, timestamp(platform.clock.now()), platform)
    halting.halt(user.id, pace, platform)
    erasing.shut(user.id, pace, platform, revokes=not is_request)
    if still is None or platform.clock.now() - moment(departure.since) < still:
        return False
    erasing.erase(user.id, pace, platform)
    sign_in_limits.unlock(user, platform=platform)
    return departures.end(user, platform)
