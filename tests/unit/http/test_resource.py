"""The way of a request through a resource."""

import pytest

from strata.http.resource import Resource
from strata.platform import Platform
from tests.unit.http.shelf import app, call


def test_a_route_without_permission_that_is_not_public_fails_at_import() -> None:
    with pytest.raises(ValueError, match="GET /v1/x"):
        Resource("x").get("/v1/x", answer=dict)


def test_a_route_that_is_public_and_asks_for_a_permission_fails_at_import() -> None:
    with pytest.raises(ValueError, match="GET /v1/x"):
        Resource("x").get("/v1/x", public=True, permission="graph:read", answer=dict)


def test_a_permission_that_nobody_can_have_fails_at_import() -> None:
    with pytest.raises(ValueError, match="graph:fly"):
        Resource("x").get("/v1/x", permission="graph:fly", answer=dict)


def test_a_route_is_told_with_its_permission_in_the_form_of_api_gateway() -> None:
    told = {route.key: route.permission for route in app.routes}
    assert told["GET /v1/books/{node_id}"] == "graph:read"
    assert told["GET /v1/open"] is None


def test_a_function_gets_its_user_and_its_platform(platform: Platform) -> None:
    assert call(platform, "GET", "/v1/books").json["user"] == "usr_1"
    assert call(platform, "POST", "/v1/books", {"title": "Moby"}).json["stage"] == "local"


def test_what_was_made_is_answered_with_its_place(platform: Platform) -> None:
    made = call(platform, "POST", "/v1/books", {"title": "Moby"})
    assert (made.status, made.headers["location"]) == (201, "/v1/books/moby")


def test_nothing_to_say_is_204_without_a_body(platform: Platform) -> None:
    gone = call(platform, "DELETE", "/v1/books/moby")
    assert (gone.status, gone.body) == (204, "")
    assert "content-type" not in gone.headers


def test_a_function_may_answer_with_a_status_of_its_own(platform: Platform) -> None:
    told = call(platform, "GET", "/v1/state")
    assert (told.status, told.json) == (503, {"status": "unhealthy"})


def test_a_text_is_answered_as_it_is(platform: Platform) -> None:
    told = call(platform, "GET", "/v1/text")
    assert told.body == '{"as": "it is"}'
    assert told.headers["content-type"] == "application/json"


def test_an_answer_that_lambda_would_drop_is_refused(platform: Platform) -> None:
    assert call(platform, "GET", "/v1/large").code == "too_large"
