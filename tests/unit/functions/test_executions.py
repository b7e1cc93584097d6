import json
from typing import Any

import pytest

from strata.model.execution import Run
from strata.platform import Platform
from tests.held_platform import HeldMachines, run_all, run_of
from tests.unit.functions.gateway import EXECUTION, Gateway

DOUBLE = {
    "name": "Double",
    "nodes": [
        {"id": "n", "block": "input", "inputs": {"name": "n", "type": "number"}},
        {"id": "twice", "block": "calculate", "inputs": {"expression": "2 * n"}},
        {"id": "out", "block": "output", "inputs": {"name": "twice"}},
    ],
    "links": [
        {"source": "n", "output": "value", "target": "twice", "input": "values.n"},
        {"source": "twice", "output": "result", "target": "out", "input": "value"},
    ],
}


@pytest.fixture
def graph_id(ada: Gateway) -> str:
    return str(ada.call("POST", "/v1/graphs", DOUBLE).json["id"])


def start(user: Gateway, graph_id: str, body: Any = None, **headers: str) -> Any:
    body = {"inputs": {"n": 21}} if body is None else body
    return user.call("POST", f"/v1/graphs/{graph_id}/executions", body, headers=headers)


def run(user: Gateway, execution: Any) -> Run:
    done = run_of(execution, user.call("GET", "/v1/auth/me").json["id"])
    run_all(done, user.platform)
    return done


def test_an_execution_begins_queued_and_its_outputs_can_be_read(
    ada: Gateway, graph_id: str
) -> None:
    begun = start(ada, graph_id)
    assert (begun.status, begun.json["status"], begun.json["trigger"]) == (202, "QUEUED", "api")
    run(ada, begun.json)
    ended = ada.call("GET", begun.headers["location"]).json
    assert (ended["status"], ended["outputs"]) == ("COMPLETED", {"twice": 42})
    assert ended["node_counts"] == {"COMPLETED": 3}


def test_the_same_start_twice_is_one_execution(ada: Gateway, graph_id: str) -> None:
    first, again = (start(ada, graph_id, **{"idempotency-key": "k"}) for _ in range(2))
    assert (again.status, again.json) == (202, first.json)
    assert len(ada.call("GET", "/v1/executions").json["items"]) == 1


def test_a_start_whose_machine_did_not_answer_goes_on_when_it_is_sent_again(
    ada: Gateway, graph_id: str
) -> None:
    machines = ada.platform.machines
    assert isinstance(machines, HeldMachines)
    machines.down = True
    failed = start(ada, graph_id, **{"idempotency-key": "k"})
    assert (failed.status, failed.code) == (503, "unavailable")
    assert "retry-after" in failed.headers
    machines.down = False
    again = start(ada, graph_id, **{"idempotency-key": "k"})
    assert again.status == 202
    assert list(machines.started) == [again.json["id"]]


@pytest.mark.parametrize(
    ("body", "code", "faults"),
    [
        ({}, "invalid_inputs", [("/inputs/n", "missing_input")]),
        ({"inputs": {"n": "x"}}, "invalid_inputs", [("/inputs/n", "wrong_type")]),
        (
            {"inputs": {"n": 1, "m/": 2}},
            "invalid_inputs",
            [("/inputs/m~1", "unknown_input")],
        ),
        ({"inputs": []}, "invalid_body", [("/inputs", "wrong_type")]),
        ({"inputs": {"n": 1}, "version": 9}, "invalid_body", [("/version", "unknown_version")]),
        ({"inputs": {"n": 1}, "version": 0}, "invalid_body", [("/version", "out_of_range")]),
        ({"input": {"n": 1}}, "invalid_body", [("/input", "unknown_field")]),
    ],
)
def test_a_start_that_cannot_be_is_422_and_starts_nothing(
    ada: Gateway, graph_id: str, body: Any, code: str, faults: list[tuple[str, str]]
) -> None:
    answer = start(ada, graph_id, body)
    assert (answer.status, answer.code, answer.faults) == (422, code, faults)
    assert ada.call("GET", "/v1/executions").json["items"] == []


def test_a_graph_without_inputs_starts_without_a_body(ada: Gateway) -> None:
    node = {"id": "a", "block": "constant", "inputs": {"value": 1}}
    graph = ada.call("POST", "/v1/graphs", {"name": "One", "nodes": [node]}).json
    assert ada.call("POST", f"/v1/graphs/{graph['id']}/executions").status == 202


class TestLists:
    def test_executions_are_listed_by_status_and_graph_newest_first(
        self, ada: Gateway, graph_id: str
    ) -> None:
        ids = [start(ada, graph_id).json["id"] for _ in range(3)]
        run(ada, ada.call("GET", f"/v1/executions/{ids[0]}").json)
        assert self.ids(ada) == ids[::-1]
        assert self.ids(ada, graph_id=graph_id) == ids[::-1]
        assert self.ids(ada, status="COMPLETED") == ids[:1]
        assert self.ids(ada, status="QUEUED", graph_id=graph_id) == ids[:0:-1]
        assert self.ids(ada, graph_id="gph_none") == []

    def ids(self, user: Gateway, **query: str) -> list[str]:
        items = user.call("GET", "/v1/executions", query=query).json["items"]
        return [one["id"] for one in items]

    @pytest.mark.parametrize(
        "query", [{"status": "ASLEEP"}, {"status": "queued"}, {"graph_id": "a#b"}]
    )
    def test_a_filter_that_cannot_be_is_400(self, ada: Gateway, query: dict[str, str]) -> None:
        assert ada.call("GET", "/v1/executions", query=query).status == 400

    def test_the_graph_tells_how_its_executions_fare(self, ada: Gateway, graph_id: str) -> None:
        run(ada, start(ada, graph_id).json)
        [graph] = ada.call("GET", "/v1/graphs").json["items"]
        assert graph["stats"]["execution_count"] == 1
        assert graph["stats"]["success_rate"] == 1.0


class TestNodes:
    def test_nodes_are_told_page_by_page_with_their_values(
        self, ada: Gateway, graph_id: str
    ) -> None:
        execution = start(ada, graph_id).json
        run(ada, execution)
        path = f"/v1/executions/{execution['id']}/nodes"
        first = ada.call("GET", path, query={"limit": 2}).json
        second = ada.call("GET", path, query={"limit": 2, "cursor": first["next_cursor"]}).json
        told = first["items"] + second["items"]
        assert [(one["node"], one["level"]) for one in told] == [("n", 1), ("twice", 2), ("out", 3)]
        assert told[1]["inputs"] == {"expression": "2 * n", "values": {"n": 21}}
        assert told[1]["outputs"] == {"result": 42}
        assert second["next_cursor"] is None

    def test_nodes_may_be_told_without_their_values(self, ada: Gateway, graph_id: str) -> None:
        execution = start(ada, graph_id).json
        run(ada, execution)
        path = f"/v1/executions/{execution['id']}/nodes"
        items = ada.call("GET", path, query={"values": "false"}).json["items"]
        assert [one["status"] for one in items] == ["COMPLETED"] * 3
        assert not any("outputs" in one or "inputs" in one for one in items)

    def test_a_node_that_the_graph_has_not_is_404(self, ada: Gateway, graph_id: str) -> None:
        path = f"/v1/executions/{start(ada, graph_id).json['id']}/nodes"
        assert ada.call("GET", f"{path}/nope").status == 404
        assert ada.call("GET", f"{path}/twice").json["status"] == "PENDING"

    def test_a_cursor_of_another_execution_is_400(self, ada: Gateway, graph_id: str) -> None:
        paths = [f"/v1/executions/{start(ada, graph_id).json['id']}/nodes" for _ in range(2)]
        cursor = ada.call("GET", paths[0], query={"limit": 1}).json["next_cursor"]
        assert ada.call("GET", paths[1], query={"cursor": cursor}).code == "invalid_cursor"


@pytest.mark.parametrize("path", ["", "/nodes", "/nodes/twice"])
def test_another_users_execution_answers_as_one_that_is_not_there(
    ada: Gateway, gateway: Gateway, graph_id: str, path: str
) -> None:
    bob = gateway.signed_in("bob@example.com")
    theirs = bob.call("GET", f"/v1/executions/{start(ada, graph_id).json['id']}{path}")
    absent = bob.call("GET", f"/v1/executions/{EXECUTION}{path}")
    assert (theirs.status, theirs.body) == (absent.status, absent.body)
    assert theirs.code == "not_found"


def test_the_log_names_the_execution_and_no_value(
    ada: Gateway, graph_id: str, log: Any, platform: Platform
) -> None:
    execution = start(ada, graph_id, {"inputs": {"n": 987654321}}).json
    run(ada, execution)
    ada.call("GET", f"/v1/executions/{execution['id']}")
    lines = [json.loads(line) for line in log.getvalue().splitlines() if "request_id" in line]
    named = [line["route"] for line in lines if line.get("execution_id") == execution["id"]]
    assert named == [
        "POST /v1/graphs/{graph_id}/executions",
        "GET /v1/executions/{execution_id}",
    ]
    assert "987654321" not in log.getvalue()
