"""An execution ends once, and as the records of its nodes say."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import StringIO
from typing import Any

import pytest

from strata import ends, executions, graphs, node_views, nodes
from strata.model.errors import NodeError, NodeFailed, NotFound
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store import keys
from strata.store.graphs import load_plan
from tests.builders import chain, fan, graph, joined, node, traced
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_platform import USER, play, run_of, run_until_ended, started
from tests.unit.conftest import Hold
from tests.watched_table import after_first, watched


def shown(run: Run, platform: Platform) -> dict[str, Any]:
    return executions.get(USER, run.execution_id, platform=platform)


def statuses(run: Run, platform: Platform) -> dict[str, str]:
    page = node_views.listing(USER, run.execution_id, page=PageRequest(100), platform=platform)
    return {one["node"]: str(one["status"]) for one in page["items"]}


def stats(run: Run, platform: Platform) -> dict[str, Any]:
    listed = graphs.listing(USER, page=PageRequest(100), platform=platform)["items"]
    [found] = [one["stats"] for one in listed if one["id"] == run.graph_id]
    return dict(found)


OUTPUTS = graph(
    [
        node("i", "input", name="i"),
        node("big", "condition", operator=">", right=5),
        node("yes", "output", name="yes"),
        node("no", "output", name="no"),
    ],
    "i.value -> big.left",
    "big.then -> yes.value",
    "big.else -> no.value",
)
UNLINKED = traced(graph([node(f"n{number}", value=1) for number in range(11)]))


class TestCompleted:
    def test_the_outputs_are_what_the_output_nodes_emitted(self, held: Platform) -> None:
        told = play(started(OUTPUTS, held, i=7), held)
        assert (told["status"], told["outputs"], told["error"]) == ("COMPLETED", {"yes": 7}, None)

    def test_the_nodes_are_counted_by_status(self, held: Platform) -> None:
        told = play(started(OUTPUTS, held, i=7), held)
        assert told["node_counts"] == {"COMPLETED": 3, "SKIPPED": 1}

    def test_a_graph_without_outputs_has_none(self, held: Platform) -> None:
        assert play(started(chain(2), held), held)["outputs"] == {}

    def test_it_lasts_from_its_first_node_to_its_last(
        self, held: Platform, clock: HeldClock
    ) -> None:
        run = started(chain(2), held)
        clock.sleep(1)
        nodes.run(run, "n000", platform=held)
        clock.sleep(2)
        nodes.run(run, "n001", platform=held)
        assert shown(run, held)["duration_seconds"] == 2

    def test_a_wide_last_level_is_ended_by_a_state_of_its_own(self, held: Platform) -> None:
        run = started(UNLINKED, held)
        for number in range(11):
            nodes.run(run, f"n{number}", platform=held)
        assert shown(run, held)["status"] == "RUNNING"
        assert ends.end(run, None, platform=held) == {"status": "COMPLETED"}

    def test_a_machine_that_failed_after_all_nodes_ended_changes_nothing(
        self, held: Platform
    ) -> None:
        run = started(UNLINKED, held)
        for number in range(11):
            nodes.run(run, f"n{number}", platform=held)
        ends.end(run, {"Error": "States.DataLimitExceeded"}, platform=held)
        assert (shown(run, held)["status"], shown(run, held)["error"]) == ("COMPLETED", None)

    def test_it_is_logged_and_measured_once(self, held: Platform, told: StringIO) -> None:
        run = started(chain(2), held)
        play(run, held)
        ends.end(run, None, platform=held)
        lines = [json.loads(line) for line in told.getvalue().splitlines()]
        assert [one["status"] for one in lines if "Executions" in one] == ["COMPLETED"]
        assert [one["node"] for one in lines if "Nodes" in one] == ["n000", "n001"]


class TestOnce:
    def test_an_execution_that_has_ended_stays_as_it_is(self, held: Platform) -> None:
        run = started(chain(2), held)
        before = play(run, held)
        assert ends.end(run, {"Error": "TIMED_OUT"}, platform=held) == {"status": "COMPLETED"}
        assert shown(run, held) == before

    def test_one_that_is_not_there_is_not_found(self, held: Platform) -> None:
        run = started(chain(1), held)
        absent = Run("exe_00000000000000000000000000", USER, run.graph_id, 1)
        with pytest.raises(NotFound):
            ends.end(absent, None, platform=held)

    def test_of_two_ends_at_the_same_time_one_counts(self, held: Platform) -> None:
        run = started(chain(2), held)
        first = partial(ends.end, run, {"Error": "TIMED_OUT"}, platform=held)
        late, _ = watched(held, after=after_first("query", first))
        assert ends.end(run, {"Error": "States.Runtime"}, platform=late) == {"status": "TIMED_OUT"}
        assert stats(run, held)["execution_count"] == 1

    @pytest.mark.parametrize("width", [2, 10])
    def test_the_last_nodes_at_once_end_it_exactly_once(
        self, held: Platform, told: StringIO, width: int
    ) -> None:
        run = started(traced(fan(width)), held)
        plan = load_plan(USER, run.graph_id, 1, held)
        assert len(plan.last) == width
        for one in plan.nodes[:-width]:
            nodes.run(run, one.id, platform=held)
        together = threading.Barrier(width)

        def end(name: str) -> Any:
            together.wait(10)
            return run_until_ended(run, name, held)

        with ThreadPoolExecutor(width) as pool:
            list(pool.map(end, plan.last))
        assert shown(run, held)["status"] == "COMPLETED"
        assert shown(run, held)["node_counts"] == {"COMPLETED": len(plan.nodes)}
        assert told.getvalue().count('"Executions":[1.0]') == 1
        assert stats(run, held)["success_rate"] == 1

    def test_a_last_node_that_was_cancelled_leaves_the_end_to_who_cancelled_it(
        self, held: Platform
    ) -> None:
        run = started(joined(["a", "b", "c"], []), held)
        nodes.run(run, "a", platform=held)
        half_ended, _ = watched(held, before=Halt(3))
        with pytest.raises(Halted):
            ends.end(run, {"Error": "TIMED_OUT"}, platform=half_ended)
        assert nodes.run(run, "c", platform=held)["status"] == "CANCELLED"
        assert nodes.run(run, "a", platform=held)["status"] == "COMPLETED"
        assert shown(run, held)["status"] == "RUNNING"
        ends.end(run, {"Error": "TIMED_OUT"}, platform=held)
        assert shown(run, held)["status"] == "TIMED_OUT"


class Halted(BaseException):
    pass


class Halt:
    """A step in before the n-th write."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, operation: str, _: Any) -> None:
        self._left -= operation.startswith("write")
        if self._left == 0:
            raise Halted


class TestFailed:
    def fail(self, hold: Hold, made: Graph) -> tuple[Run, Platform]:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = started(made, platform)
        play(run, platform)
        return run, platform

    def test_the_node_that_failed_is_the_error_s(self, hold: Hold) -> None:
        run, platform = self.fail(hold, graph([node("a", "probe", value=1), node("b", value=1)]))
        told = shown(run, platform)
        assert (told["status"], told["outputs"]) == ("FAILED", None)
        assert told["error"] == {"code": "gone", "message": "Gone.", "node": "a"}

    def test_what_never_began_is_cancelled(self, hold: Hold) -> None:
        made = graph([node("a", "probe", value=1), node("b")], "a.value -> b.value")
        run, platform = self.fail(hold, made)
        assert statuses(run, platform) == {"a": "FAILED", "b": "CANCELLED"}
        assert shown(run, platform)["node_counts"] == {"CANCELLED": 1, "FAILED": 1}

    def test_of_two_failures_the_earlier_is_told(self, hold: Hold, clock: HeldClock) -> None:
        gone, lost = NodeError("gone", "Gone."), NodeError("lost", "Lost.")
        platform = hold(Probe(gone, lost).block)
        run = started(graph([node("b", "probe", value=1), node("a", "probe", value=1)]), platform)
        for name in ("b", "a"):
            clock.sleep(1)
            with pytest.raises(NodeFailed):
                nodes.run(run, name, platform=platform)
        ends.end(run, {"Error": "NodeFailed"}, platform=platform)
        assert shown(run, platform)["error"]["node"] == "b"

    def test_a_node_beside_it_that_runs_is_cancelled_with_it(self, hold: Hold) -> None:
        def fail_beside(values: Any, context: Any) -> Any:
            with pytest.raises(NodeFailed):
                nodes.run(run, "a", platform=platform)
            ends.end(run, {"Error": "NodeFailed"}, platform=platform)
            assert statuses(run, platform)["b"] == "CANCELLED"
            return {"value": 1}

        platform = hold(Probe(fail_beside, NodeError("gone", "Gone.")).block)
        run = started(graph([node("a", "probe", value=1), node("b", "probe", value=1)]), platform)
        with pytest.raises(Exception, match="taken by another"):
            nodes.run(run, "b", platform=platform)
        assert statuses(run, platform) == {"a": "FAILED", "b": "CANCELLED"}

    def test_a_failed_last_node_is_told_by_the_one_that_ends_last(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = started(graph([node("a", "probe", value=1), node("b", value=1)]), platform)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        nodes.run(run, "b", platform=platform)
        assert shown(run, platform)["error"]["node"] == "a"


class TestStatistics:
    def test_they_count_starts_ends_and_successes(self, hold: Hold, clock: HeldClock) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = started(graph([node("a", "probe", value=1)]), platform)
        play(run, platform)
        for _ in range(3):
            clock.sleep(60)
            again = executions.start(USER, run.graph_id, {}, platform=platform)
            last = run_of(again, USER)
        assert stats(run, platform) == {
            "execution_count": 4,
            "last_execution_at": "2026-03-01T12:03:00.000Z",
            "success_rate": 0,
        }
        play(last, platform)
        assert stats(run, platform)["success_rate"] == 0.5

    def test_a_graph_that_never_ran_has_no_rate(self, held: Platform) -> None:
        graphs.create(USER, chain(1), platform=held)
        [found] = graphs.listing(USER, page=PageRequest(), platform=held)["items"]
        assert found["stats"] == {
            "execution_count": 0,
            "last_execution_at": None,
            "success_rate": None,
        }


class TestManyOutputs:
    def outputs(self, count: int, name: str = "") -> Graph:
        names = [f"o{number}{name}" for number in range(count)]
        wide = [node(f"o{number}", "output", name=one) for number, one in enumerate(names)]
        links = [f"i.value -> o{number}.value" for number in range(count)]
        return graph([node("i", "input", name="i"), *wide], *links)

    def test_outputs_that_would_burst_the_head_go_to_blobs(self, held: Platform) -> None:
        run = started(self.outputs(8), held, i="x" * 90_000)
        told = play(run, held)
        assert told["status"] == "COMPLETED"
        assert set(told["outputs"].values()) == {"x" * 90_000}
        head = held.table.get(keys.execution(run)) or {}
        assert any("blob" in packed for packed in head["outputs"].values())

    def test_more_of_them_than_a_head_can_name_fail_the_execution_in_words(
        self, held: Platform
    ) -> None:
        run = started(self.outputs(1300, "é" * 95), held, i="x" * 150)
        told = play(run, held)
        assert told["status"] == "FAILED"
        assert told["error"] == {
            "code": "too_many_outputs",
            "message": "The outputs are too many.",
            "node": None,
        }
        item = held.table.get(keys.execution(run))
        assert item is not None
        assert item["node_counts"] == {"COMPLETED": 1301}
