"""A graph is saved, runs, and its outputs are read."""

from tests.scenarios import graphs
from tests.scenarios.person import Person


def test_a_saved_graph_runs_and_gives_its_outputs(ada: Person) -> None:
    execution = ada.runs(graphs.square_and_cube(), {"side": 3})
    assert execution["status"] == "COMPLETED"
    assert execution["outputs"] == {"square": 9, "cube": 27}
    assert execution["node_counts"] == {"COMPLETED": 5}


def test_each_node_tells_its_level_its_inputs_and_what_it_emitted(ada: Person) -> None:
    execution = ada.runs(graphs.square_and_cube(), {"side": 3})
    nodes = ada.nodes(execution["id"])
    assert {one: node["level"] for one, node in nodes.items()} == {
        "side": 1,
        "square": 2,
        "cube": 2,
        "area": 3,
        "volume": 3,
    }
    assert nodes["cube"]["status"] == "COMPLETED"
    assert nodes["cube"]["inputs"] == {"expression": "side ** 3", "values": {"side": 3}}
    assert nodes["cube"]["outputs"] == {"result": 27}


def test_the_machine_of_a_version_serves_one_execution_after_the_other(ada: Person) -> None:
    graph_id = ada.saves(graphs.square_and_cube())
    ends = [ada.waits_for(ada.starts(graph_id, {"side": side})) for side in (1, 2)]
    assert [end["outputs"]["cube"] for end in ends] == [1, 8]


def test_executions_of_one_graph_do_not_mix(ada: Person) -> None:
    graph_id = ada.saves(graphs.square_and_cube())
    started = {side: ada.starts(graph_id, {"side": side}) for side in range(4)}
    squares = {side: ada.waits_for(one)["outputs"]["square"] for side, one in started.items()}
    assert squares == {side: side**2 for side in range(4)}


def test_a_new_version_runs_while_the_old_one_can_still_be_asked_for(ada: Person) -> None:
    graph_id = ada.saves(graphs.division())
    changed = graphs.division()
    changed["nodes"][1]["inputs"]["expression"] = "2 / number"
    assert ada.http.put(f"/graphs/{graph_id}", json=changed).status_code == 200
    newest = ada.waits_for(ada.starts(graph_id, {"number": 4}))
    body = {"inputs": {"number": 4}, "version": 1}
    first = ada.http.post(f"/graphs/{graph_id}/executions", json=body).json()
    assert newest["outputs"] == {"quotient": 0.5}
    assert ada.waits_for(first["id"])["outputs"] == {"quotient": 0.25}


def test_the_same_start_sent_twice_is_one_execution(ada: Person) -> None:
    graph_id = ada.saves(graphs.echo())
    headers = {"Idempotency-Key": "once"}
    first, second = (ada.starts(graph_id, {"text": "a"}, headers=headers) for _ in range(2))
    assert first == second
    assert ada.waits_for(first)["outputs"] == {"text": "a"}
    assert len(ada.reads("/executions")["items"]) == 1


def test_a_value_that_no_state_could_carry_passes_unchanged(ada: Person) -> None:
    execution = ada.runs(graphs.stars_of(), {"text": "Ünïcode ★ " * 60_000})
    assert execution["outputs"] == {"length": 600_000, "stars": 60_000}


def test_a_last_level_of_many_nodes_ends_the_execution_too(ada: Person) -> None:
    execution = ada.runs(graphs.wide(12), {"word": "hello"})
    assert execution["status"] == "COMPLETED"
    assert set(execution["outputs"].values()) == {"hello"}
    assert len(execution["outputs"]) == 12


def test_the_example_writes_its_report(ada: Person) -> None:
    report, inputs = graphs.weather_report()
    execution = ada.runs(report, inputs)
    assert execution["status"] == "COMPLETED"
    assert "# Rain in Seattle, 2014" in str(execution["outputs"])
