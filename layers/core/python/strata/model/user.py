"""A user, what a user may do, and who calls."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from strata.model.errors import PermissionDenied
from strata.model.rate import NO_LIMITS, Limits

UserStatus = Literal["active", "disabled", "leaving"]
"""`leaving`: the account is being deleted, and lets nobody in any more."""


@dataclass(frozen=True, slots=True)
class User:
    """`email` is normalised; `password_hash` is Argon2id in PHC form and stays in the store."""

    id: str
    email: str
    name: str
    password_hash: str
    created_at: str
    role: str = "member"
    status: UserStatus = "active"
    email_verified: bool = False
    preferences: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0
    """Counted up by whatever ends all sessions: what was issued in an earlier one is void."""
    grants_epoch: int = 0
    """Counted up where the mailbox's owner takes over an account of which nobody had proved that
    it was theirs: API keys and triggers of an earlier one are void."""
    needs_admin: bool = False
    """Disabled by an admin, so that nobody below lets them in again."""
    revision: int = 1

    @property
    def is_active(self) -> bool:
        return self.status == "active"


class Permission(StrEnum):
    """What a route may ask for: `resource:action`."""

    USER_READ = "user:read"
    USER_WRITE = "user:write"
    USER_EXPORT = "user:export"
    API_KEY_READ = "api_key:read"
    API_KEY_WRITE = "api_key:write"
    API_KEY_DELETE = "api_key:delete"
    AUDIT_READ = "audit:read"
    BLOCK_READ = "block:read"
    GRAPH_READ = "graph:read"
    GRAPH_WRITE = "graph:write"
    GRAPH_DELETE = "graph:delete"
    GRAPH_EXECUTE = "graph:execute"
    EXECUTION_READ = "execution:read"
    EXECUTION_WRITE = "execution:write"
    EXECUTION_APPROVE = "execution:approve"
    CREDENTIAL_READ = "credential:read"
    CREDENTIAL_WRITE = "credential:write"
    CREDENTIAL_DELETE = "credential:delete"
    TRIGGER_READ = "trigger:read"
    TRIGGER_WRITE = "trigger:write"
    TRIGGER_DELETE = "trigger:delete"
    # Over other users, and over what all of them share.
    USER_READ_ALL = "user:read_all"
    USER_SUSPEND = "user:suspend"
    USER_MANAGE = "user:manage"
    AUDIT_READ_ALL = "audit:read_all"
    PROVIDER_WRITE = "provider:write"


_OPERATOR = frozenset((Permission.USER_READ_ALL, Permission.USER_SUSPEND))
_ADMIN = frozenset((Permission.USER_MANAGE, Permission.AUDIT_READ_ALL, Permission.PROVIDER_WRITE))
_MEMBER = frozenset(Permission) - _OPERATOR - _ADMIN

ROLES: dict[str, frozenset[Permission]] = {
    "member": _MEMBER,
    "operator": _MEMBER | _OPERATOR,
    "admin": frozenset(Permission),
}
"""What each role may do; a role that is not here may do nothing."""

KEY_SCOPES: frozenset[Permission] = _MEMBER - {
    Permission.USER_WRITE,
    Permission.USER_EXPORT,
    Permission.API_KEY_WRITE,
    Permission.API_KEY_DELETE,
}
"""What an API key may be given: neither the account itself nor other keys, which would outlive
it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, once token or API key has been checked; `session_id` or `key_id` says by which."""

    user_id: str
    permissions: frozenset[str]
    session_id: str = ""
    key_id: str = ""
    key_limits: Limits = NO_LIMITS
    """Of the API key alone; its user's count besides."""
    grants_epoch: int = 0
    """Of the user when the caller was let in: what is made is made in that one."""


def check_permission(caller: Caller, permission: str) -> None:
    """Raises PermissionDenied."""
    if permission not in caller.permissions:
        raise PermissionDenied(f"This needs the permission {permission}.")
