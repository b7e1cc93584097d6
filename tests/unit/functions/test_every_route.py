"""What holds for every route, played with its sample event in the order of a story."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from strata import callback_urls
from strata.http.openapi import WRITTEN, openapi_document, openapi_text
from strata.http.routes import Route
from strata.model.user import Permission
from strata.observability import direct
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_loops import play_loops
from tests.held_platform import run_of
from tests.held_waits import ask
from tests.unit.functions.gateway import EVENTS, Gateway, handler, opened, routes, sample
from tests.unit.http.calls import Reply, reply

STORY = (
    "system/check_health",
    "system/read_contract",
    "system/read_public_keys",
    "accounts/register",
    "auth/log_in",
    "accounts/read_profile",
    "blocks/list_blocks",
    "blocks/read_block",
    "graphs/validate_graph",
    "graphs/create_graph",
    "graphs/save_graph",
    "graphs/change_graph",
    "graphs/read_graph",
    "graphs/list_graphs",
    "graphs/list_graph_versions",
    "graphs/compare_graph_versions",
    "graphs/read_graph_plan",
    "nodes/try_node",
    "credentials/create_credential",
    "credentials/read_credential",
    "credentials/list_credentials",
    "credentials/delete_credential",
    "triggers/create_trigger",
    "triggers/read_trigger",
    "triggers/list_triggers",
    "triggers/change_trigger",
    "triggers/delete_trigger",
    "executions/start_execution",
    "executions/cancel_execution",
    "executions/resume_execution",
    "executions/list_executions",
    "executions/read_execution",
    "executions/list_node_executions",
    "executions/read_node_execution",
    "executions/list_iterations",
    "executions/decide_approval",
    "executions/receive_event",
    "graphs/delete_graph",
)
ROUTES = [pytest.param(name, route, id=route.key) for name, route in routes()]
CLOSED = [pytest.param(name, route, id=route.key) for name, route in routes() if route.permission]
DOCUMENT = openapi_document()


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Reply]]:
    """The answer to each sample event, by operation."""
    with (tmp_path_factory.mktemp("log") / "log").open("w") as log:
        direct(log)
        with opened(tmp_path_factory.mktemp("platform"), HeldClock()) as platform:
            yield _play(platform)
        direct(None)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway for requests that come no further than the door."""
    with opened(tmp_path_factory.mktemp("platform"), HeldClock()) as platform:
        yield Gateway(platform)


def _play(platform: Platform) -> dict[str, Reply]:
    gateway = Gateway(platform)
    known: dict[str, str] = {}
    told: dict[str, Reply] = {}
    for name in STORY:
        if name == "executions/decide_approval":
            known |= _wait(Gateway(platform, known["access_token"]))
        answer = told[name.split("/")[1]] = gateway.send(sample(name, **known))
        known |= _learned(name, answer)
        if name == "executions/list_executions":
            _run(gateway, told)
    return told


def _learned(name: str, answer: Reply) -> dict[str, str]:
    if name == "auth/log_in":
        return {"access_token": answer.json["access_token"]}
    made = {
        "graphs/create_graph": "GRAPH",
        "credentials/create_credential": "CREDENTIAL",
        "triggers/create_trigger": "TRIGGER",
        "executions/start_execution": "EXECUTION",
        "executions/resume_execution": "EXECUTION",
    }
    return {made[name]: answer.json["id"]} if name in made else {}


def _run(gateway: Gateway, told: dict[str, Reply]) -> None:
    user_id = told["read_profile"].json["id"]
    play_loops(run_of(told["resume_execution"].json, user_id), gateway.platform)


def _wait(user: Gateway) -> dict[str, str]:
    """An execution whose nodes `ask` and `paid` wait."""
    waiting = graph([node("ask", "approval"), node("paid", "wait_for_event")])
    graph_id = user.call("POST", "/v1/graphs", waiting.model_dump(mode="json")).json["id"]
    begun = user.call("POST", f"/v1/graphs/{graph_id}/executions").json
    run = run_of(begun, user.call("GET", "/v1/auth/me").json["id"])
    for one in ("ask", "paid"):
        ask(run, one, user.platform)
    url = callback_urls.url_of(run, "paid", platform=user.platform)
    return {"EXECUTION": begun["id"], "callback_token": url.rpartition("/")[2]}


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
    assert {f"{path.parent.name}/{path.stem}" for path in files} == names == set(STORY)


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_a_sample_event_gets_the_status_of_the_document(
    function: str, route: Route, answers: dict[str, Reply]
) -> None:
    answer = answers[route.name]
    assert answer.status == route.status, answer.body


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_an_answer_has_the_fields_of_the_document_and_no_others(
    function: str, route: Route, answers: dict[str, Reply]
) -> None:
    answer = answers[route.name]
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
    function: str, route: Route, answers: dict[str, Reply]
) -> None:
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    told = operation["responses"][str(route.status)]["headers"]
    assert {name.lower() for name in told} <= set(answers[route.name].headers)


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_what_was_made_can_be_read_at_its_place(
    function: str, route: Route, answers: dict[str, Reply]
) -> None:
    place = answers[route.name].headers.get("location")
    assert (place is not None) == bool(route.location)
    if place:
        assert place.endswith(answers[route.name].json["id"])


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
    assert operation["security"] == [{"bearer": []}]


def test_the_public_routes_are_these() -> None:
    assert {route.key for _, route in routes() if route.permission is None} == {
        "GET /v1/health",
        "GET /v1/openapi.json",
        "GET /v1/.well-known/jwks.json",
        "POST /v1/auth/register",
        "POST /v1/auth/login",
        "POST /v1/callbacks/{token}",
    }
