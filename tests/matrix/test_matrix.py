"""Each route × each identity: the answer that the permission table and the document want.

A cell is a test; its name says who comes where.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from strata.http.routes import Route
from tests.matrix.conftest import Stage
from tests.matrix.expectations import (
    OWNED,
    SHARED,
    is_open_to_keys,
    is_open_to_members,
    is_owned,
    parameters,
)
from tests.matrix.identities import FORBIDDEN, REFUSED, Identity
from tests.scenes import Scene, newcomer, rightful
from tests.unit.functions.gateway import routes
from tests.unit.http.calls import Reply

pytestmark = pytest.mark.xdist_group("matrix")

CLOSED = [(name, route) for name, route in routes() if route.permission]
PUBLIC = [(name, route) for name, route in routes() if not route.permission]
OF_OWNERS = [(name, route) for name, route in CLOSED if is_owned(route)]


def cells(places: Iterable[tuple[str, Route]], *who: Identity) -> list[Any]:
    """One parameter set per route and identity."""
    return [
        pytest.param(name, route, one, id=f"{route.key} as {one.name}")
        for name, route in places
        for one in who
    ]


def those(places: Iterable[tuple[str, Route]], who: str) -> list[Any]:
    return [pytest.param(name, route, id=f"{route.key} as {who}") for name, route in places]


def said(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.code if answer.status >= 400 else ""


@pytest.mark.parametrize(("name", "route"), those(routes(), "anybody"))
def test_it_is_known_whose_the_things_of_a_path_are(name: str, route: Route) -> None:
    assert parameters(route) <= OWNED | SHARED


@pytest.mark.parametrize(("name", "route", "identity"), cells(CLOSED, *REFUSED))
def test_a_closed_route_refuses(name: str, route: Route, identity: Identity, stage: Stage) -> None:
    answer = stage.send(stage.event(name, route), identity.headers(stage.world, route))
    assert said(answer) == identity.refusal
    assert ("www-authenticate" in answer.headers) == (answer.status == 401)
    assert "etag" not in answer.headers
    assert stage.is_as_it_was(name, route)


@pytest.mark.parametrize(("name", "route", "identity"), cells(PUBLIC, *REFUSED))
def test_a_public_route_asks_nobody_who_they_are(
    name: str, route: Route, identity: Identity, stage: Stage
) -> None:
    scene = Scene(rightful(route, stage.world.platform))
    event = scene.event(f"{name}/{route.name}")
    answer = stage.send(event, identity.headers(stage.world, route))
    assert answer.status == route.status, answer.body


@pytest.mark.parametrize(("name", "route"), those(routes(), "its rightful owner"))
def test_a_route_lets_its_rightful_owner_in(name: str, route: Route, stage: Stage) -> None:
    owner = rightful(route, stage.world.platform)
    event = Scene(owner).event(f"{name}/{route.name}")
    assert stage.send(event, owner.bearer).status == route.status


@pytest.mark.parametrize(("name", "route"), those(CLOSED, "its owner's key"))
def test_a_key_of_all_scopes_opens_what_keys_may_open(
    name: str, route: Route, stage: Stage
) -> None:
    owner = rightful(route, stage.world.platform)
    event = Scene(owner).event(f"{name}/{route.name}")
    answer = stage.send(event, {"x-api-key": stage.world.key_of(owner)})
    expected = (route.status, "") if is_open_to_keys(route) else FORBIDDEN
    assert said(answer) == expected, answer.body


def another_user(route: Route) -> tuple[int, str]:
    """What somebody else is told, who has a role as everybody has."""
    if not is_open_to_members(route):
        return FORBIDDEN
    return (404, "not_found") if is_owned(route) else (route.status, "")


def another_users_key(route: Route) -> tuple[int, str]:
    return another_user(route) if is_open_to_keys(route) else FORBIDDEN


@pytest.mark.parametrize(("name", "route"), those(CLOSED, "another user"))
def test_another_user_finds_nothing_of_it(name: str, route: Route, stage: Stage) -> None:
    other = newcomer(stage.world.platform)
    answer = stage.send(stage.event(name, route), other.bearer)
    assert said(answer) == another_user(route), answer.body
    check_untold(name, route, answer, stage)


@pytest.mark.parametrize(("name", "route"), those(CLOSED, "another user's key"))
def test_another_users_key_finds_nothing_of_it(name: str, route: Route, stage: Stage) -> None:
    key = stage.world.key_of(newcomer(stage.world.platform))
    answer = stage.send(stage.event(name, route), {"x-api-key": key})
    assert said(answer) == another_users_key(route), answer.body
    check_untold(name, route, answer, stage)


def check_untold(name: str, route: Route, answer: Reply, stage: Stage) -> None:
    """Nothing of the owner's has changed or is told."""
    scene = stage.scene(name, route)
    assert stage.is_as_it_was(name, route)
    for fact in (scene.owner.user_id, scene.owner.email, *scene.facts.values()):
        assert fact not in answer.body


KEYED = [
    (name, route)
    for name, route in CLOSED
    if not is_owned(route) and is_open_to_members(route) and route.method == "POST"
]


@pytest.mark.parametrize(("name", "route"), those(KEYED, "another user"))
def test_an_idempotency_key_of_another_user_replays_nothing(
    name: str, route: Route, stage: Stage
) -> None:
    owner, other = newcomer(stage.world.platform), newcomer(stage.world.platform)
    event = Scene(owner).event(f"{name}/{route.name}", {"idempotency-key": "the-same"})
    first = stage.send(event, owner.bearer)
    second = stage.send(event, other.bearer)
    assert first.status == second.status == route.status
    if route.location:
        assert first.json["id"] != second.json["id"]
