"""An execution that did not end well goes on, with every result that still holds."""

from typing import Any

from tests.builders import graph, node
from tests.scenarios import graphs
from tests.scenarios.person import Person

Json = dict[str, Any]


def mended() -> Json:
    made = graphs.division()
    made["nodes"][1]["inputs"]["expression"] = "1 / (number + 1)"
    return made


def test_it_goes_on_with_a_mended_version_and_says_first_what_would_run(ada: Person) -> None:
    graph_id = ada.saves(graphs.division())
    failed = ada.waits_for(ada.starts(graph_id, {"number": 0}))
    assert ada.http.put(f"/graphs/{graph_id}", json=mended()).status_code == 200
    path, body = f"/executions/{failed['id']}/resume", {"version": 2}
    told = ada.sends(path, body, 200, params={"dry_run": "true"})
    assert told["reused"] == ["number"]
    assert [(one["node"], one["reason"]) for one in told["runs"]] == [
        ("divide", "changed"),
        ("quotient", "not_reached"),
    ]
    assert len(ada.reads("/executions")["items"]) == 1
    resumed = ada.sends(path, body)
    assert (resumed["reused"], resumed["runs"]) == (told["reused"], told["runs"])
    end = ada.waits_for(resumed["id"])
    assert (end["status"], end["outputs"]) == ("COMPLETED", {"quotient": 1})
    assert end["resumed_from"] == failed["id"]
    nodes = ada.nodes(resumed["id"])
    assert nodes["number"]["reused_from"] == failed["id"]
    assert nodes["divide"]["reused_from"] is None


def test_one_that_was_cancelled_while_it_waited_waits_again(ada: Person) -> None:
    execution_id = ada.starts(ada.saves(graphs.asks_first()), {"text": "Ada"})
    ada.waits_for_node(execution_id, "ask")
    ada.sends(f"/executions/{execution_id}/cancel")
    resumed = ada.sends(f"/executions/{execution_id}/resume")
    assert resumed["reused"] == ["text", "greet"]
    ada.waits_for_node(resumed["id"], "ask")
    ada.approves(resumed["id"], "ask")
    assert ada.waits_for(resumed["id"])["outputs"] == {"greeting": "Dear Ada"}


def test_a_value_that_no_item_could_hold_is_taken_over_unchanged(ada: Person) -> None:
    made = graph(
        [
            node("text", "input", name="text"),
            node("stop", "fail", message="Not yet."),
            node("same", "output", name="text"),
        ],
        "text.value -> same.value",
    )
    graph_id = ada.saves(made.model_dump(mode="json"))
    failed = ada.waits_for(ada.starts(graph_id, {"text": "Ü★" * 200_000}))
    assert failed["status"] == "FAILED"
    without = made.model_copy(update={"nodes": [made.nodes[0], made.nodes[2]]})
    body = without.model_dump(mode="json")
    assert ada.http.put(f"/graphs/{graph_id}", json=body).status_code == 200
    resumed = ada.sends(f"/executions/{failed['id']}/resume", {"version": 2})
    assert "text" in resumed["reused"]
    assert ada.waits_for(resumed["id"])["outputs"] == {"text": "Ü★" * 200_000}


def test_one_that_is_complete_or_still_runs_is_not_resumed(ada: Person) -> None:
    complete = ada.runs(graphs.echo(), {"text": "a"})["id"]
    running = ada.starts(ada.saves(graphs.asks_first()), {"text": "Ada"})
    refused = {
        complete: "execution_completed",
        running: "execution_running",
    }
    for one, code in refused.items():
        assert ada.sends(f"/executions/{one}/resume", status=409)["code"] == code
    ada.sends(f"/executions/{running}/cancel")


def test_the_same_resume_sent_twice_is_one_execution(ada: Person) -> None:
    failed = ada.runs(graphs.division(), {"number": 0})
    path, key = f"/executions/{failed['id']}/resume", {"Idempotency-Key": "once"}
    first, again = (ada.sends(path, headers=key) for _ in range(2))
    assert first == again
    ada.waits_for(first["id"])
    assert len(ada.reads("/executions")["items"]) == 2


def test_a_run_up_to_a_node_skips_the_rest(ada: Person) -> None:
    graph_id = ada.saves(graphs.square_and_cube())
    body = {"inputs": {"side": 3}, "until": "area"}
    started = ada.sends(f"/graphs/{graph_id}/executions", body)
    end = ada.waits_for(started["id"])
    assert (end["status"], end["outputs"]) == ("COMPLETED", {"square": 9})
    assert end["node_counts"] == {"COMPLETED": 3, "SKIPPED": 2}


def test_a_node_is_tried_alone_with_what_it_got_before(ada: Person) -> None:
    graph_id = ada.saves(graphs.division())
    failed = ada.waits_for(ada.starts(graph_id, {"number": 0}))
    path = f"/graphs/{graph_id}/nodes/divide/test"
    recorded = ada.sends(path, {"from_execution": failed["id"]}, 200)
    assert recorded["error"]["code"] == "division_by_zero"
    typed = ada.sends(path, {"inputs": {"values": {"number": 4}}}, 200)
    assert (typed["status"], typed["outputs"]) == ("COMPLETED", {"result": 0.25})
    assert len(ada.reads("/executions")["items"]) == 1


def test_a_draft_runs_with_the_outputs_that_are_pinned_to_it(ada: Person) -> None:
    draft = graphs.division()
    draft["nodes"][1]["pinned_outputs"] = {"result": 42}
    graph_id = ada.sends("/graphs", {**draft, "draft": True}, 201)["id"]
    path = f"/graphs/{graph_id}/executions"
    assert ada.http.post(path, json={"inputs": {"number": 0}}).status_code == 422
    started = ada.sends(path, {"inputs": {"number": 0}, "version": 1})
    assert ada.waits_for(started["id"])["outputs"] == {"quotient": 42}
    assert ada.nodes(started["id"])["divide"]["pinned"] is True
