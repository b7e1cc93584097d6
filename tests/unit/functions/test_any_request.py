"""Requests that nobody thought of: whatever is sent, the answer is one of the contract's."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.held_clock import HeldClock
from tests.unit.functions.gateway import Gateway, opened, routes, sample
from tests.unit.http.calls import Reply

NAMES = some.sampled_from(
    ["name", "nodes", "links", "id", "block", "inputs", "kind", "secret", "version", "draft", "x"]
)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)
# Whatever its body, it ends the session that the other requests come with.
WRITING = [
    f"{function}/{route.name}"
    for function, route in routes()
    if route.method in ("POST", "PUT") and route.name != "log_out"
]
QUERIES = some.dictionaries(
    some.sampled_from(["limit", "cursor", "q", "order_by", "status", "graph_id", "version"]),
    some.text(max_size=20),
)


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with opened(tmp_path_factory.mktemp("platform"), HeldClock()) as platform:
        yield Gateway(platform).signed_in()


def check(answer: Reply) -> None:
    assert answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == answer.status


@pytest.mark.parametrize("name", WRITING)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=JSON | some.text() | some.binary())
def test_no_body_breaks_a_route(ada: Gateway, name: str, body: Any) -> None:
    event = sample(name, access_token=ada.token)
    path, method = event["rawPath"], event["requestContext"]["http"]["method"]
    check(ada.call(method, path, body))


@settings(max_examples=100, deadline=None)
@given(
    path=some.sampled_from(["/v1/graphs", "/v1/executions", "/v1/blocks", "/v1/credentials"]),
    query=QUERIES,
)
def test_no_query_breaks_a_list(ada: Gateway, path: str, query: dict[str, str]) -> None:
    check(ada.call("GET", path, query=query))


@settings(max_examples=100, deadline=None)
@given(part=some.text(min_size=1, max_size=40))
def test_no_path_breaks_a_resource(ada: Gateway, part: str) -> None:
    check(ada.call("GET", f"/v1/graphs/{part}"))
    check(ada.call("GET", f"/v1/executions/{part}/nodes/{part}"))


@settings(max_examples=50, deadline=None)
@given(name=some.sampled_from(["if-none-match", "if-match", "idempotency-key", "accept"]),
       value=some.text(max_size=300))  # fmt: skip
def test_no_header_breaks_a_route(ada: Gateway, name: str, value: str) -> None:
    check(ada.call("GET", "/v1/graphs", headers={name: value}))
    check(ada.call("POST", "/v1/graphs", {"name": "x"}, headers={name: value}))


def test_a_misspelt_parameter_is_refused_and_not_left_out(ada: Gateway) -> None:
    answer = ada.call("GET", "/v1/graphs", query={"limt": "5"})
    assert answer.status == 400
    assert answer.json["errors"] == [
        {"pointer": "/query/limt", "code": "unknown_field", "message": "There is no such field."}
    ]
