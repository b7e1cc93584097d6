"""So many executions of a user run at once; more wait in order, and all of them run in the end."""

from tests.scenarios import graphs
from tests.scenarios.person import Person

LIMIT = 10


def test_more_than_may_run_wait_and_move_up_when_others_end(ada: Person) -> None:
    graph_id = ada.saves(graphs.asks_first())
    ids = [ada.starts(graph_id, {"text": str(number)}) for number in range(LIMIT + 2)]
    for one in ids[:LIMIT]:
        ada.waits_for_node(one, "ask")
    waiting = [ada.reads(f"/executions/{one}") for one in ids[LIMIT:]]
    assert [(one["status"], one["queue_position"]) for one in waiting] == [
        ("QUEUED", 1),
        ("QUEUED", 2),
    ]
    ada.approves(ids[0], "ask")
    assert ada.waits_for(ids[0])["status"] == "COMPLETED"
    ada.waits_for_node(ids[LIMIT], "ask")
    assert ada.reads(f"/executions/{ids[LIMIT + 1]}")["queue_position"] == 1
    ada.sends(f"/executions/{ids[1]}/cancel")
    ada.waits_for_node(ids[LIMIT + 1], "ask")
    for one in ids[2:]:
        ada.sends(f"/executions/{one}/cancel")


def test_one_that_waits_can_be_cancelled_before_it_ever_ran(ada: Person) -> None:
    graph_id = ada.saves(graphs.asks_first())
    ids = [ada.starts(graph_id, {"text": str(number)}) for number in range(LIMIT + 2)]
    told = ada.sends(f"/executions/{ids[LIMIT]}/cancel")
    assert (told["status"], told["started_at"]) == ("CANCELLED", None)
    assert ada.reads(f"/executions/{ids[LIMIT + 1]}")["queue_position"] == 1
    for one in (*ids[:LIMIT], ids[LIMIT + 1]):
        ada.sends(f"/executions/{one}/cancel")


def test_others_do_not_wait_for_one_who_runs_much(ada: Person, ben: Person) -> None:
    graph_id = ada.saves(graphs.asks_first())
    ids = [ada.starts(graph_id, {"text": str(number)}) for number in range(LIMIT + 1)]
    assert ben.runs(graphs.echo(), {"text": "a"})["status"] == "COMPLETED"
    for one in ids:
        ada.sends(f"/executions/{one}/cancel")


def test_no_start_is_lost_however_many_there_are(ada: Person) -> None:
    graph_id = ada.saves(graphs.echo())
    ids = [ada.starts(graph_id, {"text": str(number)}) for number in range(3 * LIMIT)]
    ends = [ada.waits_for(one) for one in ids]
    assert {one["status"] for one in ends} == {"COMPLETED"}
    assert [one["outputs"]["text"] for one in ends] == [str(number) for number in range(3 * LIMIT)]
    [found] = ada.reads("/graphs")["items"]
    assert found["stats"]["execution_count"] == 3 * LIMIT
    assert found["stats"]["success_rate"] == 1
