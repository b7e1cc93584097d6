from typing import Any

import pytest

from tests.unit.functions.gateway import Gateway
from tests.unit.functions.test_graphs import content, create


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
            ({"name": None}, ("/name", "wrong_type")),
            ({"name": ""}, ("/name", "wrong_length")),
            ({"nodes": []}, ("/nodes", "unknown_field")),
            ({"active_version": 2}, ("/active_version", "not_runnable")),
            ({"active_version": "1"}, ("/active_version", "wrong_type")),
        ],
    )
    def test_a_change_that_cannot_be_is_422(
        self, ada: Gateway, changes: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        answer = ada.call("PATCH", f"/v1/graphs/{create(ada)['id']}", changes)
        assert (answer.status, answer.faults) == (422, [fault])


class TestPlans:
    def test_a_plan_tells_levels_machine_and_price(self, ada: Gateway) -> None:
        graph = content()
        graph["nodes"].append({"id": "b", "block": "output", "inputs": {"name": "b"}})
        graph["links"] = [{"source": "a", "output": "value", "target": "b", "input": "value"}]
        graph["options"] = {"fuse_light_nodes": False}
        made = ada.call("POST", "/v1/graphs", graph).json
        plan = ada.call("GET", f"/v1/graphs/{made['id']}/plan").json
        assert plan["levels"] == [{"level": 1, "nodes": ["a"]}, {"level": 2, "nodes": ["b"]}]
        assert plan["longest_path"] == ["a", "b"]
        assert plan["definition"]["States"]["a"]["Parameters"]["node"] == "a"
        assert plan["dollars_per_1000_executions"] == plan["transitions"] * 0.025

    def test_a_plan_tells_each_limit_and_how_near_the_graph_comes(self, ada: Gateway) -> None:
        plan = ada.call("GET", f"/v1/graphs/{create(ada)['id']}/plan").json
        limits = {one["limit"]: one for one in plan["limits"]}
        assert limits["nodes"] == {
            "limit": "nodes",
            "value": plan["nodes"],
            "most": 10_000,
            "share": round(plan["nodes"] / 10_000, 4),
        }
        assert 0 < limits["definition_bytes"]["share"] < 0.01

    def test_a_plan_tells_what_an_express_machine_would_take(self, ada: Gateway) -> None:
        plan = ada.call("GET", f"/v1/graphs/{create(ada)['id']}/plan").json
        assert plan["express"]["possible"] is True
        assert plan["express"]["enabled"] is False

    def test_a_plan_names_no_account(self, ada: Gateway) -> None:
        answer = ada.call("GET", f"/v1/graphs/{create(ada)['id']}/plan")
        assert "arn:" not in answer.body

    def test_a_draft_has_no_plan(self, ada: Gateway) -> None:
        draft = ada.call("POST", "/v1/graphs", {**content(), "draft": True}).json
        answer = ada.call("GET", f"/v1/graphs/{draft['id']}/plan")
        assert (answer.status, answer.code) == (409, "not_runnable")
