from dataclasses import replace
from io import StringIO
from typing import Any, cast

import pytest

from strata.model.errors import Unavailable
from tests.held_clock import HeldClock
from tests.unit.functions.gateway import USER, Gateway, handler
from tests.unit.functions.test_system import Down
from tests.unit.http.calls import Reply, reply, request

ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery staple"}


def test_a_token_opens_the_account_that_it_was_given_for(gateway: Gateway) -> None:
    ada, bob = gateway.signed_in("ada@example.com"), gateway.signed_in("bob@example.com")
    assert ada.call("GET", "/v1/auth/me").json["email"] == "ada@example.com"
    assert bob.call("GET", "/v1/auth/me").json["email"] == "bob@example.com"


def test_a_megabyte_of_password_is_refused_before_it_is_hashed(gateway: Gateway) -> None:
    answer = gateway.call("POST", "/v1/auth/login", {**ACCOUNT, "password": "x" * 1_000_000})
    assert answer.faults == [("/password", "wrong_length")]


def test_a_login_gives_a_pair_and_tells_how_long_the_access_token_lives(gateway: Gateway) -> None:
    pair = signed_in(gateway)
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    assert pair["refresh_token"].startswith("srt_")


def test_a_pair_is_exchanged_for_another_of_the_same_form(gateway: Gateway) -> None:
    pair = signed_in(gateway)
    answer = refreshed(gateway, pair)
    assert answer.status == 200
    assert {**answer.json, "access_token": "", "refresh_token": ""} == {
        **pair,
        "access_token": "",
        "refresh_token": "",
    }
    assert answer.json["refresh_token"] != pair["refresh_token"]
    assert is_in(gateway, answer.json)


def test_a_refresh_needs_no_access_token_and_looks_at_none(gateway: Gateway) -> None:
    pair = signed_in(gateway)
    headers = {"authorization": "Bearer nonsense"}
    body = {"refresh_token": pair["refresh_token"]}
    assert gateway.call("POST", "/v1/auth/refresh", body, headers=headers).status == 200


def test_a_token_used_again_later_ends_its_session(gateway: Gateway, clock: HeldClock) -> None:
    pair = signed_in(gateway)
    renewed = refreshed(gateway, pair).json
    clock.sleep(31)
    assert_refused(refreshed(gateway, pair))
    assert_refused(refreshed(gateway, renewed))
    assert not is_in(gateway, renewed)


@pytest.mark.parametrize("token", ["", "srt_", "swordfish", "\u0000", "é" * 100])
def test_what_is_no_refresh_token_is_401_and_not_repeated(gateway: Gateway, token: str) -> None:
    answer = gateway.call("POST", "/v1/auth/refresh", {"refresh_token": token})
    assert_refused(answer)
    assert len(token) < 5 or token not in answer.body


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/refresh_token", "missing_field")),
        ({"refresh_token": None}, ("/refresh_token", "wrong_type")),
        ({"refresh_token": ["srt_"]}, ("/refresh_token", "wrong_type")),
        ({"refresh_token": "x" * 2000}, ("/refresh_token", "wrong_length")),
        ({"refresh_token": "x", "scope": "all"}, ("/scope", "unknown_field")),
    ],
)
def test_a_body_of_another_form_is_422(
    gateway: Gateway, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    answer = gateway.call("POST", "/v1/auth/refresh", body)
    assert (answer.status, answer.faults) == (422, [fault])


def test_where_addresses_must_be_verified_a_refresh_is_403(gateway: Gateway) -> None:
    pair = signed_in(gateway)
    settings = replace(gateway.platform.settings, verified_email="required")
    answer = refreshed(Gateway(replace(gateway.platform, settings=settings)), pair)
    assert (answer.status, answer.code) == (403, "email_unverified")


def test_a_logout_ends_both_tokens_at_once_and_no_other_session(gateway: Gateway) -> None:
    pair, other = signed_in(gateway), signed_in(gateway)
    answer = with_token(gateway, pair).call("POST", "/v1/auth/logout")
    assert (answer.status, answer.body) == (204, "")
    assert not is_in(gateway, pair)
    assert_refused(refreshed(gateway, pair))
    assert is_in(gateway, other)


def test_a_second_logout_is_401(gateway: Gateway) -> None:
    user = with_token(gateway, signed_in(gateway))
    user.call("POST", "/v1/auth/logout")
    answer = user.call("POST", "/v1/auth/logout")
    assert (answer.status, answer.code) == (401, "invalid_token")


def test_an_api_key_cannot_log_out(gateway: Gateway) -> None:
    caller = {"user_id": USER, "key_id": "key_1", "permissions": "user:write"}
    event = request("POST", "/v1/auth/logout", caller=caller)
    answer = reply(handler("auth"), event, gateway.platform)
    assert (answer.status, answer.code) == (403, "permission_denied")


def test_sessions_are_told_with_where_they_began(gateway: Gateway) -> None:
    pair = signed_in(gateway)
    [one] = with_token(gateway, pair).call("GET", "/v1/auth/sessions").json["items"]
    assert one["current"] is True
    # What the gateway saw; a header that forwards an address says nothing.
    assert one["source"] == "192.0.2.1"


def test_forwarding_headers_do_not_change_where_a_session_began(gateway: Gateway) -> None:
    gateway.call("POST", "/v1/auth/register", ACCOUNT)
    forged = dict.fromkeys(("x-forwarded-for", "x-real-ip", "forwarded"), "203.0.113.9")
    pair = gateway.call("POST", "/v1/auth/login", ACCOUNT, headers=forged).json
    [one] = with_token(gateway, pair).call("GET", "/v1/auth/sessions").json["items"]
    assert one["source"] == "192.0.2.1"


def test_a_session_elsewhere_is_ended_by_its_id(gateway: Gateway) -> None:
    lost = signed_in(gateway)
    here = with_token(gateway, signed_in(gateway))
    listed = here.call("GET", "/v1/auth/sessions", query={"limit": 10}).json["items"]
    [other] = [one["id"] for one in listed if not one["current"]]
    assert here.call("DELETE", f"/v1/auth/sessions/{other}").status == 204
    assert not is_in(gateway, lost)
    assert here.call("DELETE", f"/v1/auth/sessions/{other}").status == 404


def test_another_user_s_session_answers_as_an_absent_one(gateway: Gateway) -> None:
    ada, bob = gateway.signed_in("ada@example.com"), gateway.signed_in("bob@example.com")
    [theirs] = bob.call("GET", "/v1/auth/sessions").json["items"]
    foreign = ada.call("DELETE", f"/v1/auth/sessions/{theirs['id']}")
    absent = ada.call("DELETE", f"/v1/auth/sessions/ses_{'0' * 26}")
    assert (foreign.status, foreign.json) == (absent.status, absent.json) == (404, absent.json)
    assert bob.call("GET", "/v1/auth/me").status == 200


def test_all_sessions_end_together(gateway: Gateway) -> None:
    pairs = [signed_in(gateway) for _ in range(3)]
    assert with_token(gateway, pairs[0]).call("DELETE", "/v1/auth/sessions").status == 204
    assert not any(is_in(gateway, pair) for pair in pairs)
    assert is_in(gateway, signed_in(gateway))


def test_no_token_is_logged(gateway: Gateway, log: StringIO, clock: HeldClock) -> None:
    pair = signed_in(gateway)
    renewed = refreshed(gateway, pair).json
    clock.sleep(31)
    refreshed(gateway, pair)
    refreshed(gateway, renewed)
    secrets = [one[name] for one in (pair, renewed) for name in ("access_token", "refresh_token")]
    assert not any(secret in log.getvalue() for secret in secrets)
    assert "invalid_refresh_token" in log.getvalue()


def test_a_table_that_is_down_is_503_and_lets_nobody_in(gateway: Gateway) -> None:
    pair = signed_in(gateway)
    down = Gateway(replace(gateway.platform, table=cast("Any", Down(Unavailable()))))
    for answer in (
        refreshed(down, pair),
        with_token(down, pair).call("POST", "/v1/auth/logout"),
        with_token(down, pair).call("GET", "/v1/auth/sessions"),
    ):
        assert (answer.status, answer.code) == (503, "unavailable")
        assert answer.headers["retry-after"]


def signed_in(gateway: Gateway) -> dict[str, Any]:
    """A pair of the same user each time."""
    gateway.call("POST", "/v1/auth/register", ACCOUNT)
    pair: dict[str, Any] = gateway.call("POST", "/v1/auth/login", ACCOUNT).json
    return pair


def refreshed(gateway: Gateway, pair: dict[str, Any]) -> Reply:
    return gateway.call("POST", "/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})


def with_token(gateway: Gateway, pair: dict[str, Any]) -> Gateway:
    return Gateway(gateway.platform, pair["access_token"])


def is_in(gateway: Gateway, pair: dict[str, Any]) -> bool:
    answer = with_token(gateway, pair).call("GET", "/v1/auth/me")
    assert answer.status in (200, 401)
    return answer.status == 200


def assert_refused(answer: Reply) -> None:
    assert (answer.status, answer.code) == (401, "invalid_refresh_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")
