"""Users, and the e-mail addresses that name them once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from strata.model.errors import EmailTaken, LastAdmin, NotFound, VersionConflict
from strata.model.user import User, UserStatus
from strata.platform import Platform
from strata.ports import (
    ABSENT,
    PRESENT,
    Condition,
    ConditionFailed,
    Item,
    Put,
    Query,
    Update,
    Write,
)
from strata.store import keys
from strata.store.values import encode


def add(user: User, platform: Platform) -> None:
    """Raises EmailTaken, also when two register the same address at the same time."""
    address, key = keys.email(user.email), keys.user(user.id)
    claim = Put({"pk": address.pk, "sk": address.sk, "user_id": user.id}, ABSENT)
    indexes = keys.user_indexes(user.id)
    record = Put({"pk": key.pk, "sk": key.sk, **indexes, **fields_of(asdict(user))}, ABSENT)
    try:
        platform.table.write_all([claim, record])
    except ConditionFailed:
        raise EmailTaken from None


def by_id(user_id: str, platform: Platform) -> User | None:
    item = platform.table.get(keys.user(user_id))
    return of(item) if item else None


def get(user_id: str, platform: Platform) -> User:
    """Raises NotFound."""
    user = by_id(user_id, platform)
    if user is None:
        raise NotFound
    return user


def of(item: Item) -> User:
    """An item of an earlier release lacks what users have been given since."""
    fields = {name: item[name] for name in User.__slots__ if name in item}
    return User(**{**fields, "preferences": json.loads(item.get("preferences", "{}"))})


def fields_of(values: Mapping[str, Any]) -> Item:
    """Fields of a user as an item holds them: it takes no fractions, which preferences may be."""
    item = dict(values)
    if "preferences" in item:
        item["preferences"] = encode(item["preferences"])
    return item


def by_email(address: str, platform: Platform) -> User | None:
    claim = platform.table.get(keys.email(address))
    return by_id(claim["user_id"], platform) if claim else None


def end_sessions(user_id: str, platform: Platform) -> bool:
    """Whether there is such a user, in whose next epoch no session of an earlier one counts."""
    try:
        platform.table.write(Update(keys.user(user_id), add={"epoch": 1}, when=PRESENT))
    except ConditionFailed:
        return False
    return True


def all_of(text: str = "", role: str | None = None, status: UserStatus | None = None) -> Query:
    """Newest first; with a `text`, those whose e-mail address holds it, in any case."""
    wanted = {"role": role, "status": status}
    filters = [Condition(name, "=", value) for name, value in wanted.items() if value]
    if text:
        filters.append(Condition("email", "contains", text.casefold()))
    return Query(keys.users(), index="gsi1", descending=True, filters=tuple(filters))


def may_begin(user_id: str, platform: Platform, grants_epoch: int) -> bool:
    """Whether somebody from outside, who was let to in that epoch, may set something going for the
    user."""
    user = by_id(user_id, platform)
    return user is not None and user.is_active and user.grants_epoch == grants_epoch


def is_barred(user_id: str, platform: Platform) -> bool:
    """Whether what runs for the user is to end: they are disabled, or about to leave."""
    user = by_id(user_id, platform)
    return user is not None and not user.is_active


def change_standing(
    user: User,
    role: str,
    status: UserStatus,
    platform: Platform,
    *beside: Write,
    needs_admin: bool | None = None,
) -> User:
    """The user with that role and status; one who is not active any more has no session left. What
    is written `beside` is, or is not, together with that. A disabled one `needs_admin` as before
    unless it is said.

    Of all active admins one counts, in one item: of two who go at the same time, only one can.
    Raises LastAdmin, VersionConflict where another change came first, NotFound, Conflict."""
    kept = user.needs_admin if needs_admin is None else needs_admin
    barred = kept and status == "disabled"
    changed = replace(
        user, role=role, status=status, needs_admin=barred, revision=user.revision + 1
    )
    ends = user.is_active and not changed.is_active
    update = Update(
        keys.user(user.id),
        set={"role": role, "status": status, "needs_admin": barred},
        add={"revision": 1, "epoch": int(ends)},
        when=(Condition("revision", "=", user.revision),),
    )
    more = _is_admin(changed) - _is_admin(user)
    try:
        platform.table.write_all([update, *_counted(more), *beside])
    except ConditionFailed as failed:
        if failed.position:
            raise LastAdmin from None
        raise (VersionConflict if failed.item else NotFound) from None
    return replace(changed, epoch=user.epoch + ends)


def _is_admin(user: User) -> bool:
    return user.is_active and user.role == "admin"


def _counted(more: int) -> list[Write]:
    """Of the active admins there is one more, or one less and still one."""
    if not more:
        return []
    some = (Condition("count", ">=", 2),) if more < 0 else ()
    return [Update(keys.active_admins(), add={"count": more}, when=some)]
