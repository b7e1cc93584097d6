"""Iterations: what reaches a body from outside, and that none of its nodes begins too late."""

from functools import partial

import pytest

from strata import cancelling, ends, nodes
from strata.model.errors import NodeError, NodeFailed, NodeRetry
from strata.store import keys
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_loops import ask, plan_of, play_loops
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.unit.test_loops import ITEMS, OUT, begun, looped
from tests.watched_table import after_first, watched


class TestBodies:
    def test_nodes_outside_reach_into_a_body_and_the_index_too(self, hold: Hold) -> None:
        platform = hold()
        body = node("a", "calculate", expression="n * by + at", parent="loop")
        arrows = (
            "loop.item -> a.values.n", "loop.index -> a.values.at", "by.value -> a.values.by",
            "a.result -> loop.result",
        )  # fmt: skip
        made = looped(body, node("by", value=10), arrows=arrows)
        shown = play_loops(started(made, platform, items=[1, 2]), platform)
        assert shown["outputs"]["out"] == [10, 21]

    def test_a_node_of_a_body_has_an_idempotency_key_of_its_iteration(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(looped(), platform, items=[1, 2])
        play_loops(run, platform)
        assert probe.keys == [f"{run.execution_id}/a/loop:0", f"{run.execution_id}/a/loop:1"]

    def test_a_task_that_is_asked_twice_runs_its_node_once(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run, _ = begun(platform, [7])
        for _ in range(2):
            told = nodes.run(run.within("loop", 0), "a", platform=platform)
            assert told["status"] == "COMPLETED"
        assert len(probe.runs) == 1

    def test_two_loops_side_by_side_do_not_mix(self, hold: Hold) -> None:
        platform = hold()
        made = graph(
            [
                ITEMS,
                *(node(loop, "for_each") for loop in ("one", "two")),
                node("a", "calculate", expression="n + 1", parent="one"),
                node("b", "calculate", expression="n * 10", parent="two"),
                node("out", "output", name="out"), node("more", "output", name="more"),
            ],
            "items.value -> one.items", "items.value -> two.items",
            "one.item -> a.values.n", "two.item -> b.values.n",
            "a.result -> one.result", "b.result -> two.result",
            "one.results -> out.value", "two.results -> more.value",
        )  # fmt: skip
        shown = play_loops(started(made, platform, items=[1, 2]), platform)
        assert shown["outputs"] == {"out": [2, 3], "more": [10, 20]}

    def test_loops_three_deep_give_lists_three_deep(self, hold: Hold) -> None:
        platform = hold()
        made = graph(
            [
                ITEMS,
                node("x", "for_each"),
                node("y", "for_each", parent="x"),
                node("z", "for_each", parent="y"),
                node("sum", "calculate", expression="n + 100 * i + 1000 * len(row)", parent="z"),
                OUT,
            ],
            "items.value -> x.items", "x.item -> y.items", "y.item -> z.items",
            "z.item -> sum.values.n", "x.index -> sum.values.i", "y.item -> sum.values.row",
            "sum.result -> z.result", "z.results -> y.result", "y.results -> x.result",
            "x.results -> out.value",
        )  # fmt: skip
        cube = [[[1, 2], [3]], [[], [4]]]
        shown = play_loops(started(made, platform, items=cube), platform)
        assert shown["outputs"]["out"] == [[[2001, 2002], [1003]], [[], [1104]]]

    def test_an_inner_loop_has_iterations_named_by_both(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = graph(
            [
                node("x", "for_each", items=[[1], [2, 3]]),
                node("y", "for_each", parent="x"),
                node("a", "probe", parent="y"),
            ],
            "x.item -> y.items", "y.item -> a.value",
        )  # fmt: skip
        run = started(made, platform)
        ask(run, ["x"], platform)
        told = ask(run.within("x", 1), ["y"], platform)
        assert told["items"] == ["x:1/y:0", "x:1/y:1"]

    def test_an_inner_loop_shares_the_history_with_all_its_turns(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = graph(
            [
                node("x", "for_each", items=[[0] * 100] * 50),
                node("y", "for_each", parent="x"),
                node("a", "probe", parent="y"),
            ],
            "x.item -> y.items", "y.item -> a.value",
        )  # fmt: skip
        run = started(made, platform)
        assert ask(run, ["x"], platform)["mode"] == "inline"
        assert ask(run.within("x", 0), ["y"], platform)["mode"] == "distributed"

    def test_within_an_item_that_is_run_apart_it_has_a_history_to_itself(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = graph(
            [
                node("x", "for_each", items=[[0] * 100] * 1001),
                node("y", "for_each", parent="x"),
                node("a", "probe", parent="y"),
            ],
            "x.item -> y.items", "y.item -> a.value",
        )  # fmt: skip
        run = started(made, platform)
        assert ask(run, ["x"], platform)["mode"] == "distributed"
        assert ask(run.within("x", 0), ["y"], platform)["mode"] == "inline"

    def test_light_nodes_of_a_body_run_in_one_task(self, hold: Hold) -> None:
        platform = hold()
        body = (
            node("a", "calculate", expression="n + 1", parent="loop"),
            node("b", "calculate", expression="n * 2", parent="loop"),
        )
        arrows = ("loop.item -> a.values.n", "a.result -> b.values.n", "b.result -> loop.result")
        run = started(looped(*body, arrows=arrows), platform, items=[1, 2])
        assert len(list(plan_of(run, platform).bodies)) == 1
        assert play_loops(run, platform)["outputs"]["out"] == [4, 6]

    def test_an_execution_that_is_not_there_has_no_iterations(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run, _ = begun(platform, [1])
        ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
        with pytest.raises(NodeFailed):
            nodes.run(run.within("loop", 0), "a", platform=platform)


class TestCancelled:
    def test_a_node_that_had_read_before_the_cancel_does_not_begin(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        made = graph(
            [node("loop", "for_each", items=[1]), node("a", "probe", parent="loop")],
            "loop.item -> a.value",
        )
        run = started(made, platform)
        ask(run, ["loop"], platform)
        cancel = partial(cancelling.cancel, USER, run.execution_id, platform=platform)
        late, _ = watched(platform, after=after_first("get_many", cancel))
        with pytest.raises(NodeFailed):
            nodes.run(run.within("loop", 0), "a", platform=late)
        assert probe.runs == []
        assert platform.table.get(keys.node_run(run.within("loop", 0), "a")) is None

    def test_nor_does_another_attempt_of_it(self, hold: Hold) -> None:
        probe = Probe(NodeError("busy", "Busy.", retryable=True))
        platform = hold(probe.block)
        made = graph(
            [
                node("loop", "for_each", items=[1]),
                node("a", "probe", parent="loop", retry={"max_attempts": 2}),
            ],
            "loop.item -> a.value",
        )
        run = started(made, platform)
        ask(run, ["loop"], platform)
        with pytest.raises(NodeRetry):
            nodes.run(run.within("loop", 0), "a", platform=platform)
        end = partial(ends.end, run, {"Error": "TIMED_OUT"}, platform=platform)
        late, _ = watched(platform, after=after_first("get_many", end))
        with pytest.raises(NodeFailed):
            nodes.run(run.within("loop", 0), "a", platform=late)
        assert len(probe.runs) == 1
        record = platform.table.get(keys.node_run(run.within("loop", 0), "a"))
        assert record is not None
        assert (record["status"], record["attempts"]) == ("PENDING", 1)
