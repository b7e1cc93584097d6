"""Sessions: one item each, found by user and session. It is the family of its refresh tokens too:
hashes of the last two, and what the later one was made of."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

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
)
from strata.store import keys


@dataclass(frozen=True, slots=True)
class Session:
    """`source` and `user_agent` are of the sign-in, `expires` is in epoch seconds.

    `refresh_hash` is of the refresh token that is out, `previous_hash` of that which was exchanged
    for it at `last_used_at`, `nonce` what it was made with; empty before the first exchange."""

    id: str
    user_id: str
    epoch: int
    created_at: str
    last_used_at: str
    source: str
    user_agent: str
    expires: int
    refresh_hash: str
    previous_hash: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What an exchange of refresh tokens changes in its session."""

    last_used_at: str
    expires: int
    refresh_hash: str
    previous_hash: str
    nonce: str


def add(session: Session, platform: Platform) -> None:
    key = keys.session(session.user_id, session.id)
    platform.table.write(Put({"pk": key.pk, "sk": key.sk, **asdict(session)}, ABSENT))


def of(item: Item) -> Session:
    fields: Mapping[str, Any] = {name: item[name] for name in Session.__slots__}
    return Session(**fields)


def rotate(session: Session, rotation: Rotation, platform: Platform) -> Session | None:
    """The session as it then is: rotated, or as somebody else has left it meanwhile; None where it
    was ended. One write: of those who exchange the same token at the same time one is first."""
    key = keys.session(session.user_id, session.id)
    unchanged = Condition("refresh_hash", "=", rotation.previous_hash)
    try:
        return of(platform.table.write(Update(key, set=asdict(rotation), when=(unchanged,))))
    except ConditionFailed as failed:
        return of(failed.item) if failed.item else None


def remove(user_id: str, session_id: str, platform: Platform) -> bool:
    """Whether there was one."""
    try:
        platform.table.write(Delete(keys.session(user_id, session_id), PRESENT))
    except ConditionFailed:
        return False
    return True


def all_of(user_id: str) -> Query:
    """Newest first."""
    return Query(keys.session(user_id, "").pk, descending=True)
