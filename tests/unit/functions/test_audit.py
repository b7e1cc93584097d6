from io import StringIO
from typing import Any

import pytest

from strata.model.errors import Unavailable
from strata.ports import Put
from tests.unit.functions.gateway import Gateway, handler, sample
from tests.unit.http.calls import reply
from tests.watched_table import watched

GRAPH = {"name": "One", "nodes": [{"id": "a", "block": "constant", "inputs": {"value": 1}}]}
ABSENT_GRAPH = "gph_01kmmzzzzzzzzzzzzzzzzzzzz1"


def last(gateway: Gateway, **query: Any) -> tuple[str, str, str]:
    """What the newest entry tells was done, to what, and with which result."""
    entry = gateway.call("GET", "/v1/audit", query={"limit": 1, **query}).json["items"][0]
    return entry["action"], entry["resource"], entry["result"]


def count(gateway: Gateway) -> int:
    return len(gateway.call("GET", "/v1/audit").json["items"])


def test_what_was_made_is_in_the_log_by_its_id(ada: Gateway) -> None:
    made = ada.call("POST", "/v1/graphs", GRAPH).json["id"]
    assert last(ada) == ("create_graph", made, "ok")


def test_a_sign_in_names_its_session(ada: Gateway) -> None:
    found = ada.call("GET", "/v1/audit", query={"action": "log_in"}).json["items"]
    ada.call("POST", "/v1/graphs", GRAPH)
    entry = ada.call("GET", "/v1/audit").json["items"][0]
    assert found[0]["by"] == found[0]["resource"] == entry["by"]


def test_an_export_is_in_the_log(ada: Gateway) -> None:
    ada.call("GET", "/v1/auth/me/export")
    assert last(ada) == ("export_account", "", "ok")


def test_what_was_made_within_another_thing_stands_after_it(ada: Gateway) -> None:
    graph = ada.call("POST", "/v1/graphs", GRAPH).json["id"]
    made = ada.call("POST", f"/v1/graphs/{graph}/triggers", {"kind": "queue"}).json["id"]
    assert last(ada) == ("create_trigger", f"{graph}/{made}", "ok")


def test_an_entry_tells_the_session_and_the_address(ada: Gateway) -> None:
    ada.call("POST", "/v1/graphs", GRAPH)
    entry = ada.call("GET", "/v1/audit").json["items"][0]
    assert entry["by"].startswith("ses_")
    assert (entry["source"], entry["request_id"]) == ("192.0.2.1", "JKJaXmPLvHcESHA=")


def test_reading_is_not_in_the_log(ada: Gateway) -> None:
    before = count(ada)
    ada.call("GET", "/v1/graphs")
    ada.call("GET", f"/v1/graphs/{ABSENT_GRAPH}")
    ada.call("POST", "/v1/graphs/validate", GRAPH)
    assert count(ada) == before


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "result"),
    [
        ("DELETE", f"/{ABSENT_GRAPH}", None, {}, "not_found"),
        ("PATCH", f"/{ABSENT_GRAPH}", {"name": 7}, {}, "invalid_body"),
        ("DELETE", "/swordfish", None, {}, "not_found"),
        ("POST", "", GRAPH, {"idempotency-key": "ü"}, "invalid_request"),
        ("POST", "", "{", {}, "invalid_request"),
        ("POST", "", GRAPH, {"content-type": "text/plain"}, "unsupported_media_type"),
    ],
)
def test_what_was_refused_is_in_the_log_with_the_code(
    ada: Gateway, method: str, path: str, body: Any, headers: dict[str, str], result: str
) -> None:
    ada.call(method, f"/v1/graphs{path}", body, headers=headers)
    does = {"DELETE": "delete_graph", "PATCH": "change_graph", "POST": "create_graph"}
    named = ABSENT_GRAPH if ABSENT_GRAPH in path else ""
    assert last(ada) == (does[method], named, result)


def test_a_stale_change_is_in_the_log(ada: Gateway) -> None:
    graph = ada.call("POST", "/v1/graphs", GRAPH).json["id"]
    ada.call("PUT", f"/v1/graphs/{graph}", GRAPH, headers={"if-match": '"7"'})
    assert last(ada) == ("save_graph", graph, "version_conflict")


def test_a_missing_permission_is_in_the_log_by_the_ids_that_surely_are_ids(ada: Gateway) -> None:
    user_id = ada.call("GET", "/v1/auth/me").json["id"]
    event = sample("graphs/delete_graph")
    event["requestContext"]["authorizer"]["lambda"] |= {"user_id": user_id, "permissions": ""}
    assert reply(handler("graphs"), event, ada.platform).status == 403
    assert last(ada) == ("delete_graph", ABSENT_GRAPH, "permission_denied")
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/v1/graphs/swordfish"
    assert reply(handler("graphs"), event, ada.platform).status == 403
    assert last(ada) == ("delete_graph", "", "permission_denied")


def test_a_stranger_leaves_no_entry(gateway: Gateway, ada: Gateway) -> None:
    before = count(ada)
    assert gateway.call("DELETE", f"/v1/graphs/{ABSENT_GRAPH}").status == 401
    assert count(ada) == before


def test_another_users_log_is_their_own(gateway: Gateway, ada: Gateway) -> None:
    bob = gateway.signed_in("bob@example.com")
    ada.call("POST", "/v1/graphs", GRAPH)
    told = bob.call("GET", "/v1/audit", query={"action": "create_graph"})
    assert told.json["items"] == []


def test_a_log_that_cannot_be_written_leaves_the_answer_as_it_is(
    ada: Gateway, log: StringIO
) -> None:
    def no_audit(_: str, write: Any) -> None:
        if isinstance(write, Put) and write.key.sk.startswith("aud_"):
            raise Unavailable

    platform, _ = watched(ada.platform, before=no_audit)
    answer = Gateway(platform, ada.token).call("POST", "/v1/graphs", GRAPH)
    assert answer.status == 201
    assert ada.call("GET", f"/v1/graphs/{answer.json['id']}").status == 200
    assert answer.json["id"] in log.getvalue()
    assert '"AuditFailures":[1.0]' in log.getvalue()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "create_graph"}, 1),
        ({"action": "delete_graph"}, 0),
        ({"from": "2026-03-01T12:00:00Z", "action": "create_graph"}, 1),
        ({"from": "2026-03-01T13:00:00+01:00", "action": "create_graph"}, 1),
        ({"from": "2026-03-01T12:00:00", "action": "create_graph"}, 1),
        ({"from": "2026-03-01T12:00:01"}, 0),
        ({"from": "2026-03-01T12:00:01Z"}, 0),
        ({"to": "2026-03-01T12:00:00Z"}, 0),
        ({"to": "9999-12-31T23:59:59Z", "action": "create_graph"}, 1),
        ({"from": "0001-01-01T00:00:00+14:00", "action": "create_graph"}, 1),
    ],
)
def test_the_log_is_searched_by_action_and_time(
    ada: Gateway, query: dict[str, str], found: int
) -> None:
    ada.call("POST", "/v1/graphs", GRAPH)
    assert len(ada.call("GET", "/v1/audit", query=query).json["items"]) == found


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"from": "yesterday"}, ("/query/from", "wrong_form")),
        ({"from": "1772366400"}, ("/query/from", "wrong_form")),
        ({"to": "0.5"}, ("/query/to", "wrong_form")),
        ({"to": "2026-13-01T12:00:00Z"}, ("/query/to", "wrong_form")),
        ({"action": "DROP TABLE"}, ("/query/action", "wrong_form")),
        ({"until": "2026-03-01T12:00:00Z"}, ("/query/until", "unknown_field")),
    ],
)
def test_what_is_no_search_is_refused(
    ada: Gateway, query: dict[str, str], fault: tuple[str, str]
) -> None:
    answer = ada.call("GET", "/v1/audit", query=query)
    assert (answer.status, answer.faults) == (400, [fault])
