"""The functions that no HTTP route leads to."""

import json
from io import StringIO
from typing import Any

import pytest

from strata.model.errors import NodeFailed
from tests.held_platform import run_all, run_of
from tests.unit.functions.gateway import Gateway, invoke, sample
from tests.unit.functions.test_executions import DOUBLE

GREETING = json.loads(sample("graphs/create_graph")["body"])


@pytest.fixture
def graph_id(ada: Gateway) -> str:
    return str(ada.call("POST", "/v1/graphs", GREETING).json["id"])


@pytest.fixture
def execution(ada: Gateway, graph_id: str) -> Any:
    body = {"inputs": {"name": "Ada"}}
    return ada.call("POST", f"/v1/graphs/{graph_id}/executions", body).json


def ids(ada: Gateway, execution: Any) -> dict[str, str]:
    """For the sample events of the machine."""
    user = ada.call("GET", "/v1/auth/me").json["id"]
    return {"EXECUTION": execution["id"], "GRAPH": execution["graph_id"], "USER": user}


def read(ada: Gateway, execution: Any) -> Any:
    return ada.call("GET", f"/v1/executions/{execution['id']}").json


class TestRunNode:
    def test_a_node_runs_and_tells_how_it_fared(self, ada: Gateway, execution: Any) -> None:
        event = sample("run_node/first_node", **ids(ada, execution))
        preview = invoke("run_node", event, ada.platform)
        assert (preview["node"], preview["status"]) == ("name", "COMPLETED")
        assert read(ada, execution)["status"] == "RUNNING"

    def test_a_node_that_fails_raises_what_the_machine_knows_by_name(self, ada: Gateway) -> None:
        node = {"id": "a", "block": "json_parse", "inputs": {"text": "{"}}
        graph = ada.call("POST", "/v1/graphs", {"name": "Bad", "nodes": [node]}).json
        execution = ada.call("POST", f"/v1/graphs/{graph['id']}/executions").json
        event = sample("run_node/first_node", **ids(ada, execution))
        with pytest.raises(NodeFailed):
            invoke("run_node", {**event, "node": "a"}, ada.platform)


class TestEndExecution:
    def test_the_last_state_writes_the_end(self, ada: Gateway, execution: Any) -> None:
        names = ids(ada, execution)
        run_all(run_of(execution, names["USER"]), ada.platform)
        answer = invoke("end_execution", sample("end_execution/last_state", **names), ada.platform)
        assert answer == {"status": "COMPLETED"}

    def test_a_failure_of_the_machine_is_the_executions(self, ada: Gateway, execution: Any) -> None:
        event = sample("end_execution/after_failure", **ids(ada, execution))
        assert invoke("end_execution", event, ada.platform) == {"status": "FAILED"}
        assert read(ada, execution)["error"]["code"] == "limit_exceeded"

    @pytest.mark.parametrize(
        ("status", "error", "told"),
        [
            ("TIMED_OUT", "States.Timeout", ("TIMED_OUT", "execution_timeout")),
            ("FAILED", "States.DataLimitExceeded", ("FAILED", "limit_exceeded")),
            ("ABORTED", None, ("FAILED", "platform_error")),
        ],
    )
    def test_a_machine_that_ended_without_its_last_state_is_told_by_an_event(
        self, ada: Gateway, execution: Any, status: str, error: str | None, told: tuple[str, str]
    ) -> None:
        event = sample("end_execution/machine_timed_out", **ids(ada, execution))
        event["detail"].update(status=status, error=error)
        invoke("end_execution", event, ada.platform)
        ended = read(ada, execution)
        assert (ended["status"], ended["error"]["code"]) == told

    def test_an_event_that_comes_late_changes_no_end(self, ada: Gateway, execution: Any) -> None:
        names = ids(ada, execution)
        run_all(run_of(execution, names["USER"]), ada.platform)
        before = read(ada, execution)
        event = sample("end_execution/machine_timed_out", **names)
        assert invoke("end_execution", event, ada.platform) == {"status": "COMPLETED"}
        assert read(ada, execution) == before


class TestStartQueued:
    @pytest.fixture
    def trigger(self, ada: Gateway, graph_id: str) -> Any:
        return ada.call("POST", f"/v1/graphs/{graph_id}/triggers", {"kind": "queue"}).json

    def event(self, trigger: Any, **changes: Any) -> Any:
        """One message that is right, but for the changes, and one that is not JSON."""
        event = sample("start_queued/two_messages", TRIGGER=trigger["id"], token=trigger["token"])
        record = event["Records"][0]
        record["body"] = json.dumps({**json.loads(record["body"]), **changes})
        return event

    def failed(self, ada: Gateway, event: Any) -> list[int]:
        """The places in the batch of the messages that come back."""
        answer = invoke("start_queued", event, ada.platform)
        names = [record["messageId"] for record in event["Records"]]
        return [names.index(one["itemIdentifier"]) for one in answer["batchItemFailures"]]

    def started(self, ada: Gateway) -> list[Any]:
        items: list[Any] = ada.call("GET", "/v1/executions").json["items"]
        return items

    def test_a_message_starts_an_execution_and_a_bad_one_comes_back_alone(
        self, ada: Gateway, trigger: Any
    ) -> None:
        assert self.failed(ada, self.event(trigger)) == [1]
        [execution] = self.started(ada)
        assert (execution["trigger"], execution["inputs"]) == (trigger["id"], {"name": "Ada"})

    @pytest.mark.parametrize(
        ("changes", "is_named"),
        [({"token": "stq_wrong"}, True), ({"inputs": 7}, True), ({"trigger_id": "any"}, False)],
    )
    def test_one_that_fails_is_logged_by_its_id_and_its_trigger_and_nothing_else_of_it(
        self, ada: Gateway, trigger: Any, changes: Any, is_named: bool, log: StringIO
    ) -> None:
        event = self.event(trigger, **{"inputs": {"name": "swordfish"}, **changes})
        assert self.failed(ada, event) == [0, 1]
        told = [json.loads(line) for line in log.getvalue().splitlines()]
        failures = [line for line in told if line.get("message") == "failure"]
        assert [line["message_id"] for line in failures] == [
            record["messageId"] for record in event["Records"]
        ]
        named = [line.get("trigger_id") for line in failures]
        assert named == [trigger["id"] if is_named else None, None]
        assert not any(word in log.getvalue() for word in ("stq_", "swordfish", 'any"'))

    def test_a_message_that_comes_twice_starts_one_execution(
        self, ada: Gateway, trigger: Any
    ) -> None:
        event = self.event(trigger)
        event["Records"][1] = {**event["Records"][0], "messageId": "again"}
        assert self.failed(ada, event) == []
        assert self.failed(ada, event) == []
        assert len(self.started(ada)) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"token": "stq_wrong"},
            {"token": None},
            {"trigger_id": "trg_00000000000000000000000000"},
            {"trigger_id": "TRIGGER#"},
            {"inputs": {}},
            {"inputs": []},
            {"deduplication_id": ""},
            {"deduplication_id": "x" * 256},
            {"deduplication_id": 7},
            {"priority": 1},
        ],
    )
    def test_a_message_that_is_wrong_starts_nothing_and_comes_back(
        self, ada: Gateway, trigger: Any, changes: dict[str, Any]
    ) -> None:
        assert self.failed(ada, self.event(trigger, **changes)) == [0, 1]
        assert self.started(ada) == []

    def test_a_trigger_that_is_switched_off_starts_nothing(
        self, ada: Gateway, trigger: Any
    ) -> None:
        ada.call("PATCH", f"/v1/triggers/{trigger['id']}", {"enabled": False})
        assert self.failed(ada, self.event(trigger)) == [0, 1]

    @pytest.mark.parametrize("body", ["", "[]", "null", '{"trigger_id": 1, "trigger_id": 2}'])
    def test_a_message_that_is_no_object_comes_back(
        self, ada: Gateway, trigger: Any, body: str
    ) -> None:
        event = self.event(trigger)
        event["Records"][1]["body"] = body
        assert self.failed(ada, event) == [1]

    def test_a_failure_is_logged_without_the_token(
        self, ada: Gateway, trigger: Any, log: StringIO
    ) -> None:
        self.failed(ada, self.event(trigger, inputs={"name": 7}))
        told = [json.loads(line) for line in log.getvalue().splitlines()]
        failures = [line for line in told if line.get("message") == "failure"]
        classes = [one["errors"][0]["class"] for one in failures]
        assert classes == ["InvalidInputs", "InvalidRequest"]
        assert trigger["token"] not in log.getvalue()


def test_a_graph_runs_from_the_first_node_to_the_end(ada: Gateway) -> None:
    graph = ada.call("POST", "/v1/graphs", DOUBLE).json
    body = {"inputs": {"n": 4}}
    execution = ada.call("POST", f"/v1/graphs/{graph['id']}/executions", body).json
    for node in ("n", "twice", "out"):
        event = sample("run_node/first_node", **ids(ada, execution))
        invoke("run_node", {**event, "node": node}, ada.platform)
    assert read(ada, execution)["outputs"] == {"twice": 8}
