"""A loop that was interrupted goes on: what its iterations have brought does not run again."""

from typing import Any

import pytest

from strata import cancelling, ends, graphs, node_views, nodes, resuming
from strata.model.errors import NodeError, NodeFailed, NodeRetry
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import node
from tests.held_blocks import Probe
from tests.held_loops import ask, play_loops
from tests.held_platform import USER, run_of, started
from tests.unit.conftest import Hold
from tests.unit.test_loops import looped
from tests.watched_table import after_first, watched

GONE = NodeError("gone", "Gone.")
TWO = looped(
    node("a", "probe", parent="loop"),
    node("light", "calculate", expression="x * 10", parent="loop"),
    node("b", "probe", parent="loop"),
    arrows=(
        "loop.item -> a.value",
        "a.value -> light.values.x",
        "light.result -> b.value",
        "b.value -> loop.result",
    ),
)
"""Each item goes through two probes, with a light node between them."""


def resumed(run: Run, platform: Platform, version: int | None = None) -> Run:
    return run_of(resuming.resume(USER, run.execution_id, version, platform=platform), USER)


def seen(probe: Probe) -> list[Any]:
    return [one["value"] for one in probe.runs]


def body(run: Run, index: int, platform: Platform) -> dict[str, dict[str, Any]]:
    """The nodes of an iteration by id."""
    page = node_views.listing(
        USER, run.execution_id, iteration=f"loop:{index}", page=PageRequest(), platform=platform
    )
    return {one["node"]: one for one in page["items"]}


def fails_at(item: Any, *, times: int = 1) -> Probe:
    """Hands its values on, but fails so often at that one."""
    left = [times]

    def run(values: Any, _: Any) -> Any:
        if values["value"] == item and left[0]:
            left[0] -= 1
            raise GONE
        return {"value": values["value"]}

    return Probe(*[run] * 99)


def failed(made: Graph, probe: Probe, hold: Hold, items: list[Any]) -> tuple[Run, Platform]:
    platform = hold(probe.block)
    run = started(made, platform, items=items)
    assert play_loops(run, platform)["status"] == "FAILED"
    return run, platform


def test_iterations_that_were_complete_do_not_run_again(hold: Hold) -> None:
    probe = fails_at(30)
    old, platform = failed(TWO, probe, hold, [1, 2, 3, 4])
    before = seen(probe)
    assert before == [1, 10, 2, 20, 3, 30]
    told = resuming.preview(USER, old.execution_id, platform=platform)
    assert [(one["node"], one["reason"]) for one in told["runs"]] == [
        ("loop", "failed"),
        ("out", "not_reached"),
    ]
    run = resumed(old, platform)
    ended = play_loops(run, platform)
    assert (ended["status"], ended["outputs"]) == ("COMPLETED", {"out": [10, 20, 30, 40]})
    assert seen(probe)[len(before) :] == [30, 4, 40]


def test_each_of_their_nodes_tells_where_it_ran(hold: Hold) -> None:
    old, platform = failed(TWO, fails_at(30), hold, [1, 2, 3, 4])
    run = resumed(old, platform)
    play_loops(run, platform)
    origins = {
        index: [one["reused_from"] for one in body(run, index, platform).values()]
        for index in range(4)
    }
    mine = old.execution_id
    assert origins == {
        0: [mine] * 3,
        1: [mine] * 3,
        2: [mine, mine, None],
        3: [None] * 3,
    }
    assert body(run, 0, platform)["a"]["outputs"] == {"value": 1}
    assert body(run, 0, platform)["light"]["outputs"] == {"result": 10}


def test_a_loop_that_was_cancelled_goes_on(hold: Hold) -> None:
    def cancel(values: Any, _: Any) -> Any:
        if values["value"] == 2 and not cancelled:
            cancelled.append(True)
            cancelling.cancel(USER, old.execution_id, platform=platform)
        return {"value": values["value"]}

    cancelled: list[bool] = []
    probe = Probe(*[cancel] * 99)
    platform = hold(probe.block)
    old = started(looped(), platform, items=[1, 2, 3])
    play_loops(old, platform)
    ended = play_loops(resumed(old, platform), platform)
    assert ended["outputs"] == {"out": [1, 2, 3]}
    assert seen(probe).count(1) == 1
    assert seen(probe).count(3) == 1


def test_what_was_skipped_there_is_skipped_here(hold: Hold) -> None:
    made = looped(
        node("big", "condition", operator=">", right=1, parent="loop"),
        node("a", "probe", parent="loop"),
        arrows=("loop.item -> big.left", "big.then -> a.value", "a.value -> loop.result"),
    )
    probe = fails_at(3)
    old, platform = failed(made, probe, hold, [1, 2, 3])
    ended = play_loops(resumed(old, platform), platform)
    assert ended["outputs"] == {"out": [None, 2, 3]}
    assert seen(probe) == [2, 3, 3]


def test_loops_within_loops_go_on_where_they_were(hold: Hold) -> None:
    made = looped(
        node("inner", "for_each", parent="loop"),
        node("a", "probe", parent="inner"),
        arrows=(
            "loop.item -> inner.items",
            "inner.item -> a.value",
            "a.value -> inner.result",
            "inner.results -> loop.result",
        ),
    )
    probe = fails_at(4)
    old, platform = failed(made, probe, hold, [[1, 2], [3, 4, 5]])
    ended = play_loops(resumed(old, platform), platform)
    assert ended["outputs"] == {"out": [[1, 2], [3, 4, 5]]}
    assert seen(probe) == [1, 2, 3, 4, 4, 5]


def test_a_failure_that_was_tolerated_is_tried_again(hold: Hold) -> None:
    made = looped(tolerated_failures=1)
    probe = fails_at(1)
    platform = hold(probe.block)
    old = started(made, platform, items=[1, 2])
    for names in (["items"], ["loop"]):
        ask(old, names, platform)
    for index in range(2):
        ask(old.within("loop", index), ["a"], platform)
    cancelling.cancel(USER, old.execution_id, platform=platform)
    ended = play_loops(resumed(old, platform), platform)
    assert ended["outputs"] == {"out": [1, 2]}
    assert seen(probe) == [1, 2, 1]


def test_results_from_further_back_are_found(hold: Hold) -> None:
    """The second execution ends before it comes to what the first had brought."""
    probe = fails_at(30)
    first, platform = failed(TWO, probe, hold, [1, 2, 3])
    second = resumed(first, platform)
    ask(second, ["loop"], platform)
    ask(second.within("loop", 0), ["a"], platform)
    cancelling.cancel(USER, second.execution_id, platform=platform)
    before = len(probe.runs)
    third = resumed(second, platform)
    assert play_loops(third, platform)["outputs"] == {"out": [10, 20, 30]}
    assert seen(probe)[before:] == [30]
    assert body(third, 0, platform)["a"]["reused_from"] == first.execution_id


def test_a_changed_body_runs_as_a_whole(hold: Hold) -> None:
    probe = fails_at(3)
    old, platform = failed(looped(), probe, hold, [1, 2, 3])
    changed = looped(node("a", "probe", value=0, parent="loop"))
    graphs.save(USER, old.graph_id, changed, platform=platform)
    assert play_loops(resumed(old, platform, 2), platform)["outputs"] == {"out": [1, 2, 3]}
    assert seen(probe) == [1, 2, 3, 1, 2, 3]


def test_a_loop_whose_bounds_alone_were_changed_goes_on(hold: Hold) -> None:
    probe = fails_at(30, times=9)
    old, platform = failed(TWO, probe, hold, [1, 2, 3, 4])
    nodes_now = [
        one.model_copy(update={"inputs": {**one.inputs, "tolerated_failures": 1}})
        if one.id == "loop"
        else one
        for one in TWO.nodes
    ]
    graphs.save(USER, old.graph_id, TWO.model_copy(update={"nodes": nodes_now}), platform=platform)
    before = len(seen(probe))
    new = resumed(old, platform, 2)
    assert play_loops(new, platform)["status"] == "COMPLETED"
    assert seen(probe)[before:] == [30, 4, 40]


def test_an_unknown_effect_of_an_iteration_keeps_its_key(hold: Hold) -> None:
    def late(values: Any, _: Any) -> Any:
        if len(probe.keys) == 2:
            raise NodeError("timeout", "Late.")
        return {"value": values["value"]}

    probe = Probe(*[late] * 9, has_effect=True)
    old, platform = failed(looped(), probe, hold, [1, 2])
    run = resumed(old, platform)
    assert play_loops(run, platform)["outputs"] == {"out": [1, 2]}
    mine = old.execution_id
    assert probe.keys == [f"{mine}/a/loop:0", f"{mine}/a/loop:1", f"{mine}/a/loop:1"]
    assert body(run, 1, platform)["a"]["possibly_repeated"] is True
    assert body(run, 0, platform)["a"]["possibly_repeated"] is False


def test_a_known_failure_of_an_iteration_has_a_key_of_its_own(hold: Hold) -> None:
    probe = Probe(GONE, has_effect=True)
    old, platform = failed(looped(), probe, hold, [1])
    run = resumed(old, platform)
    play_loops(run, platform)
    assert probe.keys == [f"{old.execution_id}/a/loop:0", f"{run.execution_id}/a/loop:0"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_while_a_result_is_taken_over_changes_nothing(hold: Hold, moment: str) -> None:
    probe = fails_at(30)
    old, platform = failed(TWO, probe, hold, [1, 2, 3])
    run = resumed(old, platform)
    ask(run, ["loop"], platform)

    class Vanished(BaseException):
        pass

    def vanish() -> None:
        raise Vanished

    broken, _ = watched(platform, **{moment: after_first("write_all", vanish)})
    with pytest.raises(Vanished):
        nodes.run(run.within("loop", 0), "a", platform=broken)
    assert play_loops(run, platform)["outputs"] == {"out": [10, 20, 30]}
    assert seen(probe).count(1) == 1


def test_two_at_once_take_a_result_over_once(hold: Hold) -> None:
    probe = fails_at(30)
    old, platform = failed(TWO, probe, hold, [1, 2, 3])
    run = resumed(old, platform)
    ask(run, ["loop"], platform)
    first = run.within("loop", 0)
    late, _ = watched(
        platform, before=after_first("write_all", lambda: nodes.run(first, "a", platform=platform))
    )
    with pytest.raises(NodeRetry):
        nodes.run(first, "a", platform=late)
    assert nodes.run(first, "a", platform=late)["status"] == "COMPLETED"
    assert seen(probe).count(1) == 1


def test_none_is_taken_over_once_the_execution_has_ended(hold: Hold) -> None:
    old, platform = failed(TWO, fails_at(30), hold, [1, 2, 3])
    run = resumed(old, platform)
    ask(run, ["loop"], platform)
    ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
    with pytest.raises(NodeFailed):
        nodes.run(run.within("loop", 0), "a", platform=platform)
