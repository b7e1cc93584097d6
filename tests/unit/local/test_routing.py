"""Which function answers which request."""

from pathlib import Path

import pytest

from strata.local.platform import open_platform
from strata.local.routing import DEFAULT, Declared, Router, declared_routes

ROUTES = [
    Declared(key, key, is_public=False)
    for key in (
        "GET /v1/graphs",
        "GET /v1/graphs/{graph_id}",
        "POST /v1/graphs/validate",
        "GET /v1/graphs/validate",
        "POST /v1/graphs/{graph_id}",
        "GET /v1/{kind}/newest",
        "GET /v1/graphs/{graph_id}/versions/{version}",
    )
]


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/v1/graphs", "GET /v1/graphs", {}),
        ("GET", "/v1/graphs/a b", "GET /v1/graphs/{graph_id}", {"graph_id": "a b"}),
        ("POST", "/v1/graphs/validate", "POST /v1/graphs/validate", {}),
        ("POST", "/v1/graphs/x", "POST /v1/graphs/{graph_id}", {"graph_id": "x"}),
        ("GET", "/v1/graphs/newest", "GET /v1/graphs/{graph_id}", {"graph_id": "newest"}),
        ("GET", "/v1/runs/newest", "GET /v1/{kind}/newest", {"kind": "runs"}),
        (
            "GET",
            "/v1/graphs/g/versions/2",
            "GET /v1/graphs/{graph_id}/versions/{version}",
            {"graph_id": "g", "version": "2"},
        ),
        ("GET", "/v1/graphs/", "$default", {}),
        ("DELETE", "/v1/graphs", "$default", {}),
        ("GET", "/", "$default", {}),
        ("GET", "", "$default", {}),
        ("GET", "/v1/graphs/g/versions", "$default", {}),
        ("GET", "/V1/graphs", "$default", {}),
        ("get", "/v1/graphs", "$default", {}),
    ],
)
def test_a_fixed_part_goes_before_a_variable_one(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    found = Router(ROUTES).find(method, path)
    assert (found.declared.key, found.parameters) == (key, parameters)


def test_what_no_route_takes_goes_to_the_function_behind_the_default_route() -> None:
    assert Router([]).find("GET", "/x").declared == DEFAULT
    assert (DEFAULT.function, DEFAULT.is_public) == ("system", True)


def test_the_routes_are_those_that_the_handlers_declare(tmp_path: Path) -> None:
    with open_platform(tmp_path) as real:
        routes = {route.key: route for route in declared_routes(real.functions)}
    assert routes["GET /v1/health"] == Declared("GET /v1/health", "system", is_public=True)
    assert routes["POST /v1/graphs"] == Declared("POST /v1/graphs", "graphs", is_public=False)
    assert len(routes) > 20
