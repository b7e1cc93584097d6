"""A node fails, and whoever looks is told."""

from tests.scenarios import graphs
from tests.scenarios.person import Person


def test_a_failing_node_ends_the_execution_and_is_named(ada: Person) -> None:
    execution = ada.runs(graphs.division(), {"number": 0})
    assert execution["status"] == "FAILED"
    assert execution["error"]["node"] == "divide"
    assert execution["error"]["code"] == "division_by_zero"
    assert execution["outputs"] is None


def test_the_failing_node_holds_its_error_and_what_came_after_never_ran(ada: Person) -> None:
    nodes = ada.nodes(ada.runs(graphs.division(), {"number": 0})["id"])
    assert nodes["divide"]["status"] == "FAILED"
    assert nodes["divide"]["error"]["code"] == "division_by_zero"
    assert nodes["divide"]["attempts"] == 1
    assert nodes["quotient"]["status"] == "CANCELLED"


def test_a_node_that_may_fail_hands_its_error_on(ada: Person) -> None:
    execution = ada.runs(graphs.division_that_may_fail(), {"number": 0})
    assert execution["status"] == "COMPLETED"
    assert execution["outputs"]["problem"]["code"] == "division_by_zero"
    assert "quotient" not in execution["outputs"]


def test_a_graph_with_problems_is_refused_with_all_of_them(ada: Person) -> None:
    broken = graphs.division()
    broken["nodes"][1]["block"] = "no_such_block"
    broken["links"].append({**broken["links"][0], "source": "nobody"})
    answer = ada.http.post("/graphs", json=broken)
    assert answer.status_code == 422
    assert answer.json()["code"] == "graph_invalid"
    assert {one["code"] for one in answer.json()["errors"]} >= {"unknown_block", "dangling_link"}


def test_an_input_of_the_wrong_type_starts_nothing(ada: Person) -> None:
    graph_id = ada.saves(graphs.division())
    answer = ada.http.post(f"/graphs/{graph_id}/executions", json={"inputs": {"number": "one"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_inputs")
    assert ada.reads("/executions")["items"] == []
