"""A graph as an Express machine: cheaper for short runs, and the same to whoever looks at them."""

from typing import Any

import pytest

from tests.builders import graph, node
from tests.scenarios import graphs
from tests.scenarios.person import Person

Json = dict[str, Any]


def express(content: Json) -> Json:
    return {**content, "options": {"execution_type": "express", "fuse_light_nodes": False}}


def test_an_express_graph_gives_the_results_of_a_standard_one(ada: Person) -> None:
    standard = ada.runs(graphs.square_and_cube(), {"side": 3})
    short = ada.runs(express(graphs.square_and_cube()), {"side": 3})
    assert short["status"] == "COMPLETED"
    assert short["outputs"] == standard["outputs"]
    assert short["node_counts"] == standard["node_counts"]


def test_the_failure_of_an_express_graph_names_its_node(ada: Person) -> None:
    execution = ada.runs(express(graphs.division()), {"number": 0})
    assert execution["status"] == "FAILED"
    assert execution["error"]["node"] == "divide"


def test_a_graph_that_waits_is_refused_as_express(ada: Person) -> None:
    waits = graph([node("wait", "delay", seconds=1, value=1)]).model_dump(mode="json")
    answer = ada.http.post("/graphs", json=express(waits))
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == ["not_express"]


@pytest.mark.parametrize(("seconds", "status"), [(300, 201), (301, 422)])
def test_the_timeouts_of_an_express_graph_stay_within_five_minutes(
    ada: Person, seconds: int, status: int
) -> None:
    asks = node("ask", "http_request", url="https://example.com", timeout_seconds=seconds)
    answer = ada.http.post("/graphs", json=express(graph([asks]).model_dump(mode="json")))
    assert answer.status_code == status
