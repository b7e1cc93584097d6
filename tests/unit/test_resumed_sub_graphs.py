"""A sub-graph that did not end well is gone on with, where the execution that runs it is."""

from typing import Any

import pytest

from strata import cancelling, ends, executions, graphs, node_views, resuming
from strata.model.errors import NodeError, NodeFailed
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from strata.store import executions as stored
from strata.store.graphs import load_head
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_platform import USER, HeldMachines, play, run_of, started
from tests.held_waits import ask, shown
from tests.unit.conftest import Hold

GONE = NodeError("gone", "Gone.")


def hand_on(values: Any, _: Any) -> Any:
    return {"value": values["value"]}


def inner(*more: Any) -> Graph:
    """Two probes, one after the other."""
    return graph(
        [
            node("n", "input", name="n"),
            node("a", "probe"),
            node("b", "probe"),
            node("out", "output", name="out"),
            *more,
        ],
        "n.value -> a.value",
        "a.value -> b.value",
        "b.value -> out.value",
    )


def calling(graph_id: str, n: Any = 7) -> Graph:
    return graph(
        [
            node("n", value=n),
            node("call", "sub_graph", graph_id=graph_id),
            node("out", "output", name="all"),
        ],
        "n.value -> call.inputs.n",
        "call.outputs -> out.value",
    )


def called(run: Run, platform: Platform) -> Run:
    """The execution that the node `call` runs, which is started."""
    if ask(run, "n", platform) == "COMPLETED":
        assert ask(run, "call", platform) == "WAITING"
    child = shown(run, "call", platform)["waiting"]["execution_id"]
    return stored.run_of(stored.head_of(USER, child, platform))


def failed(platform: Platform) -> tuple[Run, Run]:
    """An execution, and that of its sub-graph, which has failed."""
    graph_id = graphs.create(USER, inner(), platform=platform)["id"]
    run = started(calling(graph_id), platform)
    child = called(run, platform)
    assert play(child, platform)["status"] == "FAILED"
    with pytest.raises(NodeFailed):
        ask(run, "call", platform)
    ends.end(run, {"Error": "NodeFailed"}, platform=platform)
    return run, child


def resumed(run: Run, platform: Platform) -> Run:
    return run_of(resuming.resume(USER, run.execution_id, platform=platform), USER)


def view(run: Run, platform: Platform) -> dict[str, Any]:
    return executions.get(USER, run.execution_id, platform=platform)


def test_what_it_had_brought_does_not_run_again(hold: Hold) -> None:
    probe = Probe(hand_on, GONE)
    platform = hold(probe.block)
    old, old_child = failed(platform)
    run = resumed(old, platform)
    child = called(run, platform)
    told = view(child, platform)
    assert told["resumed_from"] == old_child.execution_id
    assert told["trigger"] == "sub_graph"
    assert told["parent"]["execution_id"] == run.execution_id
    assert play(child, platform)["outputs"] == {"out": 7}
    assert len(probe.runs) == 3
    ask(run, "out", platform)
    assert view(run, platform)["outputs"] == {"all": {"out": 7}}
    reused = node_views.get(USER, child.execution_id, "a", platform=platform)
    assert reused["reused_from"] == old_child.execution_id
    assert isinstance(platform.machines, HeldMachines)
    assert child.execution_id in platform.machines.started


def test_one_that_was_cancelled_with_the_execution_around_goes_on(hold: Hold) -> None:
    probe = Probe()
    platform = hold(probe.block)
    graph_id = graphs.create(USER, inner(), platform=platform)["id"]
    old = started(calling(graph_id), platform)
    old_child = called(old, platform)
    for one in ("n", "a"):
        ask(old_child, one, platform)
    cancelling.cancel(USER, old.execution_id, platform=platform)
    assert view(old_child, platform)["status"] == "CANCELLED"
    child = called(resumed(old, platform), platform)
    assert play(child, platform)["outputs"] == {"out": 7}
    assert len(probe.runs) == 2


def test_one_that_was_complete_runs_none_of_its_nodes_again(hold: Hold) -> None:
    """Though the execution around was cancelled before it heard of that."""
    probe = Probe()
    platform = hold(probe.block)
    graph_id = graphs.create(USER, inner(), platform=platform)["id"]
    old = started(calling(graph_id), platform)
    old_child = called(old, platform)
    platform.table.write(stored.asked_to_cancel(USER, old.execution_id, "test"))
    assert play(old_child, platform)["status"] == "COMPLETED"
    ends.end(old, None, platform=platform)
    assert view(old, platform)["status"] == "CANCELLED"
    child = called(resumed(old, platform), platform)
    assert play(child, platform)["outputs"] == {"out": 7}
    assert len(probe.runs) == 2


def test_a_newer_version_of_it_goes_on_with_what_still_holds(hold: Hold) -> None:
    probe = Probe(hand_on, GONE)
    platform = hold(probe.block)
    old, old_child = failed(platform)
    graphs.save(USER, old_child.graph_id, inner(node("more", value=1)), platform=platform)
    child = called(resumed(old, platform), platform)
    told = view(child, platform)
    assert (told["graph_version"], told["resumed_from"]) == (2, old_child.execution_id)
    assert play(child, platform)["outputs"] == {"out": 7}
    assert len(probe.runs) == 3


def test_with_other_inputs_it_begins_anew(hold: Hold) -> None:
    probe = Probe(hand_on, GONE)
    platform = hold(probe.block)
    old, old_child = failed(platform)
    graphs.save(USER, old.graph_id, calling(old_child.graph_id, 8), platform=platform)
    view_of = resuming.resume(USER, old.execution_id, 2, platform=platform)
    child = called(run_of(view_of, USER), platform)
    assert view(child, platform)["resumed_from"] is None
    assert play(child, platform)["outputs"] == {"out": 8}
    assert len(probe.runs) == 4


def test_an_older_version_of_it_begins_anew(hold: Hold) -> None:
    probe = Probe(hand_on, GONE)
    platform = hold(probe.block)
    graph_id = graphs.create(USER, inner(node("old", value=1)), platform=platform)["id"]
    graphs.save(USER, graph_id, inner(), platform=platform)
    old = started(calling(graph_id), platform)
    assert play(called(old, platform), platform)["graph_version"] == 2
    with pytest.raises(NodeFailed):
        ask(old, "call", platform)
    ends.end(old, {"Error": "NodeFailed"}, platform=platform)
    graphs.change(USER, graph_id, {"active_version": 1}, platform=platform)
    child = called(resumed(old, platform), platform)
    told = view(child, platform)
    assert (told["graph_version"], told["resumed_from"]) == (1, None)


def test_what_was_resumed_itself_is_gone_on_with_again(hold: Hold) -> None:
    probe = Probe(hand_on, GONE, GONE)
    platform = hold(probe.block)
    first, _ = failed(platform)
    second = resumed(first, platform)
    second_child = called(second, platform)
    assert play(second_child, platform)["status"] == "FAILED"
    with pytest.raises(NodeFailed):
        ask(second, "call", platform)
    ends.end(second, {"Error": "NodeFailed"}, platform=platform)
    child = called(resumed(second, platform), platform)
    assert view(child, platform)["resumed_from"] == second_child.execution_id
    assert play(child, platform)["outputs"] == {"out": 7}
    assert len(probe.runs) == 4


def test_one_that_has_not_ended_yet_is_not_gone_on_with(held: Platform) -> None:
    running = started(graph([node("a", value=1)]), held)
    head = load_head(USER, running.graph_id, held)
    for execution_id in (running.execution_id, "exe_00000000000000000000000000"):
        new = resuming.going_on(
            USER, execution_id, head, 1, {}, {}, "exe_00000000000000000000000001", platform=held
        )
        assert new is None
