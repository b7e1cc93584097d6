"""Who sends the requests, and what they have: made before the first of them."""

from itertools import chain
from typing import Any

import httpx

from strata import api_keys, sessions
from strata.api_keys import NewApiKey
from strata.clock import timestamp
from strata.model.origin import NOWHERE
from strata.model.user import KEY_SCOPES, ROLES, Caller, User
from strata.platform import Platform
from strata.store import users

NEWCOMERS = 300
Json = dict[str, Any]


def callers(platform: Platform) -> Json:
    """Tokens, and an API key: nobody of them has to sign in, which is slowed down for whoever
    fails at it as often as Schemathesis does."""
    member = _user("member", platform)
    caller = Caller(member.id, frozenset(map(str, ROLES["member"])))
    key = NewApiKey("Fuzz", sorted(map(str, KEY_SCOPES)))
    return {
        "member": _token(member, platform),
        "key": api_keys.create(caller, key, platform=platform)["key"],
        "admin": _token(_user("admin", platform, "admin"), platform),
        "newcomers": [_token(_user(f"new-{n}", platform), platform) for n in range(NEWCOMERS)],
    }


def _user(name: str, platform: Platform, role: str = "member") -> User:
    """Without a password, which would take its time."""
    now = timestamp(platform.clock.now())
    email, user_id = f"{name}@example.com", platform.clock.new_id("usr")
    user = User(user_id, email, name, password_hash="", created_at=now, role=role)
    users.add(user, platform)
    return user


def _token(user: User, platform: Platform) -> str:
    return sessions.begin(user, NOWHERE, platform=platform).access_token


def things(url: str, token: str) -> dict[str, list[str]]:
    """What there is to be read, changed and deleted, by the parameter that names it."""
    graph = {"name": "Fuzz", "nodes": [{"id": "a", "block": "constant", "inputs": {"value": 1}}]}
    waiting = {"name": "Fuzz", "nodes": [{"id": "a", "block": "approval"}]}
    secret = {
        "kind": "api_key",
        "name": "Fuzz",
        "provider": "example",
        "secret": {"key": "sk-fuzz"},
        "allowed_hosts": ["api.example.com"],
    }
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{url}/v1", headers=headers, trust_env=False) as http:

        def made(path: str, body: Json, count: int = 1) -> list[str]:
            return [_id_of(http.post(path, json=body)) for _ in range(count)]

        graphs = [*made("/graphs", graph, 20), *made("/graphs", waiting)]
        begun = [made(f"/graphs/{one}/executions", {}, 2) for one in graphs]
        triggers = [made(f"/graphs/{one}/triggers", {"kind": "queue"}) for one in graphs]
        return {
            "graph_id": graphs,
            "execution_id": list(chain.from_iterable(begun)),
            "credential_id": made("/credentials", secret, 10),
            "trigger_id": list(chain.from_iterable(triggers)),
            "key_id": made("/api-keys", {"name": "Fuzz", "scopes": ["graph:read"]}, 10),
            "node_id": ["a"],
        }


def _id_of(answer: httpx.Response) -> str:
    made: Json = answer.raise_for_status().json()
    return str(made["id"])
