from functools import partial
from typing import Any

import pytest

from tests.unit.functions.gateway import TRIGGER, Gateway

NEEDED = "This needs the permission graph:execute."
NODE = {"id": "a", "block": "constant", "inputs": {"value": 1}}


@pytest.fixture
def triggers(ada: Gateway) -> str:
    """The path of a graph's triggers."""
    graph = ada.call("POST", "/v1/graphs", {"name": "One", "nodes": [NODE]}).json
    return f"/v1/graphs/{graph['id']}/triggers"


def test_a_token_is_shown_once(ada: Gateway, triggers: str) -> None:
    made = ada.call("POST", triggers, {"kind": "queue", "name": "Nightly"})
    read = ada.call("GET", made.headers["location"])
    listed = ada.call("GET", triggers)
    token = made.json.pop("token")
    assert token not in read.body
    assert token not in listed.body
    assert listed.json["items"] == [read.json]
    assert read.json == {name: value for name, value in made.json.items() if name != "token"}


def test_a_lost_answer_can_be_asked_for_again_with_its_token(ada: Gateway, triggers: str) -> None:
    sent = {"Idempotency-Key": "k"}
    first, again = (ada.call("POST", triggers, {"kind": "queue"}, headers=sent) for _ in range(2))
    assert again.json == first.json
    assert again.json["token"]


def test_a_trigger_can_be_renamed_and_switched_off(ada: Gateway, triggers: str) -> None:
    place = ada.call("POST", triggers, {"kind": "queue", "name": "A"}).headers["location"]
    off = ada.call("PATCH", place, {"enabled": False}, headers={"If-Match": '"1"'})
    assert (off.json["name"], off.json["enabled"], off.headers["etag"]) == ("A", False, '"2"')
    stale = ada.call("PATCH", place, {"name": "B"}, headers={"If-Match": '"1"'})
    assert (stale.status, stale.code) == (412, "version_conflict")


def by_key(ada: Gateway, *scopes: str) -> Any:
    """A call with an API key of these scopes."""
    made = ada.call("POST", "/v1/api-keys", {"name": "Narrow", "scopes": scopes}).json
    return partial(Gateway(ada.platform).call, headers={"X-API-Key": made["key"]})


def test_who_may_not_start_executions_makes_nothing_that_does(ada: Gateway, triggers: str) -> None:
    call = by_key(ada, "trigger:write")
    answer = call("POST", triggers, {"kind": "queue"})
    assert (answer.status, answer.json["detail"]) == (403, NEEDED)
    assert ada.call("GET", triggers).json["items"] == []
    assert by_key(ada, "trigger:write", "graph:execute")(
        "POST", triggers, {"kind": "queue"}
    ).status == 201  # fmt: skip


def test_who_may_not_start_executions_switches_a_trigger_off_and_not_on(
    ada: Gateway, triggers: str
) -> None:
    place = ada.call("POST", triggers, {"kind": "queue"}).headers["location"]
    call = by_key(ada, "trigger:write")
    assert call("PATCH", place, {"enabled": False, "name": "Off"}).status == 200
    answer = call("PATCH", place, {"enabled": True})
    assert (answer.status, answer.json["detail"]) == (403, NEEDED)
    assert ada.call("GET", place).json["enabled"] is False


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/kind", "missing_field")),
        ({"kind": "carrier pigeon"}, ("/kind", "not_allowed_value")),
        ({"kind": "queue", "enabled": 1}, ("/enabled", "wrong_type")),
        ({"kind": "queue", "token": "mine"}, ("/token", "unknown_field")),
    ],
)
def test_a_trigger_that_cannot_be_is_422(
    ada: Gateway, triggers: str, body: Any, fault: tuple[str, str]
) -> None:
    answer = ada.call("POST", triggers, body)
    assert (answer.status, answer.faults) == (422, [fault])


def test_a_deleted_trigger_is_gone(ada: Gateway, triggers: str) -> None:
    place = ada.call("POST", triggers, {"kind": "queue"}).headers["location"]
    assert ada.call("DELETE", place).status == 204
    assert ada.call("GET", place).status == 404
    assert ada.call("GET", triggers).json["items"] == []


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)]
)
def test_another_users_trigger_answers_as_one_that_is_not_there(
    ada: Gateway, gateway: Gateway, triggers: str, method: str, body: Any
) -> None:
    bob = gateway.signed_in("bob@example.com")
    place = ada.call("POST", triggers, {"kind": "queue"}).headers["location"]
    theirs, absent = (
        bob.call(method, place, body),
        bob.call(method, f"/v1/triggers/{TRIGGER}", body),
    )
    assert (theirs.status, theirs.body) == (absent.status, absent.body)
    assert ada.call("GET", place).status == 200
