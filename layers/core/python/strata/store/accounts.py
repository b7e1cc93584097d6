"""What users change of their own record, and what proves who they are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from strata.model.errors import NotFound, VersionConflict
from strata.model.user import User
from strata.platform import Platform
from strata.ports import PRESENT, Condition, ConditionFailed, Delete, Update
from strata.store import keys, users

# An item of an earlier release has no status, and is active.
_LETS_IN = (
    *PRESENT,
    Condition("status", "!=", "disabled"),
    Condition("status", "!=", "leaving"),
)


def change(
    user_id: str, changes: Mapping[str, Any], revision: int | None, platform: Platform
) -> User:
    """The user with the changes; with a `revision` only where it still is that one.

    Raises NotFound, VersionConflict."""
    as_seen = () if revision is None else (Condition("revision", "=", revision),)
    update = Update(
        keys.user(user_id),
        set=users.fields_of(changes),
        add={"revision": 1},
        when=(*PRESENT, *as_seen),
    )
    try:
        return users.of(platform.table.write(update))
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None


def hash_again(user: User, password_hash: str, platform: Platform) -> None:
    """The same password in another form, unless it has been changed meanwhile."""
    try:
        platform.table.write(
            Update(keys.user(user.id), set={"password_hash": password_hash}, when=_as_hashed(user))
        )
    except ConditionFailed:
        return


def replace_password(user: User, password_hash: str, voided: Delete, platform: Platform) -> None:
    """Ends all sessions, and does the other write. Raises VersionConflict where the one that was
    seen is not the password any more, Conflict."""
    try:
        platform.table.write_all([_with(user.id, password_hash, _as_hashed(user)), voided])
    except ConditionFailed:
        raise VersionConflict("The password has been changed meanwhile.") from None


def reset_password(user: User, password_hash: str) -> Update:
    """Whatever the password is by now; who got the letter has the address too. Ends all sessions,
    and the API keys and triggers of an account of which nobody had proved that it was theirs."""
    update = _with(user.id, password_hash, _LETS_IN, {"email_verified": True})
    return replace(update, add={**update.add, "grants_epoch": int(not user.email_verified)})


def verified(user_id: str) -> Update:
    return Update(
        keys.user(user_id), set={"email_verified": True}, add={"revision": 1}, when=_LETS_IN
    )


def _with(
    user_id: str,
    password_hash: str,
    when: tuple[Condition, ...],
    more: Mapping[str, Any] | None = None,
) -> Update:
    return Update(
        keys.user(user_id),
        set={"password_hash": password_hash, **(more or {})},
        add={"epoch": 1, "revision": 1},
        when=when,
    )


def _as_hashed(user: User) -> tuple[Condition, ...]:
    return (Condition("password_hash", "=", user.password_hash),)
