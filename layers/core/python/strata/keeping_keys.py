"""Keeping keys: signing keys are rotated in time and let go when nothing needs them any more, the
key that wraps data keys is turned over on demand.

A rotation of the signing key, each line one conditional write of the ring:

    note that a key is being made  ·  make it in the vault  ·  list it: it signs, the last one ends

Who finds another one at it lets it be. What a rotation that vanished has left behind, a key that
is in the vault and not in the ring, is let go by `keep`, once its time is over.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from strata import signing_keys
from strata.clock import timestamp_at
from strata.model.errors import Conflict, StrataError, Unavailable
from strata.platform import Platform
from strata.signing_keys import SETTLE_SECONDS
from strata.store.signing_keys import Listed, Ring, load, save

Json = dict[str, Any]

MAX_AGE = timedelta(days=30)
"""A key that leaks unnoticed is worth something no longer than this; and a rotation that happens
each month is one that works on the day when it must."""
KEEP_SECONDS = 3600
"""So long the last key verifies on: tokens last 15 minutes, the rest is for clocks and caches."""
MAKING_SECONDS = 600
"""Longer than the function that makes a key may run."""
MOST_KEYS = 10


def keep(*, platform: Platform) -> Json:
    """What is done each day: {"rotated", "retired": count}. Raises Unavailable."""
    ring = _noted(platform)
    age = _now(platform) - ring.newest.since
    rotated = age >= MAX_AGE.total_seconds() and rotate_signing_key(platform=platform)["rotated"]
    return {"rotated": rotated, "retired": _let_go(platform)}


def rotate_signing_key(*, platform: Platform) -> Json:
    """{"rotated", "kid"}: not where another rotation is under way, or has just been made.

    Keys whose time is over are let go where there is no room for another. Raises Conflict where
    there is none even then, Unavailable."""
    ring, now = _noted(platform), _now(platform)
    if ring.is_making_at(now) or now < ring.newest.since:
        return {"rotated": False, "kid": ring.newest.kid}
    if len(ring.keys) >= MOST_KEYS:
        ring = _with_room(platform)
    mine = replace(
        ring, making=platform.clock.new_id("rot"), making_until=int(now) + MAKING_SECONDS
    )
    noted = save(mine, platform)
    if noted is None:
        return {"rotated": False, "kid": ring.newest.kid}
    try:
        return _make(noted, platform)
    except StrataError:
        # The next one need not wait until the time of this one is over.
        with suppress(Unavailable):
            save(replace(noted, making="", making_until=0), platform)
        raise


def rotate_wrapping_key(*, platform: Platform) -> Json:
    """{"rotated"}: new secrets are sealed by a new key; `resealing` brings the others to it."""
    platform.vault.rotate()
    return {"rotated": True}


def _with_room(platform: Platform) -> Ring:
    """Raises Conflict."""
    _let_go(platform)
    ring = _noted(platform)
    if len(ring.keys) >= MOST_KEYS:
        ends = min(key.until for key in ring.keys if key.until)
        raise Conflict(
            f"{MOST_KEYS} signing keys are alive, which is the most. The first of them ends at "
            f"{timestamp_at(ends)}; rotate again then."
        )
    return ring


def _make(ring: Ring, platform: Platform) -> Json:
    name = platform.vault.new_signing_key()
    kid = signing_keys.kid_of(platform.vault.public_key(name))
    since = int(_now(platform)) + platform.vault.settle_seconds + SETTLE_SECONDS
    ending = (replace(key, until=key.until or since + KEEP_SECONDS) for key in ring.keys)
    listed = (*ending, Listed(name, kid, since))
    if save(replace(ring, keys=listed, making="", making_until=0), platform) is None:
        # It took so long that its time was over.
        platform.vault.retire_signing_key(name)
        return {"rotated": False, "kid": ring.newest.kid}
    return {"rotated": True, "kid": kid}


def _let_go(platform: Platform) -> int:
    """Retires the keys that nothing needs: those whose time is over, and those that are in no
    ring. The vault is asked first: a key that is made after that is not looked at, and one that
    was made before it is in the ring by now, or its rotation is."""
    there = set(platform.vault.signing_keys())
    ring, now = _noted(platform), _now(platform)
    if ring.is_making_at(now):
        return 0
    kept = tuple(key for key in ring.keys if key.verifies_at(now))
    pruned = replace(ring, keys=kept, making="", making_until=0)
    if pruned != ring and save(pruned, platform) is None:
        return 0
    unneeded = sorted(there - {key.name for key in kept})
    for name in unneeded:
        platform.vault.retire_signing_key(name)
    return len(unneeded)


def _noted(platform: Platform) -> Ring:
    """The ring as it is in the table: the age of the first key counts from when it is noted."""
    while (ring := load(platform)) is None:
        save(signing_keys.first(platform=platform, since=int(_now(platform))), platform)
    return ring


def _now(platform: Platform) -> float:
    return platform.clock.now().timestamp()
