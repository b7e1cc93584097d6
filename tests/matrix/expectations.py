"""What the permission table and the document say that a route answers, and to whom."""

import re

from strata.http.routes import Route
from strata.model.user import KEY_SCOPES, ROLES

OWNED = frozenset(
    (
        *("graph_id", "execution_id", "credential_id", "trigger_id"),
        *("key_id", "session_id", "authorization_id"),
    )
)
"""Path parameters that name a thing of one user: to all others it is not there."""

SHARED = frozenset(("block", "provider", "user_id", "a", "b", "node_id", "token"))
"""Those that name what all share, what lies within an owned thing, or what only some roles reach;
the secret of a one-time URL is in the URL."""


def parameters(route: Route) -> set[str]:
    """Of its path."""
    return set(re.findall(r"{(\w+)}", route.path))


def is_owned(route: Route) -> bool:
    """Whether its path names something that belongs to one user, as anything does that nobody has
    called shared."""
    return not parameters(route) <= SHARED


def is_open_to_members(route: Route) -> bool:
    return route.permission in ROLES["member"]


def is_open_to_keys(route: Route) -> bool:
    return route.permission in KEY_SCOPES
