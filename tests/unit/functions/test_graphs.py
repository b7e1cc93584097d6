from typing import Any

import pytest

from tests.unit.functions.gateway import GRAPH, Gateway
from tests.unit.http.calls import Reply


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


class TestVersions:
    def test_a_save_is_a_new_version_and_the_old_one_stays(self, ada: Gateway) -> None:
        graph = create(ada)
        path = f"/v1/graphs/{graph['id']}"
        assert ada.call("PUT", path, content(value=2)).json["version"] == 2
        old = ada.call("GET", path, query={"version": 1}).json
        assert (old["version"], old["nodes"][0]["inputs"]["value"]) == (1, 1)
        listed = ada.call("GET", f"{path}/versions").json["items"]
        assert [(one["version"], one["active"]) for one in listed] == [(2, True), (1, False)]

    def test_versions_are_compared_by_node_and_pin(self, ada: Gateway) -> None:
        graph = create(ada)
        path = f"/v1/graphs/{graph['id']}"
        ada.call("PUT", path, content(value=2))
        difference = ada.call("GET", f"{path}/versions/1/diff/2").json
        assert difference["nodes"]["changed"] == [
            {"id": "a", "inputs": {"value": {"from": 1, "to": 2}}}
        ]

    @pytest.mark.parametrize("path", ["1/diff/9", "x/diff/1", "0/diff/1", "1/diff/1.5"])
    def test_a_version_that_is_not_there_is_404(self, ada: Gateway, path: str) -> None:
        assert ada.call("GET", f"/v1/graphs/{create(ada)['id']}/versions/{path}").status == 404

    def test_only_what_is_sent_is_changed(self, ada: Gateway) -> None:
        path = f"/v1/graphs/{create(ada)['id']}"
        changed = ada.call("PATCH", path, {"description": "New"}).json
        assert (changed["name"], changed["description"]) == ("One", "New")
        assert changed["active_version"] == 1

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"name": None}, ("/name", "string_type")),
            ({"name": ""}, ("/name", "string_too_short")),
            ({"nodes": []}, ("/nodes", "unknown_field")),
            ({"active_version": 2}, ("/active_version", "not_runnable")),
            ({"active_version": "1"}, ("/active_version", "int_type")),
        ],
    )
    def test_a_change_that_cannot_be_is_422(
        self, ada: Gateway, changes: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        answer = ada.call("PATCH", f"/v1/graphs/{create(ada)['id']}", changes)
        assert (answer.status, answer.faults) == (422, [fault])


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


class TestPages:
    def pages(self, user: Gateway, **query: Any) -> list[list[str]]:
        """The names on each page."""
        found, cursor = [], None
        while True:
            asked = {**query, "cursor": cursor} if cursor else query
            page = user.call("GET", "/v1/graphs", query=asked).json
            found.append([graph["name"] for graph in page["items"]])
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def test_pages_hold_every_graph_once_newest_first(self, ada: Gateway) -> None:
        for name in "abcde":
            create(ada, name=name)
        assert self.pages(ada, limit=2) == [["e", "d"], ["c", "b"], ["a"]]

    def test_graphs_are_found_by_a_part_of_their_name(self, ada: Gateway) -> None:
        for name in ("Daily report", "Weekly REPORT", "Other"):
            create(ada, name=name)
        found = self.pages(ada, q="report", order_by="name")
        assert found == [["Daily report", "Weekly REPORT"]]

    def test_an_order_that_there_is_not_is_400(self, ada: Gateway) -> None:
        answer = ada.call("GET", "/v1/graphs", query={"order_by": "swordfish"})
        assert answer.faults == [("/query/order_by", "literal_error")]
        assert "swordfish" not in answer.body

    def cursor(self, user: Gateway, **query: Any) -> Reply:
        return user.call("GET", "/v1/graphs", query=query)

    def test_a_cursor_of_another_user_list_or_filter_is_400(self, gateway: Gateway) -> None:
        ada, bob = gateway.signed_in(), gateway.signed_in("bob@example.com")
        for user in (ada, bob):
            for name in "abc":
                create(user, name=name)
        cursor = self.cursor(ada, limit=1).json["next_cursor"]
        refused = [
            self.cursor(bob, limit=1, cursor=cursor),
            self.cursor(ada, limit=1, cursor=cursor, q="a"),
            self.cursor(ada, limit=1, cursor=cursor, order_by="name"),
            self.cursor(ada, limit=1, cursor=cursor[:-1]),
            self.cursor(ada, limit=1, cursor=""),
            ada.call("GET", "/v1/credentials", query={"cursor": cursor}),
            ada.call("GET", "/v1/blocks", query={"cursor": cursor}),
        ]
        assert [(one.status, one.code) for one in refused] == [(400, "invalid_cursor")] * 7


class TestPlans:
    def test_a_plan_tells_levels_machine_and_price(self, ada: Gateway) -> None:
        graph = content()
        graph["nodes"].append({"id": "b", "block": "output", "inputs": {"name": "b"}})
        graph["links"] = [{"source": "a", "output": "value", "target": "b", "input": "value"}]
        made = ada.call("POST", "/v1/graphs", graph).json
        plan = ada.call("GET", f"/v1/graphs/{made['id']}/plan").json
        assert plan["levels"] == [{"level": 1, "nodes": ["a"]}, {"level": 2, "nodes": ["b"]}]
        assert plan["longest_path"] == ["a", "b"]
        assert plan["definition"]["States"]["a"]["Parameters"]["node"] == "a"
        assert plan["dollars_per_1000_executions"] == plan["transitions"] * 0.025
        assert plan["near_limits"] == []

    def test_a_plan_names_no_account(self, ada: Gateway) -> None:
        answer = ada.call("GET", f"/v1/graphs/{create(ada)['id']}/plan")
        assert "arn:" not in answer.body

    def test_a_draft_has_no_plan(self, ada: Gateway) -> None:
        draft = ada.call("POST", "/v1/graphs", {**content(), "draft": True}).json
        answer = ada.call("GET", f"/v1/graphs/{draft['id']}/plan")
        assert (answer.status, answer.code) == (422, "invalid_body")


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
