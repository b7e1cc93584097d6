"""Failures within loops: what is tolerated, what fails the loop, and how far that reaches."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from strata import executions, node_views, nodes
from strata.model.errors import NodeError, NodeFailed
from strata.model.execution import Run
from strata.model.graph import Graph, Node
from strata.platform import Platform
from strata.store import keys
from tests.builders import graph, node
from tests.held_blocks import Probe, block
from tests.held_loops import Gone, ask, play_loops, vanish_after
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.watched_table import after_first, watched

FRAIL = block("frail", lambda values, _: _frail(values["value"]))


def _frail(value: Any) -> dict[str, Any]:
    if value == "bad":
        raise NodeError("went_bad", "The item is bad.")
    return {"value": value}


def looped(*more: Node, arrows: Sequence[str] = (), **fields: Any) -> Graph:
    """A loop over the input `items`, whose body fails with every item that is "bad"."""
    return graph(
        [
            node("items", "input", name="items"),
            node("loop", "for_each", **fields),
            node("a", "frail", parent="loop"),
            node("out", "output", name="out"),
            *more,
        ],
        "items.value -> loop.items", "loop.item -> a.value", "a.value -> loop.result",
        "loop.results -> out.value", *arrows,
    )  # fmt: skip


def played(hold: Hold, made: Graph, items: Sequence[Any]) -> dict[str, Any]:
    return played_on(hold(FRAIL), made, items)


def played_on(platform: Platform, made: Graph, items: Sequence[Any]) -> dict[str, Any]:
    return play_loops(started(made, platform, items=items), platform)


def begun(platform: Platform, made: Graph, items: Sequence[Any]) -> Run:
    run = started(made, platform, items=items)
    ask(run, ["items"], platform)
    ask(run, ["loop"], platform)
    return run


def view(run: Run, platform: Platform, name: str = "loop") -> dict[str, Any]:
    return node_views.get(USER, run.execution_id, name, platform=platform)


def status(run: Run, platform: Platform) -> str:
    return str(executions.get(USER, run.execution_id, platform=platform)["status"])


class TestTolerance:
    @pytest.mark.parametrize(
        ("pins", "count", "most"),
        [
            ({}, 5, 0),
            ({"tolerated_failures": 2}, 5, 2),
            ({"tolerated_failure_percentage": 20}, 10, 2),
            ({"tolerated_failure_percentage": 20}, 9, 1),
            ({"tolerated_failure_percentage": 33.3}, 10, 3),
            ({"tolerated_failure_percentage": 0.1}, 10, 0),
            ({"tolerated_failure_percentage": 100}, 4, 4),
            ({"tolerated_failures": 3, "tolerated_failure_percentage": 10}, 10, 3),
            ({"tolerated_failures": 1, "tolerated_failure_percentage": 30}, 10, 3),
            ({"tolerated_failures": 99}, 3, 3),
        ],
    )
    def test_so_many_failures_are_tolerated_and_not_one_more(
        self, hold: Hold, pins: dict[str, Any], count: int, most: int
    ) -> None:
        made, platform = looped(**pins), hold(FRAIL)
        good = played_on(platform, made, ["bad"] * most + ["good"] * (count - most))
        assert good["status"] == "COMPLETED"
        assert good["outputs"]["out"] == [None] * most + ["good"] * (count - most)
        if most < count:
            bad = played_on(platform, made, ["bad"] * (most + 1) + ["good"] * (count - most - 1))
            assert (bad["status"], bad["error"]["code"]) == ("FAILED", "items_failed")

    def test_all_items_may_fail_where_that_is_wanted(self, hold: Hold) -> None:
        shown = played(hold, looped(tolerated_failure_percentage=100), ["bad"] * 3)
        assert shown["outputs"]["out"] == [None, None, None]

    def test_the_failures_are_told_in_the_order_of_the_items(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = started(looped(tolerated_failures=2), platform, items=["bad", "good", "bad"])
        play_loops(run, platform, lambda names: names[::-1])
        told = {"node": "a", "code": "went_bad", "message": "The item is bad."}
        assert view(run, platform)["outputs"]["failures"] == [
            {"index": 0, **told},
            {"index": 2, **told},
        ]

    def test_a_node_that_goes_on_after_errors_fails_no_item(self, hold: Hold) -> None:
        made = graph(
            [
                node("loop", "for_each", items=["bad", "good"]),
                node("a", "frail", parent="loop", on_error="continue"),
                node("out", "output", name="out"),
            ],
            "loop.item -> a.value", "a.value -> loop.result", "a.error -> loop.result",
            "loop.results -> out.value",
        )  # fmt: skip
        platform = hold(FRAIL)
        shown = play_loops(started(made, platform), platform)
        assert shown["outputs"]["out"] == [
            {"code": "went_bad", "message": "The item is bad.", "attempts": 1},
            "good",
        ]


class TestLoopFails:
    def test_the_execution_fails_with_the_loop(self, hold: Hold) -> None:
        shown = played(hold, looped(tolerated_failures=1), ["good", "bad", "good", "bad"])
        assert shown["status"] == "FAILED"
        assert shown["error"] == {
            "code": "items_failed",
            "message": "2 of 4 items failed, 1 may; the first at position 1: went_bad.",
            "node": "loop",
        }
        assert shown["node_counts"] == {"CANCELLED": 1, "COMPLETED": 1, "FAILED": 1}

    def test_the_first_failure_is_enough_where_none_is_tolerated(self, hold: Hold) -> None:
        shown = played(hold, looped(), ["bad"])
        assert shown["error"]["message"] == (
            "1 of 1 items failed; the first at position 0: went_bad."
        )

    def test_the_loop_has_failed_before_its_machine_hears_of_it(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(), ["bad", "good"])
        with pytest.raises(NodeFailed):
            nodes.run(run.within("loop", 0), "a", platform=platform)
        assert view(run, platform)["status"] == "FAILED"

    def test_asked_again_its_task_ends_the_machine_again(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(), ["bad", "good"])
        for _ in range(2):
            with pytest.raises(NodeFailed, match="went_bad"):
                nodes.run(run.within("loop", 0), "a", platform=platform)

    def test_no_other_item_begins_then(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(), ["bad", "good"])
        with pytest.raises(NodeFailed):
            nodes.run(run.within("loop", 0), "a", platform=platform)
        told = nodes.run(run.within("loop", 1), "a", platform=platform)
        assert (told["status"], told["attempts"]) == ("CANCELLED", 0)

    def test_a_loop_that_goes_on_after_errors_hands_on_its_own(self, hold: Hold) -> None:
        problem = node("problem", "output", name="problem")
        made = looped(problem, arrows=["loop.error -> problem.value"])
        shown = played(hold, made, ["good", "bad", "bad", "good"])
        assert shown["status"] == "COMPLETED"
        assert shown["outputs"] == {
            "problem": {
                "code": "items_failed",
                "message": "1 of 4 items failed; the first at position 1: went_bad.",
                "attempts": 1,
            }
        }

    def test_its_other_items_end_quickly(self, hold: Hold) -> None:
        probe = Probe(NodeError("no_luck", "No luck."))
        platform = hold(probe.block)
        made = graph(
            [
                node("loop", "for_each", items=[1, 2, 3], on_error="continue"),
                node("a", "probe", parent="loop"),
            ],
            "loop.item -> a.value",
        )
        assert play_loops(started(made, platform), platform)["status"] == "COMPLETED"
        assert len(probe.runs) == 1


class TestIteration:
    CHAIN = graph(
        [
            node("loop", "for_each", items=["bad", "good"], tolerated_failures=1),
            node("a", "frail", parent="loop"),
            node("b", "probe", parent="loop"),
        ],
        "loop.item -> a.value", "a.value -> b.value", "b.value -> loop.result",
    )  # fmt: skip

    def test_no_node_after_the_one_that_failed_runs_in_it(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(FRAIL, probe.block)
        assert play_loops(started(self.CHAIN, platform), platform)["status"] == "COMPLETED"
        assert [one["value"] for one in probe.runs] == ["good"]

    def test_its_task_is_told_that_it_is_cancelled_and_writes_nothing(self, hold: Hold) -> None:
        platform = hold(FRAIL, Probe().block)
        run = started(self.CHAIN, platform)
        ask(run, ["loop"], platform)
        ask(run.within("loop", 0), ["a"], platform)
        assert nodes.run(run.within("loop", 0), "b", platform=platform)["status"] == "CANCELLED"
        assert platform.table.get(keys.node_run(run.within("loop", 0), "b")) is None

    def test_two_nodes_that_fail_in_one_item_count_once(self, hold: Hold) -> None:
        made = graph(
            [
                node("loop", "for_each", items=["bad", "good"], tolerated_failures=1),
                node("a", "frail", parent="loop"),
                node("b", "frail", parent="loop"),
            ],
            "loop.item -> a.value", "loop.item -> b.value",
        )  # fmt: skip
        platform = hold(FRAIL)
        run = started(made, platform)
        ask(run, ["loop"], platform)
        first = run.within("loop", 0)
        # Both have begun before the first of them fails.
        late, _ = watched(platform, after=after_first(
            "get_many", partial(nodes.run, first, "a", platform=platform)))  # fmt: skip
        assert nodes.run(first, "b", platform=late)["status"] == "FAILED"
        assert play_loops(run, platform)["status"] == "COMPLETED"
        failures = view(run, platform)["outputs"]["failures"]
        assert [(one["index"], one["node"]) for one in failures] == [(0, "a")]

    def test_a_failed_task_that_is_asked_again_counts_once(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(tolerated_failures=1), ["bad", "good"])
        for _ in range(3):
            assert nodes.run(run.within("loop", 0), "a", platform=platform)["status"] == "FAILED"
        assert play_loops(run, platform)["status"] == "COMPLETED"

    def test_a_node_is_tried_again_before_its_item_fails(self, hold: Hold) -> None:
        busy = NodeError("busy", "Busy.", retryable=True)
        probe = Probe(busy, busy)
        platform = hold(probe.block)
        made = graph(
            [
                node("loop", "for_each", items=[1]),
                node("a", "probe", parent="loop", retry={"max_attempts": 3}),
                node("out", "output", name="out"),
            ],
            "loop.item -> a.value", "a.value -> loop.result", "loop.results -> out.value",
        )  # fmt: skip
        assert play_loops(started(made, platform), platform)["outputs"]["out"] == [1]
        assert len(probe.runs) == 3

    @pytest.mark.parametrize(
        ("operation", "number"),
        [("write", 1), ("write", 2), ("write", 3), ("write", 4), ("get", 2)],
    )
    def test_a_function_that_vanished_over_a_failure_is_made_up_for(
        self, hold: Hold, operation: Any, number: int
    ) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(), ["good", "bad"])
        gone = vanish_after(operation, number, platform)
        with pytest.raises(Gone):
            nodes.run(run.within("loop", 1), "a", platform=gone)
        assert play_loops(run, platform)["error"]["message"] == (
            "1 of 2 items failed; the first at position 1: went_bad."
        )


class TestAtOnce:
    @pytest.mark.parametrize(("tolerated", "ended"), [(11, "FAILED"), (12, "COMPLETED")])
    def test_failures_at_the_same_time_are_all_counted(
        self, hold: Hold, tolerated: int, ended: str
    ) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(tolerated_failures=tolerated), ["bad"] * 12)

        def fail(index: int) -> bool:
            try:
                nodes.run(run.within("loop", index), "a", platform=platform)
            except NodeFailed:
                return True
            return False

        with ThreadPoolExecutor(12) as pool:
            fatal = list(pool.map(fail, range(12)))
        assert any(fatal) == (ended == "FAILED")
        assert play_loops(run, platform)["status"] == ended

    def test_of_two_that_fail_the_loop_one_does(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(), ["bad", "bad"])

        def other() -> None:
            with pytest.raises(NodeFailed):
                nodes.run(run.within("loop", 1), "a", platform=platform)

        # The other one comes between this one's look at the loop and its word on it.
        late, _ = watched(platform, after=after_first("get", lambda: None))
        raced, _ = watched(late, after=_after_nth("get_many", 2, other))
        with pytest.raises(NodeFailed):
            nodes.run(run.within("loop", 0), "a", platform=raced)
        assert view(run, platform)["status"] == "FAILED"

    def test_a_loop_that_ends_over_a_failure_too_many_fails(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        run = begun(platform, looped(), ["bad"])
        with pytest.raises(Gone):
            nodes.run(run.within("loop", 0), "a", platform=vanish_after("write", 3, platform))
        assert view(run, platform)["status"] == "WAITING"
        with pytest.raises(NodeFailed, match="items_failed"):
            nodes.run(run, "loop", phase="end", platform=platform)


def _after_nth(operation: str, number: int, meanwhile: Any) -> Any:
    left = [number]

    def step(done: str, _: Any) -> None:
        if done == operation:
            left[0] -= 1
            if left[0] == 0:
                meanwhile()

    return step


class TestNested:
    def made(self, outer: dict[str, Any], inner: dict[str, Any]) -> Graph:
        return graph(
            [
                node("items", "input", name="items"),
                node("loop", "for_each", **outer),
                node("inner", "for_each", parent="loop", **inner),
                node("a", "frail", parent="inner"),
                node("out", "output", name="out"),
            ],
            "items.value -> loop.items", "loop.item -> inner.items", "inner.item -> a.value",
            "a.value -> inner.result", "inner.results -> loop.result",
            "loop.results -> out.value",
        )  # fmt: skip

    ITEMS: Sequence[Any] = [["good", "bad"], ["good", "good"], ["bad", "bad"]]

    def test_the_inner_loop_tolerates_for_itself(self, hold: Hold) -> None:
        shown = played(hold, self.made({}, {"tolerated_failures": 2}), self.ITEMS)
        assert shown["outputs"]["out"] == [["good", None], ["good", "good"], [None, None]]

    def test_an_inner_loop_that_fails_is_one_failed_item_of_the_outer(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        made = self.made({"tolerated_failures": 1}, {"tolerated_failures": 1})
        run = started(made, platform, items=self.ITEMS)
        shown = play_loops(run, platform)
        assert shown["outputs"]["out"] == [["good", None], ["good", "good"], None]
        (failure,) = view(run, platform)["outputs"]["failures"]
        assert (failure["index"], failure["node"], failure["code"]) == (2, "inner", "items_failed")

    def test_too_many_of_these_fail_the_outer_and_the_execution(self, hold: Hold) -> None:
        shown = played(hold, self.made({"tolerated_failures": 1}, {}), self.ITEMS)
        assert shown["error"] == {
            "code": "items_failed",
            "message": "2 of 3 items failed, 1 may; the first at position 0: items_failed.",
            "node": "loop",
        }

    def test_an_inner_loop_that_goes_on_fails_no_item_of_the_outer(self, hold: Hold) -> None:
        made = self.made({}, {"on_error": "continue"})
        shown = played(hold, made, self.ITEMS)
        assert shown["outputs"]["out"] == [None, ["good", "good"], None]

    def test_an_inner_loop_of_an_item_that_is_over_is_not_begun(self, hold: Hold) -> None:
        platform = hold(FRAIL)
        made = self.made({"tolerated_failures": 1}, {})
        run = begun(platform, made, [["bad", "good"]])
        first = run.within("loop", 0)
        assert len(ask(first, ["inner"], platform)["items"]) == 2
        ask(first.within("inner", 0), ["a"], platform)
        told = nodes.run(first.within("inner", 1), "a", platform=platform)
        assert told["status"] == "CANCELLED"
        assert ask(first, ["inner"], platform)["items"] == []
        assert status(run, platform) == "RUNNING"
