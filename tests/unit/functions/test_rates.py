"""What a caller is told of their rate, and what happens at its end."""

from dataclasses import replace
from typing import cast

import pytest

from strata.model.errors import Unavailable
from strata.platform import Platform
from strata.ports import Item, Table, Update
from strata.settings import Settings
from tests.held_clock import HeldClock
from tests.unit.functions.gateway import Gateway

NAMES = ("limit", "remaining", "reset", "policy")


def told(headers: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(headers.get(f"ratelimit-{name}") for name in NAMES)


@pytest.fixture
def platform(platform: Platform) -> Platform:
    return replace(platform, settings=Settings(requests_per_minute="3"))


POLICY = "3;w=60, 1000000;w=86400"


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
