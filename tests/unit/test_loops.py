"""Loops: what their beginning hands out, and where a function vanishes over it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from strata import cancelling, executions, node_views, nodes
from strata.model.errors import NodeRetry
from strata.model.execution import Run
from strata.model.graph import Graph, Node
from strata.platform import Platform
from strata.ports import Item, Put
from strata.store import keys
from strata.store.values import unpack
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_loops import Gone, ask, plan_of, play_loops, play_shape, vanish_after
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.watched_table import Operation, Step, watched

ITEMS = node("items", "input", name="items")
OUT = node("out", "output", name="out")


def looped(*body: Node, arrows: Sequence[str] = (), **pins: Any) -> Graph:
    """A loop over the input `items`; the body is the node `a` alone, unless another is given. The
    output `out` is the list of results."""
    body = body or (node("a", "probe", parent="loop"),)
    arrows = arrows or ("loop.item -> a.value", "a.value -> loop.result")
    return graph(
        [ITEMS, node("loop", "for_each", **pins), *body, OUT],
        "items.value -> loop.items",
        "loop.results -> out.value",
        *arrows,
    )


def begun(platform: Platform, items: Any, made: Graph | None = None) -> tuple[Run, dict[str, Any]]:
    """An execution whose loop has begun, and what the machine was told of that."""
    run = started(made or looped(), platform, items=items)
    ask(run, ["items"], platform)
    return run, ask(run, ["loop"], platform)


def item_of(run: Run, index: int, platform: Platform) -> Item | None:
    return platform.table.get(keys.item(run.within("loop", index)))


def loop_view(run: Run, platform: Platform, name: str = "loop") -> dict[str, Any]:
    return node_views.get(USER, run.execution_id, name, platform=platform)


def batches(found: list[int], measure: Callable[[Sequence[Put]], int]) -> Step:
    """Notes of each batch of items how large it is."""

    def step(operation: Operation, given: Any) -> None:
        if operation == "write_all" and given[0].key.sk == "ITEM":
            found.append(measure(given))

    return step


class TestBeginning:
    def test_the_machine_is_told_an_iteration_for_each_item(self, hold: Hold) -> None:
        _, told = begun(hold(Probe().block), ["x", "y", "z"])
        assert told["items"] == ["loop:0", "loop:1", "loop:2"]
        assert told["mode"] == "inline"

    def test_each_iteration_is_given_its_item_and_its_position(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run, _ = begun(platform, ["x", {"deep": [None]}])
        item = item_of(run, 1, platform)
        assert item is not None
        given = {pin: unpack(one, platform) for pin, one in item["pins"].items()}
        assert given == {"item": {"deep": [None]}, "index": 1}

    def test_the_loop_waits_for_its_body(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run, _ = begun(platform, [1])
        assert loop_view(run, platform)["status"] == "WAITING"

    def test_told_twice_it_is_the_same(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run, told = begun(platform, [1, 2])
        again = nodes.run(run, "loop", platform=platform)
        assert (again["items"], again["mode"]) == (told["items"], told["mode"])

    def test_many_items_are_written_in_batches(self, hold: Hold) -> None:
        sizes: list[int] = []
        platform, _ = watched(hold(Probe().block), after=batches(sizes, len))
        run, told = begun(platform, list(range(250)))
        assert len(told["items"]) == 250
        assert sizes == [100, 100, 50]
        assert all(item_of(run, index, platform) for index in range(250))

    def test_a_batch_of_large_items_stays_below_what_a_transaction_takes(self, hold: Hold) -> None:
        sizes: list[int] = []
        bytes_of = batches(sizes, lambda puts: sum(len(str(one.item)) for one in puts))
        platform, _ = watched(hold(Probe().block), after=bytes_of)
        begun(platform, ["x" * 90_000] * 50)
        assert len(sizes) == 2
        assert max(sizes) < 4_000_000

    def test_a_large_item_is_handed_on_by_its_name(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        text = "ü" * 2_500_000
        run, _ = begun(platform, [text])
        item = item_of(run, 0, platform)
        assert item is not None
        assert item["pins"]["item"]["bytes"] == 5_000_002
        assert play_loops(run, platform)["status"] == "COMPLETED"
        emitted = platform.table.get(keys.value(run, "out"))
        assert emitted is not None
        assert unpack(emitted["pins"]["value"], platform) == [text]

    @pytest.mark.parametrize(("count", "mode"), [(1000, "inline"), (1001, "distributed")])
    def test_more_than_a_thousand_items_are_run_apart(
        self, hold: Hold, count: int, mode: str
    ) -> None:
        _, told = begun(hold(Probe().block), [0] * count)
        assert (len(told["items"]), told["mode"]) == (count, mode)

    def test_ten_thousand_items_are_handed_out(self, hold: Hold) -> None:
        _, told = begun(hold(Probe().block), list(range(10_000)))
        assert told["items"][-1] == "loop:9999"

    def test_more_are_a_failure_that_names_both_numbers(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        shown = play_loops(started(looped(), platform, items=[0] * 10_001), platform)
        assert shown["error"] == {
            "code": "limit_exceeded",
            "message": "The loop has 10,001 items, 10,000 are the most.",
            "node": "loop",
        }

    def test_long_names_leave_room_for_fewer(self, hold: Hold) -> None:
        name = "l" * 64
        made = graph(
            [node(name, "for_each", items=[0] * 4000), node("a", "probe", parent=name)],
            f"{name}.item -> a.value",
        )
        platform = hold(Probe().block)
        shown = play_loops(started(made, platform), platform)
        assert shown["error"]["message"] == "The loop has 4,000 items, 3,424 are the most."

    def test_what_the_machine_is_told_fits_a_state(self, hold: Hold) -> None:
        name = "l" * 64
        made = graph(
            [node(name, "for_each", items=[0] * 3424), node("a", "probe", parent=name)],
            f"{name}.item -> a.value",
        )
        platform = hold(Probe().block)
        told = ask(started(made, platform), [name], platform)
        # A function's answer has a space after each comma.
        assert len(json.dumps(told)) < 262_144 - 2_000

    def test_what_is_no_list_is_a_failure_that_names_the_pin(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        shown = play_loops(started(looped(), platform, items="abc"), platform)
        assert shown["error"]["code"] == "invalid_input"
        assert "'items'" in shown["error"]["message"]

    def test_a_loop_that_begins_the_graph_starts_the_execution(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = graph([node("loop", "for_each", items=[1]), node("a", "probe", parent="loop")],
                     "loop.item -> a.value")  # fmt: skip
        run = started(made, platform)
        ask(run, ["loop"], platform)
        assert executions.get(USER, run.execution_id, platform=platform)["status"] == "RUNNING"


class TestNothingToRun:
    def test_a_loop_without_items_gives_an_empty_list(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        shown = play_loops(started(looped(), platform, items=[]), platform)
        assert (shown["status"], shown["outputs"]) == ("COMPLETED", {"out": []})

    def test_a_skipped_loop_has_no_iterations(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        made = graph(
            [
                node("choose", "condition", left=1, operator="==", right=2, value=[1]),
                node("loop", "for_each"),
                node("a", "probe", parent="loop"),
                OUT,
            ],
            "choose.then -> loop.items",
            "loop.item -> a.value",
            "loop.results -> out.value",
        )
        run = started(made, platform)
        ask(run, ["choose"], platform)
        assert ask(run, ["loop"], platform)["items"] == []
        assert ask(run, ["loop"], platform, phase="end")["status"] == "SKIPPED"
        assert play_loops(run, platform)["node_counts"] == {"COMPLETED": 1, "SKIPPED": 2}
        assert probe.runs == []

    def test_a_loop_that_fails_at_once_and_goes_on_has_none_either(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = graph(
            [ITEMS, node("loop", "for_each"), node("a", "probe", parent="loop"), OUT],
            "items.value -> loop.items", "loop.item -> a.value", "loop.error -> out.value",
        )  # fmt: skip
        run, told = begun(platform, "abc", made)
        assert (told["status"], told["items"]) == ("FAILED", [])
        assert play_loops(run, platform)["outputs"]["out"]["code"] == "invalid_input"

    def test_a_loop_that_was_cancelled_has_none(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run, _ = begun(platform, [1])
        cancelling.cancel(USER, run.execution_id, platform=platform)
        told = nodes.run(run, "loop", platform=platform)
        assert (told["status"], told["items"]) == ("CANCELLED", [])

    def test_a_loop_that_has_ended_is_not_run_again(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(looped(), platform, items=[1, 2])
        play_loops(run, platform)
        assert nodes.run(run, "loop", platform=platform)["items"] == []
        assert len(probe.runs) == 2


class TestCrashes:
    @pytest.mark.parametrize(
        ("operation", "number"),
        [("write", 1), ("write_all", 1), ("write_all", 2), ("write_all", 3), ("write", 2)],
    )
    def test_a_beginning_that_vanished_halfway_is_made_up_for(
        self, hold: Hold, operation: Operation, number: int
    ) -> None:
        platform = hold(Probe().block)
        run = started(looped(), platform, items=list(range(250)))
        ask(run, ["items"], platform)
        with pytest.raises(Gone):
            nodes.run(run, "loop", platform=vanish_after(operation, number, platform))
        assert len(ask(run, ["loop"], platform)["items"]) == 250
        assert play_loops(run, platform)["outputs"]["out"] == list(range(250))

    def test_one_that_vanishes_each_time_fails_the_loop(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(looped(), platform, items=[1])
        ask(run, ["items"], platform)
        for _ in range(3):
            with pytest.raises(Gone):
                nodes.run(run, "loop", platform=vanish_after("write", 1, platform))
        assert play_loops(run, platform)["error"]["code"] == "node_lost"

    @pytest.mark.parametrize("operation", ["get_many", "write_all"])
    def test_an_end_that_vanished_is_made_up_for(self, hold: Hold, operation: Operation) -> None:
        platform = hold(Probe().block)
        run, told = begun(platform, [3, 4])
        for name in told["items"]:
            play_shape(run.within("loop", int(name[5:])), plan_of(run, platform).bodies["loop"],
                       plan_of(run, platform), platform)  # fmt: skip
        with pytest.raises(Gone):
            nodes.run(run, "loop", phase="end", platform=vanish_after(operation, 1, platform))
        assert ask(run, ["loop"], platform, phase="end")["status"] == "COMPLETED"
        assert play_loops(run, platform)["outputs"]["out"] == [3, 4]

    def test_an_end_before_the_beginning_is_asked_for_again(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(looped(), platform, items=[1])
        with pytest.raises(NodeRetry):
            nodes.run(run, "loop", phase="end", platform=platform)
