"""Slots: how many executions of a user run, and which wait for their turn.

One item counts both, and is changed in the very transactions that start, admit and end. Whoever
waits has an item of its own besides: read consistently and in the order of arrival, which an index
would not promise.
"""

from collections.abc import Iterable

from strata.model.execution import Run
from strata.platform import Platform
from strata.ports import ABSENT, PRESENT, Condition, Delete, Item, Put, Query, Update, Write
from strata.store import keys
from strata.store.executions import run_of
from strata.store.reading import read_whole

_NONE_WAITS = Condition("waiting", "<", 1)
_SOME_WAIT = Condition("waiting", ">=", 1)


def taken(user_id: str, limit: int) -> Update:
    """One more runs; only where there is room and nobody waits."""
    room = (Condition("running", "<", limit), _NONE_WAITS)
    return Update(keys.slots(user_id), add={"running": 1}, when=room)


def taken_first(user_id: str) -> Put:
    """The first execution of this user runs."""
    key = keys.slots(user_id)
    return Put({"pk": key.pk, "sk": key.sk, "running": 1, "waiting": 0}, ABSENT)


def queued(run: Run, seen: Item, limit: int) -> list[Write]:
    """One more waits; only where what was seen still holds: that there is no room, or that others
    wait. Then somebody is there who will admit it."""
    full = seen["running"] >= limit
    when = Condition("running", ">=", limit) if full else _SOME_WAIT
    key = keys.waiting(run)
    waits: Item = {"pk": key.pk, "sk": key.sk, **run.to_json()}
    return [
        Update(keys.slots(run.user_id), add={"waiting": 1}, when=(when,)),
        Put(waits, ABSENT),
    ]


def passed_on(run: Run, limit: int) -> list[Write]:
    """Who waits gets a slot; the first of the writes fails where there is no room."""
    counts = {"running": 1, "waiting": -1}
    room = (Condition("running", "<", limit),)
    return [
        Update(keys.slots(run.user_id), add=counts, when=room),
        Delete(keys.waiting(run), PRESENT),
    ]


def given_back(run: Run, *, none_waits: bool) -> Update:
    """One less runs; with `none_waits` only where nobody is to be admitted."""
    when = (_NONE_WAITS,) if none_waits else ()
    return Update(keys.slots(run.user_id), add={"running": -1}, when=when)


def left(run: Run) -> list[Write]:
    """One less waits."""
    return [
        Update(keys.slots(run.user_id), add={"waiting": -1}),
        Delete(keys.waiting(run), PRESENT),
    ]


def counted(user_id: str, platform: Platform) -> Item:
    """{"running", "waiting"}."""
    return platform.table.get(keys.slots(user_id)) or {"running": 0, "waiting": 0}


def first_waiting(user_id: str, platform: Platform) -> Run | None:
    """Who came first of those that wait."""
    query = Query(keys.those_waiting(user_id), limit=1)
    return next((run_of(item) for item in platform.table.query(query).items), None)


def positions(user_id: str, execution_ids: Iterable[str], platform: Platform) -> dict[str, int]:
    """The places in the queue of those that wait, from 1."""
    wanted = set(execution_ids)
    if not wanted:
        return {}
    items = read_whole(Query(keys.those_waiting(user_id), last=max(wanted)), platform)
    places = {item["sk"]: place for place, item in enumerate(items, start=1)}
    return {one: places[one] for one in wanted & places.keys()}
