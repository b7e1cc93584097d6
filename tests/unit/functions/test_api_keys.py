from dataclasses import replace
from typing import Any

import pytest

from strata.model.user import KEY_SCOPES
from strata.store import keys
from tests.held_clock import HeldClock
from tests.unit.functions.gateway import Gateway, routes
from tests.unit.http.calls import Reply

ABSENT = "/v1/api-keys/key_01kmmzzzzzzzzzzzzzzzzzzzz9"
READER: dict[str, Any] = {"name": "Reader", "scopes": ["graph:read", "api_key:read"]}


def make(user: Gateway, **fields: Any) -> Reply:
    answer = user.call("POST", "/v1/api-keys", {**READER, **fields})
    assert answer.status == 201, answer.body
    return answer


def with_key(gateway: Gateway, key: str, path: str = "/v1/graphs", method: str = "GET") -> Reply:
    return Gateway(gateway.platform).call(method, path, headers={"X-API-Key": key})


def test_a_key_opens_what_its_scopes_name(ada: Gateway) -> None:
    graph = ada.call("POST", "/v1/graphs", {"name": "Mine", "draft": True}).json
    key = make(ada).json["key"]
    listed = with_key(ada, key)
    assert [one["id"] for one in listed.json["items"]] == [graph["id"]]


def test_a_key_opens_nothing_else(ada: Gateway) -> None:
    key = make(ada).json["key"]
    refused = with_key(ada, key, "/v1/executions")
    assert (refused.status, refused.code) == (403, "permission_denied")


def test_no_key_opens_a_route_whose_permission_no_key_can_have(ada: Gateway) -> None:
    key = make(ada, scopes=sorted(KEY_SCOPES)).json["key"]
    closed = {route.key for _, route in routes() if route.permission not in {None, *KEY_SCOPES}}
    assert "POST /v1/api-keys" in closed
    for one in closed:
        method, path = one.split(" ")
        answer = with_key(ada, key, path.replace("{key_id}", ABSENT.rpartition("/")[2]), method)
        assert (one, answer.status) == (one, 403)


def test_a_key_is_shown_once(ada: Gateway) -> None:
    made = make(ada)
    shown = made.json
    key = shown.pop("key")
    read = ada.call("GET", made.headers["location"])
    listed = ada.call("GET", "/v1/api-keys")
    assert read.json == shown
    assert listed.json["items"] == [shown]
    assert key[-59:] not in read.body + listed.body


def test_a_lost_answer_can_be_asked_for_again_with_its_key(ada: Gateway) -> None:
    sent = {"Idempotency-Key": "k"}
    first, again = (ada.call("POST", "/v1/api-keys", READER, headers=sent) for _ in range(2))
    assert again.json == first.json
    assert len(ada.call("GET", "/v1/api-keys").json["items"]) == 1
    assert with_key(ada, again.json["key"]).status == 200


@pytest.mark.parametrize(("method", "rest"), [("DELETE", ""), ("POST", "/rotate")])
def test_a_key_that_is_dead_or_replaced_is_not_shown_again(
    ada: Gateway, method: str, rest: str
) -> None:
    sent = {"Idempotency-Key": "k"}
    first = ada.call("POST", "/v1/api-keys", READER, headers=sent)
    assert ada.call(method, first.headers["location"] + rest).status < 300
    again = ada.call("POST", "/v1/api-keys", READER, headers=sent)
    assert again.json == {**first.json, "key": first.json["masked"]}


def test_a_rotation_asked_for_again_shows_its_key_until_the_next(ada: Gateway) -> None:
    sent, rotate = {"Idempotency-Key": "k"}, f"{make(ada).headers['location']}/rotate"
    first, again = (ada.call("POST", rotate, headers=sent) for _ in range(2))
    assert again.json == first.json
    ada.call("POST", rotate)
    late = ada.call("POST", rotate, headers=sent)
    assert late.json == {**first.json, "key": first.json["masked"]}


def test_what_the_table_keeps_of_a_first_answer_has_no_key(ada: Gateway) -> None:
    sent = {"Idempotency-Key": "k"}
    made = ada.call("POST", "/v1/api-keys", READER, headers=sent).json
    user = ada.call("GET", "/v1/auth/me").json["id"]
    record = ada.platform.table.get(keys.idempotency(user, "k"))
    assert record is not None
    assert made["key"][-59:-7] not in str(record)


def test_a_key_that_is_not_valid_is_401_and_says_how_to_come_in(ada: Gateway) -> None:
    answer = with_key(ada, "stk_local_nonsense")
    assert (answer.status, answer.code) == (401, "invalid_api_key")
    assert "www-authenticate" in answer.headers


def test_all_that_is_wrong_with_a_key_is_answered_alike(ada: Gateway, clock: HeldClock) -> None:
    suspended, deleted, expired = (
        make(ada),
        make(ada),
        make(ada, expires_at="2026-03-01T12:00:30Z"),
    )
    ada.call("PATCH", suspended.headers["location"], {"status": "suspended"})
    ada.call("DELETE", deleted.headers["location"])
    clock.sleep(60)
    given = [one.json["key"] for one in (suspended, deleted, expired)]
    given += [make(ada).json["key"][:-1] + "!", "x", f"stk_prod_{given[0][10:]}"]
    answers = [with_key(ada, key) for key in given]
    assert {one.status for one in answers} == {401}
    assert len({one.body for one in answers}) == 1


def test_a_key_is_changed_at_its_next_request(ada: Gateway) -> None:
    made = make(ada)
    place, key = made.headers["location"], made.json["key"]
    assert with_key(ada, key).status == 200
    ada.call("PATCH", place, {"scopes": ["block:read"]})
    assert with_key(ada, key).status == 403
    ada.call("PATCH", place, {"status": "suspended"})
    assert with_key(ada, key).status == 401


def test_who_comes_with_two_names_is_nobody(ada: Gateway) -> None:
    key = make(ada).json["key"]
    both = ada.call("GET", "/v1/graphs", headers={"X-API-Key": key})
    assert (both.status, both.code) == (401, "unauthenticated")


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_a_name_that_is_empty_is_one_of_two(ada: Gateway, empty: str) -> None:
    both = ada.call("GET", "/v1/graphs", headers={"X-API-Key": empty})
    assert (both.status, both.code) == (401, "unauthenticated")
    key = {"X-API-Key": make(ada).json["key"], "Authorization": empty}
    assert Gateway(ada.platform).call("GET", "/v1/graphs", headers=key).status == 401


def test_a_stale_tag_is_412(ada: Gateway) -> None:
    place = make(ada).headers["location"]
    changed = ada.call("PATCH", place, {"name": "B"}, headers={"If-Match": '"1"'})
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    for method, path in (("PATCH", place), ("POST", f"{place}/rotate")):
        stale = ada.call(method, path, {}, headers={"If-Match": '"1"'})
        assert (stale.status, stale.code) == (412, "version_conflict")


def test_a_rotated_key_is_shown_once_again(ada: Gateway) -> None:
    made = make(ada)
    new = ada.call("POST", f"{made.headers['location']}/rotate")
    assert new.status == 200
    assert new.json["key"] != made.json["key"]
    assert new.json["previous_until"] == "2026-03-01T13:00:00.000Z"
    assert with_key(ada, made.json["key"]).status == with_key(ada, new.json["key"]).status == 200


def test_a_deleted_key_is_gone(ada: Gateway) -> None:
    place = make(ada).headers["location"]
    assert ada.call("DELETE", place).status == 204
    assert ada.call("GET", place).status == ada.call("DELETE", place).status == 404


def test_past_the_hundredth_key_is_409(ada: Gateway) -> None:
    for _ in range(100):
        make(ada)
    answer = ada.call("POST", "/v1/api-keys", READER)
    assert (answer.status, answer.code) == (409, "too_many_api_keys")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/name", "missing_field")),
        ({"name": ""}, ("/name", "wrong_length")),
        ({"scopes": []}, ("/scopes", "wrong_length")),
        ({"scopes": ["x"] * 51}, ("/scopes", "wrong_length")),
        ({"scopes": "graph:read"}, ("/scopes", "wrong_type")),
        ({"expires_at": "tomorrow"}, ("/expires_at", "wrong_form")),
        ({"expires_at": 1}, ("/expires_at", "wrong_type")),
        ({"expires_at": "2026-02-30T00:00:00Z"}, ("/expires_at", "wrong_form")),
        ({"expires_at": "2026-01-01T00:00:00Z"}, ("/expires_at", "in_the_past")),
        ({"requests_per_minute": 0}, ("/requests_per_minute", "out_of_range")),
        ({"requests_per_day": 1.5}, ("/requests_per_day", "wrong_type")),
        ({"status": "suspended"}, ("/status", "unknown_field")),
    ],
)
def test_a_key_that_cannot_be_is_422(
    ada: Gateway, body: dict[str, Any], fault: tuple[str, str]
) -> None:
    given = {**READER, **body} if body else {"scopes": ["graph:read"]}
    answer = ada.call("POST", "/v1/api-keys", given)
    assert (answer.status, answer.faults) == (422, [fault])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"scopes": []}, "List should have at least 1 item"),
        ({"scopes": ["x"] * 51}, "List should have at most 50 items"),
        ({"expires_at": "tomorrow"}, "A text does not have the form that it must have."),
    ],
)
def test_a_fault_is_told_in_plain_words(ada: Gateway, fields: Any, sentence: str) -> None:
    answer = ada.call("POST", "/v1/api-keys", {**READER, **fields})
    assert [one["message"] for one in answer.json["errors"]] == [sentence]


def test_a_scope_that_nobody_may_give_is_named_by_its_place(ada: Gateway) -> None:
    scopes = ["graph:read", "api_key:write", "user:manage"]
    answer = ada.call("POST", "/v1/api-keys", {"name": "All", "scopes": scopes})
    assert (answer.status, answer.code) == (422, "scope_not_allowed")
    places = ["/scopes/1", "/scopes/2"]
    assert answer.faults == [(place, "scope_not_allowed") for place in places]


@pytest.mark.parametrize("overlap", [-1, 604_801, 1.5, "1", None])
def test_an_overlap_that_cannot_be_is_422(ada: Gateway, overlap: Any) -> None:
    place = make(ada).headers["location"]
    answer = ada.call("POST", f"{place}/rotate", {"overlap_seconds": overlap})
    assert answer.status == 422


@pytest.mark.parametrize(
    ("method", "more", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/rotate", {}),
    ],
)
def test_another_user_s_key_answers_as_one_that_is_not_there(
    ada: Gateway, gateway: Gateway, method: str, more: str, body: Any
) -> None:
    bob = gateway.signed_in("bob@example.com")
    place = make(ada).headers["location"]
    theirs, absent = (bob.call(method, one + more, body) for one in (place, ABSENT))
    assert (theirs.status, theirs.body) == (absent.status, absent.body)
    assert theirs.status == 404
    assert ada.call("GET", place).json["revision"] == 1


def test_a_key_has_a_rate_of_its_own(ada: Gateway) -> None:
    key = make(ada, requests_per_minute=2).json["key"]
    left = [with_key(ada, key).headers["ratelimit-remaining"] for _ in range(2)]
    refused = with_key(ada, key)
    assert left == ["1", "0"]
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.headers["ratelimit-policy"].startswith("2;w=60, ")
    assert ada.call("GET", "/v1/graphs").status == 200


def test_what_a_key_does_counts_for_its_user(ada: Gateway) -> None:
    key = make(ada).json["key"]
    before = int(ada.call("GET", "/v1/graphs").headers["ratelimit-remaining"])
    with_key(ada, key)
    assert int(ada.call("GET", "/v1/graphs").headers["ratelimit-remaining"]) == before - 2


def test_an_environment_does_not_know_the_key_of_another(ada: Gateway) -> None:
    key = make(ada).json["key"]
    settings = replace(ada.platform.settings, stage="staging")
    other = Gateway(replace(ada.platform, settings=settings))
    assert with_key(other, key).status == 401
