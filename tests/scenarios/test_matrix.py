"""Some cells of the matrix at the real door: who is nobody, and who is somebody else.

The whole of it, with every identity, is in tests/matrix.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from strata.http.routes import Route
from tests.matrix.expectations import is_owned
from tests.scenarios.person import Person
from tests.scenarios.runner import Runner
from tests.unit.functions.gateway import routes, sample

pytestmark = pytest.mark.xdist_group("doors")

CLOSED = [pytest.param(name, route, id=route.key) for name, route in routes() if route.permission]
OWNED = [
    pytest.param(name, route, id=route.key)
    for name, route in routes()
    if route.permission and is_owned(route)
]
_ID = re.compile(r"\b([a-z]{3})_01kmm[0-9a-z]{21}\b")
_ANOTHER = "0" * 26

Things = Mapping[str, str]
"""Ids by their prefix."""


@pytest.fixture(scope="module")
def owner(runner: Runner) -> Iterator[Person]:
    person = Person(runner)
    yield person
    person.http.close()


@pytest.fixture(scope="module")
def other(runner: Runner) -> Iterator[Person]:
    person = Person(runner)
    yield person
    person.http.close()


@pytest.fixture(scope="module")
def things(owner: Person) -> Things:
    """What the owner has, of each kind that a path names."""
    graph_id = owner.saves({"name": "Mine", "nodes": [{"id": "shout", "block": "approval"}]})
    paths: dict[str, tuple[str, Any]] = {
        "trg": (f"/graphs/{graph_id}/triggers", {"kind": "queue"}),
        "crd": ("/credentials", json.loads(sample("credentials/create_credential")["body"])),
        "key": ("/api-keys", {"name": "Mine", "scopes": ["graph:read"]}),
    }
    made = {kind: owner.sends(path, body, 201)["id"] for kind, (path, body) in paths.items()}
    return {
        **made,
        "gph": graph_id,
        "exe": owner.starts(graph_id),
        "ses": owner.reads("/auth/sessions")["items"][0]["id"],
        "usr": owner.reads("/auth/me")["id"],
        # Whose authorisation begins needs a provider, and that an administrator.
        "aut": f"aut_{'1' * 26}",
    }


def asks(who: Person, name: str, route: Route, things: Things, **headers: str) -> httpx.Response:
    """What the sample of the route, for these things, is answered with."""
    event = sample(f"{name}/{route.name}")
    path, body = (_of(things, event.get(part) or "", route) for part in ("rawPath", "body"))
    sent = {"content-type": "application/json", **headers} if body else headers
    query = event.get("queryStringParameters") or {}
    return who.http.request(
        *(route.method, path.removeprefix("/v1")), params=query, content=body, headers=sent
    )


def _of(things: Things, text: str, route: Route) -> str:
    def of(found: re.Match[str]) -> str:
        assert found[1] in things, f"{route.key}: the owner has no {found[1]}"
        return things[found[1]]

    return _ID.sub(of, text)


def said(answer: httpx.Response) -> Any:
    """All that can tell one refusal from another, but what is another at each request."""
    problem = {key: value for key, value in answer.json().items() if key != "request_id"}
    return answer.status_code, answer.headers.get("etag"), problem


@pytest.mark.parametrize(("name", "route"), CLOSED)
def test_the_door_is_closed_to_nobody_and_to_garbage(
    name: str, route: Route, other: Person, things: Things
) -> None:
    for given, code in (("", "unauthenticated"), ("Bearer swordfish", "invalid_token")):
        answer = asks(other, name, route, things, authorization=given)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert "www-authenticate" in answer.headers


@pytest.mark.parametrize(("name", "route"), OWNED)
def test_another_user_cannot_tell_a_thing_from_none(
    name: str, route: Route, other: Person, things: Things
) -> None:
    none = {kind: f"{kind}_{_ANOTHER}" for kind in things}
    answer = said(asks(other, name, route, things))
    assert answer[0] == 404
    assert answer == said(asks(other, name, route, none))
