"""An execution is cancelled: what ran is recorded, nothing begins any more, and it stays so."""

from typing import Any

import pytest

from tests.builders import graph, node
from tests.scenarios import graphs
from tests.scenarios.person import Person

Json = dict[str, Any]


def held(person: Person) -> str:
    """An execution that waits for a decision."""
    execution_id = person.starts(person.saves(graphs.asks_first()), {"text": "Ada"})
    person.waits_for_node(execution_id, "ask")
    return execution_id


def test_one_that_waits_for_a_person_is_cancelled_and_tells_what_ran(ada: Person) -> None:
    execution_id = held(ada)
    told = ada.sends(f"/executions/{execution_id}/cancel")
    assert (told["status"], told["error"], told["outputs"]) == ("CANCELLED", None, None)
    nodes = ada.nodes(execution_id)
    assert {one: node["status"] for one, node in nodes.items()} == {
        "text": "COMPLETED",
        "greet": "COMPLETED",
        "ask": "CANCELLED",
        "greeting": "CANCELLED",
    }
    assert ada.reads(f"/executions/{execution_id}") == told


def test_a_late_decision_changes_nothing(ada: Person) -> None:
    execution_id = held(ada)
    told = ada.sends(f"/executions/{execution_id}/cancel")
    path = f"/executions/{execution_id}/nodes/ask/decision"
    assert ada.http.post(path, json={"approve": True}).status_code == 409
    assert ada.reads(f"/executions/{execution_id}") == told


def test_a_second_cancel_and_one_after_the_end_are_refused(ada: Person) -> None:
    cancelled = held(ada)
    ada.sends(f"/executions/{cancelled}/cancel")
    complete = ada.runs(graphs.echo(), {"text": "a"})["id"]
    for one in (cancelled, complete):
        assert ada.sends(f"/executions/{one}/cancel", status=409)["code"] == "execution_ended"


def test_the_same_cancel_sent_again_gets_the_same_answer(ada: Person) -> None:
    path, key = f"/executions/{held(ada)}/cancel", {"Idempotency-Key": "once"}
    first, again = (ada.sends(path, headers=key) for _ in range(2))
    assert first == again


def test_a_stranger_cannot_cancel(ada: Person, ben: Person) -> None:
    execution_id = held(ada)
    assert ben.sends(f"/executions/{execution_id}/cancel", status=404)["code"] == "not_found"
    ada.sends(f"/executions/{execution_id}/cancel")


def test_a_delay_of_an_hour_ends_at_once(ada: Person) -> None:
    made = graph([node("later", "delay", seconds=3600), node("o", "output", name="o")],
                 "later.waited_seconds -> o.value")  # fmt: skip
    execution_id = ada.starts(ada.saves(made.model_dump(mode="json")))
    ada.waits_for_node(execution_id, "later")
    assert ada.sends(f"/executions/{execution_id}/cancel")["status"] == "CANCELLED"
    assert ada.nodes(execution_id)["later"]["status"] == "CANCELLED"


def test_the_items_of_a_loop_are_cancelled_with_it(ada: Person) -> None:
    made = graph(
        [
            node("each", "for_each", items=[1, 2, 3]),
            node("ask", "approval", parent="each"),
            node("o", "output", name="o"),
        ],
        "each.item -> ask.data", "ask.approved -> each.result", "each.results -> o.value",
    )  # fmt: skip
    execution_id = ada.starts(ada.saves(made.model_dump(mode="json")))
    path, query = f"/executions/{execution_id}/nodes", {"iteration": "each:1"}
    ada.waits(
        lambda: ada.http.get(path, params=query),
        lambda answer: (
            answer.status_code == 200 and answer.json()["items"][0]["status"] == "WAITING"
        ),
    )
    assert ada.sends(f"/executions/{execution_id}/cancel")["status"] == "CANCELLED"
    assert ada.nodes(execution_id)["each"]["status"] == "CANCELLED"
    [ask] = ada.reads(path, params=query)["items"]
    assert ask["status"] == "CANCELLED"


def test_the_executions_that_it_runs_are_cancelled_with_it(ada: Person) -> None:
    inner = ada.saves(graphs.asks_first())
    made = graph([node("run", "sub_graph", graph_id=inner, inputs={"text": "Ada"})])
    execution_id = ada.starts(ada.saves(made.model_dump(mode="json")))
    ada.waits_for_node(execution_id, "run")
    query = {"graph_id": inner}
    [child] = ada.waits(
        lambda: ada.reads("/executions", params=query)["items"], lambda items: len(items) == 1
    )
    ada.waits_for_node(child["id"], "ask")
    ada.sends(f"/executions/{execution_id}/cancel")
    assert ada.waits_for(child["id"])["status"] == "CANCELLED"


@pytest.mark.parametrize("at", [0, 1, 2])
def test_cancelled_at_any_moment_it_has_one_end(ada: Person, at: int) -> None:
    ids = [node(f"n{number}", value=number) for number in range(3)]
    made = graph([*ids, node("o", "output", name="o")], f"n{at}.value -> o.value")
    execution_id = ada.starts(ada.saves(made.model_dump(mode="json")))
    answer = ada.http.post(f"/executions/{execution_id}/cancel")
    end = ada.waits_for(execution_id)
    expected = {"CANCELLED": 202, "COMPLETED": 409}
    assert answer.status_code == expected[end["status"]]
    assert sum(end["node_counts"].values()) == 4
