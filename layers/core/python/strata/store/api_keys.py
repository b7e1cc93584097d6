"""API keys: one item each, found by its own id, and how many a user has."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from strata.model.api_key import ApiKey
from strata.model.errors import Conflict, NotFound, Unavailable, VersionConflict
from strata.platform import Platform
from strata.ports import (
    ABSENT,
    PRESENT,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    Put,
    Query,
    Update,
    Write,
)
from strata.store import keys

MOST = 100
"""So many keys one user has at most."""


def addition(key: ApiKey) -> list[Write]:
    """Of a new key; it fails where its user has the most already."""
    where = keys.api_key(key.id)
    indexes = keys.api_key_indexes(key.user_id, key.id)
    record = Put({"pk": where.pk, "sk": where.sk, **indexes, **asdict(key)}, ABSENT)
    room = (Condition("count", "!=", MOST),)
    return [record, Update(keys.api_key_count(key.user_id), add={"count": 1}, when=room)]


def of(item: Item) -> ApiKey:
    return ApiKey(**{name: item[name] for name in ApiKey.__slots__ if name in item})


def by_id(key_id: str, platform: Platform) -> ApiKey | None:
    item = platform.table.get(keys.api_key(key_id))
    return of(item) if item else None


def all_of(user_id: str) -> Query:
    """Newest first."""
    partition = keys.api_key_indexes(user_id, "")["gsi1pk"]
    return Query(partition, index="gsi1", descending=True)


def alteration(key: ApiKey, changes: Mapping[str, Any]) -> Update:
    """Fails where another one came first."""
    unchanged = (Condition("revision", "=", key.revision),)
    return Update(keys.api_key(key.id), set=changes, add={"revision": 1}, when=unchanged)


def change(key: ApiKey, changes: Mapping[str, Any], platform: Platform) -> ApiKey:
    """The key changed. Raises VersionConflict where another change came first, NotFound."""
    try:
        return of(platform.table.write(alteration(key, changes)))
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None


def note_use(key: ApiKey, moment: str, platform: Platform) -> None:
    """One of several that use it at the same time does; it is no change of the key's own. Raises
    ConditionFailed for the others."""
    seen = Condition("last_used_at", "=", key.last_used_at)
    used = {"last_used_at": moment}
    platform.table.write(Update(keys.api_key(key.id), set=used, when=(seen,), may_be_lost=True))


def remove(key: ApiKey, platform: Platform) -> bool:
    """Whether it was still there. Raises Unavailable."""
    one_less = Update(keys.api_key_count(key.user_id), add={"count": -1})
    try:
        platform.table.write_all([Delete(keys.api_key(key.id), PRESENT), one_less])
    except ConditionFailed:
        return False
    except Conflict:
        raise Unavailable("Other keys of the user are being made or deleted.") from None
    return True
