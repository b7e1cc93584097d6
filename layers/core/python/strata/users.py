"""Users as admins see them: who there is, what they may do, whether they may come in at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata import audit, halting
from strata.model.email import normal_email
from strata.model.errors import (
    Detail,
    InvalidBody,
    NotFound,
    OwnAccount,
    UserLeaving,
)
from strata.model.origin import Origin
from strata.model.revisions import check_tag
from strata.model.user import ROLES, Caller, Permission, User, UserStatus, check_permission
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.store import users

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which users a list is to tell of; `text` is a part of the e-mail address."""

    text: str = ""
    role: str | None = None
    status: UserStatus | None = None


def listing(wanted: Wanted, *, page: PageRequest, platform: Platform) -> Json:
    """A page of all users, newest first."""
    query = users.all_of(wanted.text, wanted.role, wanted.status)
    found = read_page(query, page, platform=platform)
    items = [view(users.of(item)) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def get(user_id: str, *, platform: Platform) -> Json:
    """Raises NotFound."""
    return view(users.get(user_id, platform))


def change(
    user_id: str,
    changes: Mapping[str, Any],
    caller: Caller,
    origin: Origin,
    *,
    if_match: str | None = None,
    platform: Platform,
) -> Json:
    """Changes `role` or `status` of another user. Who is disabled is out at once: no session, API
    key or trigger of theirs counts any more, and what runs for them is cancelled.

    Raises NotFound, PermissionDenied, OwnAccount, UserLeaving, LastAdmin, VersionConflict."""
    user = users.get(user_id, platform)
    check_tag(if_match, user.revision)
    role, status = changes.get("role", user.role), changes.get("status", user.status)
    needs_admin = _needs_admin(user, changes, caller)
    if (role, status, needs_admin) == (user.role, user.status, user.needs_admin):
        return view(user)
    _check_rank(user, changes, caller)
    if user.status == "leaving":
        raise UserLeaving
    changed = users.change_standing(user, role, status, platform, needs_admin=needs_admin)
    for name in ("role", "status"):
        if getattr(user, name) != getattr(changed, name):
            told = f"{name}_set_to_{getattr(changed, name)}"
            tell(user, told, caller, origin, platform=platform)
    if not changed.is_active:
        halting.try_to_halt(user.id, platform=platform)
    return view(changed)


def _needs_admin(user: User, changes: Mapping[str, Any], caller: Caller) -> bool:
    """Whether nobody but an admin lets the user in after these changes. An admin's word also counts
    where an operator was first."""
    if changes.get("status", user.status) != "disabled":
        return False
    is_admins = "status" in changes and Permission.USER_MANAGE in caller.permissions
    return user.needs_admin or is_admins


def _check_rank(user: User, changes: Mapping[str, Any], caller: Caller) -> None:
    """Who may suspend others does so to whoever is no admin; over admins, and over those whom an
    admin has disabled, only admins decide. By accident nobody locks themselves out."""
    if "role" in changes or user.role == "admin" or user.needs_admin:
        check_permission(caller, Permission.USER_MANAGE)
    if user.id == caller.user_id:
        raise OwnAccount


def tell(user: User, action: str, caller: Caller, origin: Origin, *, platform: Platform) -> None:
    """Stands in the log of whom it happened to, and in that of who did it."""
    for one in (user.id, caller.user_id):
        audit.record(
            one,
            action,
            origin=origin,
            actor=caller.user_id,
            by=audit.by_of(caller),
            resource=user.id,
            platform=platform,
        )


def set_role(email: str, role: str, *, platform: Platform) -> Json:
    """By command, with the rights of who may give commands: so the first admin comes to be.

    Raises InvalidBody for no such role, NotFound, UserLeaving, LastAdmin, VersionConflict."""
    if role not in ROLES:
        known = f"A role is one of {', '.join(ROLES)}."
        raise InvalidBody(known, errors=[Detail("/role", "not_allowed_value", known)])
    address = normal_email(email)
    user = users.by_email(address, platform) if address else None
    if user is None:
        raise NotFound("Nobody is registered with this e-mail address.")
    if user.status == "leaving":
        raise UserLeaving
    if user.role == role:
        return view(user)
    changed = users.change_standing(user, role, user.status, platform)
    audit.record(
        user.id,
        f"role_set_to_{role}",
        actor=audit.SYSTEM,
        by="command",
        resource=user.id,
        platform=platform,
    )
    return view(changed)


def view(user: User) -> Json:
    """What may be told of a user to those who look after them: nothing of the password."""
    shown = ("id", "email", "name", "role", "status", "email_verified", "created_at", "revision")
    return {name: getattr(user, name) for name in shown}
