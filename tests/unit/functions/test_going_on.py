"""Cancel, resume, run up to a node, try a node: as requests and answers."""

from typing import Any

import pytest

from strata.model.execution import Run
from tests.held_platform import run_all, run_of
from tests.unit.functions.gateway import Gateway
from tests.unit.functions.test_executions import DOUBLE, start


@pytest.fixture
def graph_id(ada: Gateway) -> str:
    return str(ada.call("POST", "/v1/graphs", DOUBLE).json["id"])


@pytest.fixture
def execution_id(ada: Gateway, graph_id: str) -> str:
    return str(start(ada, graph_id).json["id"])


@pytest.fixture
def cancelled(ada: Gateway, execution_id: str) -> str:
    assert ada.call("POST", f"/v1/executions/{execution_id}/cancel").status == 202
    return execution_id


def run(user: Gateway, execution: Any) -> Run:
    done = run_of(execution, user.call("GET", "/v1/auth/me").json["id"])
    run_all(done, user.platform)
    return done


class TestCancel:
    def test_it_answers_with_the_execution_as_it_is_now(
        self, ada: Gateway, execution_id: str
    ) -> None:
        answer = ada.call("POST", f"/v1/executions/{execution_id}/cancel")
        assert (answer.status, answer.json["status"]) == (202, "CANCELLED")
        assert ada.call("GET", f"/v1/executions/{execution_id}").json == answer.json

    def test_twice_is_a_conflict(self, ada: Gateway, cancelled: str) -> None:
        answer = ada.call("POST", f"/v1/executions/{cancelled}/cancel")
        assert (answer.status, answer.code) == (409, "execution_ended")

    def test_a_bad_key_is_refused(self, ada: Gateway, execution_id: str) -> None:
        bad = {"idempotency-key": "x" * 256}
        answer = ada.call("POST", f"/v1/executions/{execution_id}/cancel", headers=bad)
        assert answer.status == 400

    def test_one_that_is_not_there_is_not_found(self, ada: Gateway) -> None:
        path = "/v1/executions/exe_00000000000000000000000000/cancel"
        assert ada.call("POST", path).status == 404


class TestResume:
    def test_it_makes_an_execution_and_says_where_it_is(self, ada: Gateway, cancelled: str) -> None:
        answer = ada.call("POST", f"/v1/executions/{cancelled}/resume")
        assert (answer.status, answer.json["resumed_from"]) == (202, cancelled)
        assert answer.headers["location"] == f"/v1/executions/{answer.json['id']}"
        assert [one["reason"] for one in answer.json["runs"]] == ["not_reached"] * 3
        run(ada, answer.json)
        ended = ada.call("GET", answer.headers["location"]).json
        assert (ended["status"], ended["outputs"]) == ("COMPLETED", {"twice": 42})

    def test_a_look_before_makes_none(self, ada: Gateway, cancelled: str) -> None:
        path, query = f"/v1/executions/{cancelled}/resume", {"dry_run": "true"}
        answer = ada.call("POST", path, {"version": 1}, query=query)
        assert (answer.status, "location" in answer.headers) == (200, False)
        assert answer.json["resumed_from"] == cancelled
        assert len(ada.call("GET", "/v1/executions").json["items"]) == 1

    @pytest.mark.parametrize(
        ("body", "faults"),
        [
            ({"version": 9}, [("/version", "unknown_version")]),
            ({"version": 0}, [("/version", "out_of_range")]),
            ({"inputs": {}}, [("/inputs", "unknown_field")]),
        ],
    )
    def test_a_body_that_cannot_be_is_422(
        self, ada: Gateway, cancelled: str, body: Any, faults: list[tuple[str, str]]
    ) -> None:
        answer = ada.call("POST", f"/v1/executions/{cancelled}/resume", body)
        assert (answer.status, answer.faults) == (422, faults)

    def test_a_query_that_cannot_be_is_400(self, ada: Gateway, cancelled: str) -> None:
        path, query = f"/v1/executions/{cancelled}/resume", {"dry_run": "perhaps"}
        assert ada.call("POST", path, query=query).status == 400

    def test_one_that_runs_or_is_complete_is_a_conflict(
        self, ada: Gateway, graph_id: str, execution_id: str
    ) -> None:
        path = f"/v1/executions/{execution_id}/resume"
        assert ada.call("POST", path).code == "execution_running"
        run(ada, ada.call("GET", f"/v1/executions/{execution_id}").json)
        answer = ada.call("POST", path, query={"dry_run": "true"})
        assert (answer.status, answer.code) == (409, "execution_completed")


class TestUntil:
    def test_the_rest_is_skipped(self, ada: Gateway, graph_id: str) -> None:
        body = {"inputs": {"n": 21}, "until": "twice"}
        begun = start(ada, graph_id, body).json
        run(ada, begun)
        ended = ada.call("GET", f"/v1/executions/{begun['id']}").json
        assert (ended["status"], ended["until"]) == ("COMPLETED", "twice")
        assert ended["node_counts"] == {"COMPLETED": 2, "SKIPPED": 1}

    @pytest.mark.parametrize("until", ["nowhere", "not an id"])
    def test_a_node_that_is_not_there_is_422(self, ada: Gateway, graph_id: str, until: str) -> None:
        answer = start(ada, graph_id, {"inputs": {"n": 1}, "until": until})
        assert answer.status == 422
        assert [pointer for pointer, _ in answer.faults] == ["/until"]
        assert ada.call("GET", "/v1/executions").json["items"] == []


class TestTry:
    def test_a_failure_is_told_as_data(self, ada: Gateway, graph_id: str) -> None:
        path = f"/v1/graphs/{graph_id}/nodes/twice/test"
        answer = ada.call("POST", path)
        assert (answer.status, answer.json["status"]) == (200, "FAILED")
        assert answer.json["error"]["code"] == "invalid_input"
        answer = ada.call("POST", path, {"inputs": {"values": {"n": 4}}})
        assert answer.json["outputs"] == {"result": 8}

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"inputs": {"m": 1}}, "/inputs/m"),
            ({"inputs": []}, "/inputs"),
            ({"from_execution": "x"}, "/from_execution"),
            ({"iteration": "loop"}, "/iteration"),
            ({"version": 0}, "/version"),
            ({"input": {}}, "/input"),
        ],
    )
    def test_a_body_that_cannot_be_is_422(
        self, ada: Gateway, graph_id: str, body: Any, pointer: str
    ) -> None:
        answer = ada.call("POST", f"/v1/graphs/{graph_id}/nodes/twice/test", body)
        assert answer.status == 422
        assert [found for found, _ in answer.faults] == [pointer]

    def test_a_node_that_waits_is_422(self, ada: Gateway) -> None:
        node = {"id": "later", "block": "delay", "inputs": {"seconds": 1}}
        made = ada.call("POST", "/v1/graphs", {"name": "Later", "nodes": [node]}).json
        answer = ada.call("POST", f"/v1/graphs/{made['id']}/nodes/later/test")
        assert (answer.status, answer.code) == (422, "not_testable")

    def test_one_that_is_not_there_is_404(self, ada: Gateway, graph_id: str) -> None:
        assert ada.call("POST", f"/v1/graphs/{graph_id}/nodes/ghost/test").status == 404
