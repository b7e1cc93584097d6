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


LOGIN: dict[str, Any] = {
    "kind": "user_password",
    "name": "Example",
    "provider": "example",
    "allowed_hosts": ["api.example.com"],
    "secret": {"username": "ada", "password": "swordfish"},
}


@pytest.mark.parametrize("credential", [KEY, HEADER, LOGIN])
def test_a_secret_goes_in_and_never_comes_out(
    ada: Gateway, tmp_path: Path, log: StringIO, credential: dict[str, Any]
) -> None:
    sent = {"Idempotency-Key": "k"}
    made = ada.call("POST", "/v1/credentials", credential, headers=sent)
    again = ada.call("POST", "/v1/credentials", credential, headers=sent)
    one = ada.call("GET", f"/v1/credentials/{made.json['id']}")
    listed = ada.call("GET", "/v1/credentials")
    assert [each.status for each in (made, again, one, listed)] == [201, 201, 200, 200]
    assert made.json == again.json == listed.json["items"][0]
    assert one.json == {**made.json, "used_by": []}
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


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_another_users_credential_answers_as_one_that_is_not_there(
    gateway: Gateway, platform: Platform, method: str
) -> None:
    ada, bob = gateway.signed_in(), gateway.signed_in("bob@example.com")
    made = ada.call("POST", "/v1/credentials", KEY).json
    body = {"name": "Mine"} if method == "PATCH" else None
    theirs = bob.call(method, f"/v1/credentials/{made['id']}", body)
    absent = bob.call(method, f"/v1/credentials/{CREDENTIAL}", body)
    assert (theirs.status, theirs.body) == (absent.status, absent.body)
    assert ada.call("GET", f"/v1/credentials/{made['id']}").json == {**made, "used_by": []}


class TestChanges:
    def test_a_tag_that_is_old_is_412(self, ada: Gateway) -> None:
        made = ada.call("POST", "/v1/credentials", KEY)
        path, tag = f"/v1/credentials/{made.json['id']}", {"If-Match": made.headers["etag"]}
        renamed = ada.call("PATCH", path, {"name": "Mine"}, headers=tag)
        assert (renamed.status, renamed.json["name"], renamed.json["revision"]) == (200, "Mine", 2)
        assert renamed.headers["etag"] == '"2"'
        assert ada.call("PATCH", path, {"name": "Yours"}, headers=tag).code == "version_conflict"
        assert ada.call("GET", path).json["name"] == "Mine"

    def test_another_host_needs_the_secret_again(self, ada: Gateway) -> None:
        path = f"/v1/credentials/{ada.call('POST', '/v1/credentials', KEY).json['id']}"
        evil = {"allowed_hosts": ["api.example.com", "evil.example"]}
        refused = ada.call("PATCH", path, evil)
        assert (refused.status, refused.code) == (422, "secret_required")
        assert refused.faults == [("/secret", "secret_required")]
        done = ada.call("PATCH", path, {**evil, "secret": {"key": "swordfish-and-more"}})
        assert done.json["allowed_hosts"] == evil["allowed_hosts"]
        assert "swordfish" not in done.body

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"kind": "header"}, ("/kind", "unknown_field")),
            ({"provider": "other"}, ("/provider", "unknown_field")),
            ({"secret": {"password": "swordfish"}}, ("/secret", "other_kind")),
            ({"secret": {"key": "swordfish", "headers": {"A": "b"}}}, ("/secret", "other_kind")),
            ({"secret": {"token": "swordfish"}}, ("/secret/token", "unknown_field")),
            ({"secret": "swordfish"}, ("/secret", "wrong_type")),
            ({"name": None}, ("/name", "wrong_type")),
            ({"allowed_hosts": []}, ("/allowed_hosts", "no_host")),
        ],
    )
    def test_what_cannot_change_so_is_told_by_its_place(
        self, ada: Gateway, body: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        path = f"/v1/credentials/{ada.call('POST', '/v1/credentials', KEY).json['id']}"
        answer = ada.call("PATCH", path, body)
        assert answer.status == 422
        assert fault in answer.faults
        assert "swordfish" not in answer.body


def test_what_used_a_deleted_credential_is_told_by_name(ada: Gateway) -> None:
    made = ada.call("POST", "/v1/credentials", KEY).json
    inputs = {"url": "https://api.example.com", "credential": made["id"]}
    nodes = [{"id": "fetch", "block": "http_request", "inputs": inputs}]
    graph = ada.call("POST", "/v1/graphs", {"name": "Report", "nodes": nodes, "links": []}).json
    trigger = ada.call("POST", f"/v1/graphs/{graph['id']}/triggers", {"kind": "queue"}).json
    used = {
        "graph_id": graph["id"],
        "name": "Report",
        "versions": [1],
        "nodes": ["fetch"],
        "triggers": [{"id": trigger["id"], "name": ""}],
    }
    path = f"/v1/credentials/{made['id']}"
    assert ada.call("GET", path).json["used_by"] == [used]
    answer = ada.call("DELETE", path)
    assert (answer.status, answer.json) == (200, {"used_by": [used], "revoked": None})
    assert ada.call("DELETE", path).status == 404
