"""What a caller is told of their rate, and what happens at its end."""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

import strata
from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import Item, Table, Update
from strata.settings import Settings
from strata.store import keys
from tests.held_clock import HeldClock
from tests.unit.functions.gateway import Gateway, routes

DOCUMENT = Path(strata.__file__).with_name("openapi.json")
ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery staple"}
OLD = {"current_password": ACCOUNT["password"]}
NAMES = ("limit", "remaining", "reset", "policy")


def told(headers: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(headers.get(f"ratelimit-{name}") for name in NAMES)


@pytest.fixture
def platform(platform: Platform) -> Platform:
    return replace(platform, settings=Settings(requests_per_minute="3"))


POLICY = "3;w=60, 10000000;w=86400"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/auth/me", None, 200),
        ("GET", "/v1/graphs/gph_00000000000000000000000000", None, 404),
        ("POST", "/v1/graphs", {"nodes": 1}, 422),
        ("POST", "/v1/graphs", "{", 400),
    ],
)
def test_every_answer_to_a_known_caller_tells_their_rate(
    ada: Gateway, method: str, path: str, body: object, status: int
) -> None:
    answer = ada.call(method, path, body)
    assert (answer.status, told(dict(answer.headers))) == (status, ("3", "2", "60", POLICY))


def test_an_answer_without_news_tells_it_too(ada: Gateway) -> None:
    tag = ada.call("GET", "/v1/auth/me").headers["etag"]
    answer = ada.call("GET", "/v1/auth/me", headers={"If-None-Match": tag})
    assert (answer.status, answer.headers["ratelimit-remaining"]) == (304, "1")


@pytest.mark.parametrize("path", ["/v1/health", "/v1/auth/me", "/v1/nowhere"])
def test_a_stranger_has_no_rate(gateway: Gateway, path: str) -> None:
    assert told(dict(gateway.call("GET", path).headers)) == (None,) * 4


def test_past_the_limit_the_answer_is_429(ada: Gateway, clock: HeldClock) -> None:
    for _ in range(3):
        assert ada.call("GET", "/v1/auth/me").status == 200
    clock.sleep(15)
    answer = ada.call("GET", "/v1/auth/me")
    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert answer.headers["retry-after"] == answer.headers["ratelimit-reset"] == "45"
    assert told(dict(answer.headers)) == ("3", "0", "45", POLICY)


def test_whoever_waits_as_long_as_told_is_let_in(ada: Gateway, clock: HeldClock) -> None:
    for _ in range(3):
        ada.call("GET", "/v1/auth/me")
    clock.sleep(int(ada.call("GET", "/v1/auth/me").headers["retry-after"]))
    assert ada.call("GET", "/v1/auth/me").status == 200


def test_a_refused_request_does_nothing(ada: Gateway, clock: HeldClock) -> None:
    for _ in range(3):
        ada.call("GET", "/v1/auth/me")
    assert ada.call("POST", "/v1/graphs", {"name": "Mine"}).status == 429
    clock.sleep(60)
    assert ada.call("GET", "/v1/graphs").json["items"] == []


def spent(caller: Gateway) -> Gateway:
    """Who has no request left."""
    while caller.call("GET", "/v1/auth/me").status == 200:
        pass
    return caller


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/api-keys", None, 200),
        ("PATCH", "/v1/api-keys/{key}", {"status": "suspended"}, 200),
        ("DELETE", "/v1/api-keys/{key}", None, 204),
        ("POST", "/v1/auth/logout", None, 204),
        ("DELETE", "/v1/auth/sessions", None, 204),
        ("DELETE", "/v1/auth/sessions/{session}", None, 204),
        ("POST", "/v1/auth/password", {**OLD, "new_password": "another long winded phrase"}, 204),
        ("DELETE", "/v1/auth/me", OLD, 202),
    ],
)
def test_what_ends_access_is_answered_whatever_the_count(
    ada: Gateway, method: str, path: str, body: object, status: int
) -> None:
    made = ada.call("POST", "/v1/api-keys", {"name": "Leaked", "scopes": ["user:read"]}).json
    sessions = ada.call("GET", "/v1/auth/sessions").json["items"]
    spent(ada)
    answer = ada.call(method, path.format(key=made["id"], session=sessions[0]["id"]), body)
    assert answer.status == status, answer.body
    assert answer.headers["ratelimit-remaining"] == "0"


def test_an_admin_shuts_out_a_user_whatever_the_count(ada: Gateway, gateway: Gateway) -> None:
    bob = gateway.signed_in("bob@example.com")
    theirs = bob.call("GET", "/v1/auth/me").json["id"]
    mine = ada.call("GET", "/v1/auth/me").json["id"]
    ada.platform.table.write(Update(keys.user(mine), {"role": "admin"}))
    admin = Gateway(ada.platform, ada.call("POST", "/v1/auth/login", ACCOUNT).json["access_token"])
    answer = spent(admin).call("PATCH", f"/v1/users/{theirs}", {"status": "disabled"})
    assert (answer.status, bob.call("GET", "/v1/auth/me").status) == (200, 401)


@pytest.mark.parametrize("path", ["/v1/api-keys", "/v1/auth/me"])
def test_a_key_without_a_request_left_is_refused_everywhere(ada: Gateway, path: str) -> None:
    new = {"name": "Leaked", "scopes": ["user:read", "api_key:read"]}
    key = {"X-API-Key": ada.call("POST", "/v1/api-keys", new).json["key"]}
    spent(ada)
    assert Gateway(ada.platform).call("GET", path, headers=key).status == 429


def test_these_routes_are_answered_always() -> None:
    always = {route.name for _, route in routes() if route.always}
    assert always == {
        *("list_api_keys", "change_api_key", "delete_api_key"),
        *("log_out", "end_sessions", "end_session", "change_password"),
        *("delete_account", "change_user"),
    }


def test_the_document_tells_which_routes_are_answered_always() -> None:
    document = json.loads(DOCUMENT.read_text("utf-8"))
    operations = [one for path in document["paths"].values() for one in path.values()]
    told = {one["operationId"] for one in operations if "used up" in one.get("description", "")}
    assert told == {route.name for _, route in routes() if route.always}


class Unwritten:
    """A table that can be read and not written."""

    def __init__(self, table: Table) -> None:
        self.get_many = table.get_many

    def write(self, write: Update) -> Item:
        raise Unavailable


def test_what_cannot_be_counted_is_503(ada: Gateway) -> None:
    table = cast("Table", Unwritten(ada.platform.table))
    answer = Gateway(replace(ada.platform, table=table), ada.token).call("GET", "/v1/auth/me")
    assert (answer.status, answer.code) == (503, "unavailable")
    assert "retry-after" in answer.headers
