from typing import Any

import pytest

from tests.unit.functions.gateway import GRAPH, Gateway


def content(name: str = "One", value: Any = 1) -> dict[str, Any]:
    return {"name": name, "nodes": [{"id": "a", "block": "constant", "inputs": {"value": value}}]}


def create(user: Gateway, **given: Any) -> dict[str, Any]:
    answer = user.call("POST", "/v1/graphs", content(**given))
    assert answer.status == 201, answer.body
    graph: dict[str, Any] = answer.json
    return graph


def test_a_graph_comes_back_as_it_was_sent(ada: Gateway) -> None:
    value = {"long": 10**38 - 1, "half": 0.5, "text": "é😀", "none": None}
    graph = create(ada, value=value)
    read = ada.call("GET", f"/v1/graphs/{graph['id']}").json
    assert read["nodes"][0]["inputs"]["value"] == value


def test_a_graph_with_problems_is_422_with_all_of_them(ada: Gateway) -> None:
    graph = {"name": "Bad", "nodes": [{"id": "a", "block": "nope"}, {"id": "b", "block": "output"}]}
    answer = ada.call("POST", "/v1/graphs", graph)
    assert (answer.status, answer.code) == (422, "graph_invalid")
    assert answer.faults == [
        ("/nodes/0", "unknown_block"),
        ("/nodes/1/inputs/name", "missing_input"),
        ("/nodes/1/inputs/value", "missing_input"),
    ]
    assert ada.call("GET", "/v1/graphs").json["items"] == []


def test_a_draft_may_have_problems(ada: Gateway) -> None:
    graph = {"name": "Bad", "nodes": [{"id": "a", "block": "nope"}], "draft": True}
    answer = ada.call("POST", "/v1/graphs", graph)
    assert (answer.status, answer.json["active_version"]) == (201, None)


def test_problems_are_found_without_saving(ada: Gateway) -> None:
    answer = ada.call("POST", "/v1/graphs/validate", {"name": "Empty"})
    assert (answer.status, answer.json["valid"]) == (200, False)
    assert [problem["code"] for problem in answer.json["problems"]] == ["empty_graph"]
    assert ada.call("POST", "/v1/graphs/validate", content()).json == {
        "valid": True,
        "problems": [],
    }


class TestEntityTags:
    def test_a_save_with_a_stale_tag_is_412_and_saves_nothing(self, ada: Gateway) -> None:
        path = f"/v1/graphs/{create(ada)['id']}"
        tag = ada.call("GET", path).headers["etag"]
        first = ada.call("PUT", path, content(value=2), headers={"If-Match": tag})
        second = ada.call("PUT", path, content(value=3), headers={"If-Match": tag})
        assert (first.status, second.status) == (200, 412)
        assert second.code == "version_conflict"
        assert ada.call("GET", path).json["latest_version"] == 2

    def test_a_save_tells_the_tag_for_the_next(self, ada: Gateway) -> None:
        path = f"/v1/graphs/{create(ada)['id']}"
        saved = ada.call("PUT", path, content(value=2))
        again = ada.call("PUT", path, content(value=3), headers={"If-Match": saved.headers["etag"]})
        assert again.status == 200

    def test_what_has_not_changed_is_304(self, ada: Gateway) -> None:
        path = f"/v1/graphs/{create(ada)['id']}"
        tag = ada.call("GET", path).headers["etag"]
        assert ada.call("GET", path, headers={"If-None-Match": tag}).status == 304
        ada.call("PATCH", path, {"name": "Two"})
        assert ada.call("GET", path, headers={"If-None-Match": tag}).status == 200

    def test_a_delete_with_a_stale_tag_is_412(self, ada: Gateway) -> None:
        path = f"/v1/graphs/{create(ada)['id']}"
        assert ada.call("DELETE", path, headers={"If-Match": '"7"'}).status == 412
        assert ada.call("DELETE", path, headers={"If-Match": '"1"'}).status == 204
        assert ada.call("GET", path).status == 404


class TestIdempotency:
    def test_the_same_request_twice_makes_one_graph(self, ada: Gateway) -> None:
        sent = {"Idempotency-Key": "k"}
        first = ada.call("POST", "/v1/graphs", content(), headers=sent)
        again = ada.call("POST", "/v1/graphs", content(), headers=sent)
        assert (again.status, again.json) == (201, first.json)
        assert again.headers["location"] == first.headers["location"]
        assert len(ada.call("GET", "/v1/graphs").json["items"]) == 1

    def test_another_body_under_the_same_key_is_422(self, ada: Gateway) -> None:
        sent = {"Idempotency-Key": "k"}
        ada.call("POST", "/v1/graphs", content(), headers=sent)
        other = ada.call("POST", "/v1/graphs", content(value=2), headers=sent)
        assert (other.status, other.code) == (422, "idempotency_key_reused")

    def test_another_user_may_have_the_same_key(self, gateway: Gateway) -> None:
        made = [
            gateway.signed_in(email).call(
                "POST", "/v1/graphs", content(), headers={"Idempotency-Key": "k"}
            )
            for email in ("ada@example.com", "bob@example.com")
        ]
        assert made[0].json["id"] != made[1].json["id"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", content()),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/versions", None),
        ("GET", "/versions/1/diff/1", None),
        ("GET", "/plan", None),
        ("POST", "/executions", {}),
        ("POST", "/triggers", {"kind": "queue"}),
        ("GET", "/triggers", None),
    ],
)
def test_another_users_graph_answers_as_one_that_is_not_there(
    gateway: Gateway, method: str, path: str, body: Any
) -> None:
    ada, bob = gateway.signed_in(), gateway.signed_in("bob@example.com")
    graph = create(ada)
    theirs = bob.call(method, f"/v1/graphs/{graph['id']}{path}", body)
    absent = bob.call(method, f"/v1/graphs/{GRAPH}{path}", body)
    assert (theirs.status, theirs.body) == (absent.status, absent.body)
    assert theirs.code == "not_found"
    assert ada.call("GET", f"/v1/graphs/{graph['id']}").json == graph


def test_a_thousand_problems_are_told_at_once(ada: Gateway) -> None:
    nodes = [{"id": f"n{number}", "block": "nope"} for number in range(1000)]
    answer = ada.call("POST", "/v1/graphs", {"name": "Bad", "nodes": nodes})
    assert len(answer.json["errors"]) == 1000


def test_a_graph_that_no_answer_could_tell_is_not_saved(ada: Gateway) -> None:
    nodes = [
        {"id": f"n{at}", "block": "constant", "inputs": {"value": "x" * 450}}
        for at in range(10_000)
    ]
    answer = ada.call("POST", "/v1/graphs", {"name": "Large", "nodes": nodes})
    assert answer.status == 413
    assert ada.call("GET", "/v1/graphs").json["items"] == []
