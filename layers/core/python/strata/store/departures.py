"""Accounts that are being deleted: which they are, and what of them is left in the table."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from strata.model.user import User
from strata.platform import Platform
from strata.ports import (
    MAX_WRITES,
    PRESENT,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    Key,
    Put,
    Query,
    Update,
)
from strata.store import keys
from strata.store.values import encode

BATCH_BYTES = 3_000_000
"""Of one transaction, which DynamoDB ends at 4 MB."""
_GRAPH_MARKS = ("GRAPH#", "DELETED#", "STATS#")


@dataclass(frozen=True, slots=True)
class Departure:
    """Times as `timestamp` writes them; `last_turn` is when a sweep began with it."""

    user_id: str
    since: str
    last_turn: str = ""


def begun(departure: Departure) -> Put:
    """It is there until nothing else is."""
    key = keys.leaving(departure.user_id)
    return Put({"pk": key.pk, "sk": key.sk, "since": departure.since})


def all_open() -> Query:
    return Query(keys.leaving("").pk)


def of(item: Item) -> Departure:
    return Departure(item["sk"], item["since"], str(item.get("last_turn", item["since"])))


def take_turn(departure: Departure, now: str, platform: Platform) -> None:
    """One that is over by now stays so."""
    key = keys.leaving(departure.user_id)
    with suppress(ConditionFailed):
        platform.table.write(Update(key, set={"last_turn": now}, when=PRESENT))


def graph_ids(items: Sequence[Item]) -> Iterator[str]:
    """Of the graphs that a user has or has had, by what tells of them beside the user."""
    names = (str(item["sk"]) for item in items)
    found = (name.partition("#")[2] for name in names if name.startswith(_GRAPH_MARKS))
    yield from dict.fromkeys(found)


def is_empty(pk: str, platform: Platform) -> bool:
    return not platform.table.query(Query(pk, limit=1)).items


def delete_all(items: Sequence[Item], platform: Platform) -> None:
    """Deletes these items, which may be gone already."""
    for batch in _batches(items):
        platform.table.write_all([Delete(key) for key in batch])


def _batches(items: Sequence[Item]) -> Iterator[list[Key]]:
    batch: list[Key] = []
    size = 0
    for item in items:
        taken = len(encode(item).encode())
        if batch and (len(batch) == MAX_WRITES or size + taken > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(Key(item["pk"], item["sk"]))
        size += taken
    if batch:
        yield batch


def end(user: User, platform: Platform) -> bool:
    """The last of it: the user, and the claim on the e-mail address, which is free from now on.
    Whether this call did it."""
    last = [Delete(keys.user(user.id), PRESENT), Delete(keys.leaving(user.id), PRESENT)]
    claim = platform.table.get(keys.email(user.email))
    if claim and claim["user_id"] == user.id:
        mine = (Condition("user_id", "=", user.id),)
        last.append(Delete(keys.email(user.email), mine))
    try:
        platform.table.write_all(last)
    except ConditionFailed:
        return False
    return True
