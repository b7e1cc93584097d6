"""What holds for every route, played with its sample event in a scene of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from strata.http.openapi import WRITTEN, openapi_document, openapi_text
from strata.http.routes import Route
from strata.model.user import KEY_SCOPES, Permission
from strata.observability import direct
from tests.held_clock import HeldClock
from tests.scenes import played
from tests.unit.functions.gateway import EVENTS, Gateway, handler, opened, routes, sample
from tests.unit.http.calls import Reply, reply

ROUTES = [pytest.param(name, route, id=route.key) for name, route in routes()]
CLOSED = [pytest.param(name, route, id=route.key) for name, route in routes() if route.permission]
DOCUMENT = openapi_document()

Answers = Callable[[str, Route], Reply]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """What the sample event of a route is answered with; each is played once, by somebody new."""
    with (tmp_path_factory.mktemp("log") / "log").open("w") as log:
        direct(log)
        with opened(tmp_path_factory.mktemp("platform"), HeldClock()) as platform:
            known: dict[str, Reply] = {}

            def answer(function: str, route: Route) -> Reply:
                if route.name not in known:
                    known[route.name] = played(function, route, platform)
                return known[route.name]

            yield answer
        direct(None)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway for requests that come no further than the door."""
    with opened(tmp_path_factory.mktemp("platform"), HeldClock()) as platform:
        yield Gateway(platform)


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_the_written_document_is_what_the_handlers_declare() -> None:
    assert WRITTEN.read_text("utf-8") == openapi_text(), "run `make golden`"


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [route.name for _, route in routes()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_a_route_has_a_sample_event(function: str, route: Route) -> None:
    event = sample(f"{function}/{route.name}")
    assert event["routeKey"] == event["requestContext"]["routeKey"] == route.key


def test_no_sample_event_is_left_over() -> None:
    names = {f"{name}/{route.name}" for name, route in routes()}
    functions = {name for name, _ in routes()}
    files = [
        path
        for path in EVENTS.glob("*/*.json")
        if path.parent.name in functions and "routeKey" in path.read_text("utf-8")
    ]
    assert {f"{path.parent.name}/{path.stem}" for path in files} == names


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_a_sample_event_gets_the_status_of_the_document(
    function: str, route: Route, answered: Answers
) -> None:
    answer = answered(function, route)
    assert answer.status == route.status, answer.body


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_an_answer_has_the_fields_of_the_document_and_no_others(
    function: str, route: Route, answered: Answers
) -> None:
    answer = answered(function, route)
    if route.answer is None:
        assert answer.body == ""
    else:
        _validator(route).validate(answer.json)


def _validator(route: Route) -> OAS31Validator:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    content = operation["responses"][str(route.status)]["content"]
    schema = content["application/json"]["schema"]
    whole = _closed({**schema, "components": DOCUMENT["components"]})
    return OAS31Validator(whole, format_checker=oas31_format_checker)


def _closed(schema: Any) -> Any:
    """The schema with no room for a field that the document does not tell of."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(one) for name, one in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        closed.setdefault("additionalProperties", False)
    return closed


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_an_answer_has_the_headers_of_the_document(
    function: str, route: Route, answered: Answers
) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    told = operation["responses"][str(route.status)]["headers"]
    assert {name.lower() for name in told} <= set(answered(function, route).headers)


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_what_was_made_can_be_read_at_its_place(
    function: str, route: Route, answered: Answers
) -> None:
    place = answered(function, route).headers.get("location")
    assert (place is not None) == bool(route.location)
    if place:
        assert place.endswith(answered(function, route).json["id"])


@pytest.mark.parametrize(("function", "route"), CLOSED)
def test_without_a_token_a_route_is_401(function: str, route: Route, closed: Gateway) -> None:
    event = sample(f"{function}/{route.name}")
    del event["headers"]["authorization"]
    answer = closed.send(event)
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("function", "route"), CLOSED)
def test_with_a_bad_token_a_route_is_401(function: str, route: Route, closed: Gateway) -> None:
    answer = closed.send(sample(f"{function}/{route.name}", access_token="swordfish"))
    assert (answer.status, answer.code) == (401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("function", "route"), CLOSED)
def test_without_its_permission_a_route_is_403(
    function: str, route: Route, closed: Gateway
) -> None:
    event = sample(f"{function}/{route.name}")
    others = " ".join(one for one in Permission if one != route.permission)
    event["requestContext"]["authorizer"]["lambda"]["permissions"] = others
    answer = reply(handler(function), event, closed.platform)
    assert (answer.status, answer.code) == (403, "permission_denied")


@pytest.mark.parametrize(("function", "route"), CLOSED)
def test_the_document_tells_the_permission(function: str, route: Route) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    assert operation["x-permission"] == route.permission
    schemes = ["bearer", "apiKey"] if route.permission in KEY_SCOPES else ["bearer"]
    assert operation["security"] == [{scheme: []} for scheme in schemes]


def test_the_public_routes_are_these() -> None:
    assert {route.key for _, route in routes() if route.permission is None} == {
        "GET /v1/health",
        "GET /v1/openapi.json",
        "GET /v1/.well-known/jwks.json",
        "GET /v1/oauth/callback",
        "POST /v1/auth/register",
        "POST /v1/auth/login",
        "POST /v1/auth/refresh",
        "POST /v1/auth/verification/confirm",
        "POST /v1/auth/password-reset",
        "POST /v1/auth/password-reset/confirm",
        "POST /v1/callbacks/{token}",
    }
