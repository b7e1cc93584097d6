"""All who may come to a route, and how each is to be answered where it is closed to them.

Each identity but the rightful ones is made once and comes to every route.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from strata import tokens
from strata.clock import timestamp
from strata.http.routes import Route
from strata.local.vault import LocalVault
from strata.model.user import KEY_SCOPES, ROLES, User
from strata.platform import Platform
from strata.ports import Update
from strata.settings import Settings
from strata.store import keys, users
from tests.held_clock import HeldClock
from tests.scenes import SAMPLE_PASSWORD, Somebody, newcomer

Headers = Mapping[str, str]
Refusal = tuple[int, str]
"""Status and code."""

NOBODY: Refusal = (401, "unauthenticated")
BAD_TOKEN: Refusal = (401, "invalid_token")
BAD_KEY: Refusal = (401, "invalid_api_key")
FORBIDDEN: Refusal = (403, "permission_denied")


@dataclass(frozen=True, slots=True)
class Identity:
    """`refusal` is the answer wherever the route is closed."""

    name: str
    refusal: Refusal
    headers: Callable[["World", Route], Headers]


def _bearer(token: str) -> Headers:
    return {"authorization": f"Bearer {token}"}


def _key(key: str) -> Headers:
    return {"x-api-key": key}


class World:
    """One platform with everybody in it; whoever is in it is made when first asked for."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.clock = cast("HeldClock", platform.clock)
        self._keys: dict[frozenset[str], str] = {}
        # Time passes before anybody else comes.
        self.expired_token = self._newcomer().gateway.token
        self.expired_key = self._expiring_key()
        self.clock.sleep(tokens.LIFETIME_SECONDS + tokens.LEEWAY_SECONDS + 3600)

    def _newcomer(self, role: str = "member") -> Somebody:
        return newcomer(self.platform, role)

    @cached_property
    def other(self) -> Somebody:
        return self._newcomer()

    @cached_property
    def without_permissions(self) -> Somebody:
        """Of a role that no table knows."""
        return self._newcomer("guest")

    @cached_property
    def demoted(self) -> Somebody:
        """Whose token still says more than their role by now."""
        somebody = self._newcomer("admin")
        key = keys.user(somebody.user_id)
        self.platform.table.write(Update(key, {"role": "guest"}))
        return somebody

    @cached_property
    def token_of_another_key(self) -> str:
        """Signed by a key that this environment does not know, all else being right."""
        with tempfile.TemporaryDirectory() as folder:
            vault = LocalVault(Path(folder), self.clock)
            return self._issued(
                replace(self.platform, vault=vault, memory=type(self.platform.memory)())
            )

    @cached_property
    def token_of_another_environment(self) -> str:
        """Signed by the right key, for an environment of another name."""
        return self._issued(replace(self.platform, settings=Settings(stage="elsewhere")))

    def _issued(self, platform: Platform) -> str:
        """For a session that there is."""
        claims = tokens.verify(self.other.gateway.token, platform=self.platform)
        user = cast("User", users.by_id(self.other.user_id, self.platform))
        return tokens.issue(user, claims.session_id, platform=platform)

    @cached_property
    def signed_out(self) -> str:
        return self._after("POST", "/v1/auth/logout")

    @cached_property
    def with_an_old_password(self) -> str:
        body = {"current_password": SAMPLE_PASSWORD, "new_password": f"{SAMPLE_PASSWORD} two"}
        return self._after("POST", "/v1/auth/password", body)

    @cached_property
    def disabled(self) -> str:
        somebody = self._newcomer()
        path = f"/v1/users/{somebody.user_id}"
        self._does(self.admin, "PATCH", path, {"status": "disabled"})
        return somebody.gateway.token

    @cached_property
    def deleted(self) -> str:
        return self._after("DELETE", "/v1/auth/me", {"current_password": SAMPLE_PASSWORD})

    @cached_property
    def admin(self) -> Somebody:
        return self._newcomer("admin")

    def _after(self, method: str, path: str, body: Any = None) -> str:
        """The token of somebody who has done that."""
        somebody = self._newcomer()
        self._does(somebody, method, path, body)
        return somebody.gateway.token

    def _does(self, somebody: Somebody, method: str, path: str, body: Any = None) -> Any:
        answer = somebody.gateway.call(method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.body}"
        return answer.json if answer.body else None

    @cached_property
    def keeper(self) -> Somebody:
        """Whose API keys come to the routes."""
        return self._newcomer()

    def _new_key(self, somebody: Somebody, scopes: frozenset[str], **more: Any) -> dict[str, Any]:
        body = {"name": "Matrix", "scopes": sorted(scopes), **more}
        made: dict[str, Any] = self._does(somebody, "POST", "/v1/api-keys", body)
        return made

    def _expiring_key(self) -> str:
        end = timestamp(self.clock.now() + timedelta(hours=1))
        made = self._new_key(self._newcomer(), frozenset(KEY_SCOPES), expires_at=end)
        return str(made["key"])

    def key_of(self, somebody: Somebody, scopes: frozenset[str] = frozenset(KEY_SCOPES)) -> str:
        return str(self._new_key(somebody, scopes)["key"])

    def key_without(self, permission: str | None) -> str:
        """A key with all scopes but that one."""
        scopes = frozenset(map(str, KEY_SCOPES)) - {permission or ""}
        if scopes not in self._keys:
            self._keys[scopes] = self.key_of(self.keeper, scopes)
        return self._keys[scopes]

    @cached_property
    def suspended_key(self) -> str:
        made = self._new_key(self.keeper, frozenset(KEY_SCOPES))
        self._does(self.keeper, "PATCH", f"/v1/api-keys/{made['id']}", {"status": "suspended"})
        return str(made["key"])

    @cached_property
    def deleted_key(self) -> str:
        made = self._new_key(self.keeper, frozenset(KEY_SCOPES))
        self._does(self.keeper, "DELETE", f"/v1/api-keys/{made['id']}")
        return str(made["key"])

    @cached_property
    def key_of_disabled(self) -> str:
        somebody = self._newcomer()
        key = self.key_of(somebody)
        path = f"/v1/users/{somebody.user_id}"
        self._does(self.admin, "PATCH", path, {"status": "disabled"})
        return key

    @cached_property
    def key_of_deleted(self) -> str:
        somebody = self._newcomer()
        key = self.key_of(somebody)
        self._does(somebody, "DELETE", "/v1/auth/me", {"current_password": SAMPLE_PASSWORD})
        return key

    def lesser(self, permission: str | None) -> Headers:
        """Of whoever has the most of those roles that do not have the permission."""
        lacking = [role for role, granted in ROLES.items() if permission not in granted]
        return (self._of_role(lacking[-1]) if lacking else self.without_permissions).bearer

    def _of_role(self, role: str) -> Somebody:
        if role not in self._by_role:
            self._by_role[role] = self._newcomer(role)
        return self._by_role[role]

    @cached_property
    def _by_role(self) -> dict[str, Somebody]:
        return {}


REFUSED = (
    Identity("anonymous", NOBODY, lambda world, route: {}),
    Identity("an empty token", NOBODY, lambda world, route: _bearer("")),
    Identity("another scheme", NOBODY, lambda world, route: {"authorization": "Basic YWRhOnB3"}),
    Identity(
        "somebody with a token and a key",
        NOBODY,
        lambda world, route: {**world.keeper.bearer, **_key(world.key_without(None))},
    ),
    Identity("a garbage token", BAD_TOKEN, lambda world, route: _bearer("swordfish")),
    Identity("an expired token", BAD_TOKEN, lambda world, route: _bearer(world.expired_token)),
    Identity(
        "a token of another key",
        BAD_TOKEN,
        lambda world, route: _bearer(world.token_of_another_key),
    ),
    Identity(
        "a token of another environment",
        BAD_TOKEN,
        lambda world, route: _bearer(world.token_of_another_environment),
    ),
    Identity("signed out", BAD_TOKEN, lambda world, route: _bearer(world.signed_out)),
    Identity(
        "an old password", BAD_TOKEN, lambda world, route: _bearer(world.with_an_old_password)
    ),
    Identity("a disabled user", BAD_TOKEN, lambda world, route: _bearer(world.disabled)),
    Identity("a deleted user", BAD_TOKEN, lambda world, route: _bearer(world.deleted)),
    Identity("a garbage key", BAD_KEY, lambda world, route: _key("swordfish")),
    Identity("an expired key", BAD_KEY, lambda world, route: _key(world.expired_key)),
    Identity("a suspended key", BAD_KEY, lambda world, route: _key(world.suspended_key)),
    Identity("a deleted key", BAD_KEY, lambda world, route: _key(world.deleted_key)),
    Identity("a disabled user's key", BAD_KEY, lambda world, route: _key(world.key_of_disabled)),
    Identity("a deleted user's key", BAD_KEY, lambda world, route: _key(world.key_of_deleted)),
    Identity("a lesser role", FORBIDDEN, lambda world, route: world.lesser(route.permission)),
    Identity("no role", FORBIDDEN, lambda world, route: world.without_permissions.bearer),
    Identity("a lost role", FORBIDDEN, lambda world, route: world.demoted.bearer),
    Identity(
        "a key without the scope",
        FORBIDDEN,
        lambda world, route: _key(world.key_without(route.permission)),
    ),
)
