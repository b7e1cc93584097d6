"""A user, and what a user may do."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class User:
    """`email` is normalised; `password_hash` is Argon2id in PHC form and stays in the store."""

    id: str
    email: str
    name: str
    password_hash: str
    created_at: str
    role: str = "member"


class Permission(StrEnum):
    """What a route may ask for: `resource:action`."""

    USER_READ = "user:read"
    USER_WRITE = "user:write"
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


ROLES: dict[str, frozenset[Permission]] = {"member": frozenset(Permission)}
"""What each role may do; a role that is not here may do nothing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, once the token has been checked."""

    user_id: str
    permissions: frozenset[str]
    token_id: str = ""
