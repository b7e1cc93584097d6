from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from strata.platform import Platform
from tests.unit.functions.gateway import CREDENTIAL, Gateway

KEY: dict[str, Any] = {
    "kind": "api_key",
    "name": "Example",
    "provider": "example",
    "allowed_hosts": ["api.example.com"],
    "secret": {"key": "swordfish-0123456789"},
}
HEADER: dict[str, Any] = {
    "kind": "header",
    "name": "Example",
    "provider": "example",
    "allowed_hosts": ["api.example.com"],
    "secret": {"headers": {"X-Token": "swordfish"}},
}


@pytest.mark.parametrize("credential", [KEY, HEADER])
def test_a_secret_goes_in_and_never_comes_out(
    ada: Gateway, tmp_path: Path, log: StringIO, credential: dict[str, Any]
) -> None:
    sent = {"Idempotency-Key": "k"}
    made = ada.call("POST", "/v1/credentials", credential, headers=sent)
    again = ada.call("POST", "/v1/credentials", credential, headers=sent)
    one = ada.call("GET", f"/v1/credentials/{made.json['id']}")
    listed = ada.call("GET", "/v1/credentials")
    assert [each.status for each in (made, again, one, listed)] == [201, 201, 200, 200]
    assert made.json == again.json == one.json == listed.json["items"][0]
    assert not any("swordfish" in each.body for each in (made, again, one, listed))
    assert "swordfish" not in log.getvalue()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"swordfish" not in kept


def test_a_placement_has_the_default_of_a_bearer_token(ada: Gateway) -> None:
    made = ada.call("POST", "/v1/credentials", KEY).json
    assert made["placement"] == {"header": "Authorization", "prefix": "Bearer "}
    placed = {**KEY, "placement": {"header": "X-Key"}}
    made = ada.call("POST", "/v1/credentials", placed).json
    assert made["placement"]["header"] == "X-Key"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "password"}, ("/kind", "not_allowed_value")),
        ({"secret": {}}, ("/secret/key", "missing_field")),
        ({"secret": {"key": "x", "also": "y"}}, ("/secret/also", "unknown_field")),
        ({"secret": {"headers": {"X": "y"}}}, ("/secret/key", "missing_field")),
        ({"secret": "swordfish"}, ("/secret", "wrong_type")),
        ({"allowed_hosts": []}, ("/allowed_hosts", "no_host")),
        ({"allowed_hosts": ["a", "http://b"]}, ("/allowed_hosts/1", "invalid_host")),
        ({"allowed_hosts": [7]}, ("/allowed_hosts/0", "wrong_type")),
        ({"placement": {"prefix": 7}}, ("/placement/prefix", "wrong_type")),
        ({"name": ""}, ("/name", "wrong_length")),
        ({"owner": "me"}, ("/owner", "unknown_field")),
    ],
)
def test_a_credential_that_cannot_be_is_told_by_its_place(
    ada: Gateway, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    answer = ada.call("POST", "/v1/credentials", {**KEY, **change})
    assert answer.status == 422
    assert fault in answer.faults
    assert "swordfish" not in answer.body


def test_a_credential_without_a_kind_misses_it(ada: Gateway) -> None:
    answer = ada.call("POST", "/v1/credentials", {**KEY, "kind": None})
    assert answer.faults == [("/kind", "not_allowed_value")]
    del (without := dict(KEY))["kind"]
    assert ada.call("POST", "/v1/credentials", without).faults == [("/kind", "missing_field")]


def test_another_secret_under_the_same_idempotency_key_is_422(ada: Gateway) -> None:
    sent = {"Idempotency-Key": "k"}
    ada.call("POST", "/v1/credentials", KEY, headers=sent)
    other = {**KEY, "secret": {"key": "another"}}
    assert ada.call("POST", "/v1/credentials", other, headers=sent).code == "idempotency_key_reused"


def test_a_deleted_credential_is_gone(ada: Gateway) -> None:
    path = f"/v1/credentials/{ada.call('POST', '/v1/credentials', KEY).json['id']}"
    assert [ada.call(method, path).status for method in ("DELETE", "GET", "DELETE")] == [
        204,
        404,
        404,
    ]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_users_credential_answers_as_one_that_is_not_there(
    gateway: Gateway, platform: Platform, method: str
) -> None:
    ada, bob = gateway.signed_in(), gateway.signed_in("bob@example.com")
    made = ada.call("POST", "/v1/credentials", KEY).json
    theirs = bob.call(method, f"/v1/credentials/{made['id']}")
    absent = bob.call(method, f"/v1/credentials/{CREDENTIAL}")
    assert (theirs.status, theirs.body) == (absent.status, absent.body)
    assert ada.call("GET", f"/v1/credentials/{made['id']}").json == made
