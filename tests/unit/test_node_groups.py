"""Light nodes that share a Task fare as if each had one of its own."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from strata import ends, executions, node_groups, node_views, nodes
from strata.local.blobs import LocalBlobs
from strata.model.errors import NodeError, NodeFailed, NodeRetry, NotFound, Unavailable
from strata.model.execution import Run
from strata.model.shape import steps_of
from strata.platform import Platform
from strata.ports import Write
from strata.store import keys
from strata.store.graphs import load_plan
from strata.store.values import encode
from tests.builders import chain, graph, node
from tests.held_blocks import Probe, Step
from tests.held_clock import HeldClock
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.watched_table import Operation, after_first, watched

BUSY = NodeError("busy", "Busy.", retryable=True)
GONE = NodeError("gone", "Gone.")
ABC = graph(
    [node("a", "probe"), node("b", "probe"), node("c", "probe"), node("i", "input", name="i")],
    "i.value -> a.value",
    "a.value -> b.value",
    "b.value -> c.value",
)


class Gone(BaseException):
    """The function vanishes: nothing of it runs any more."""


def vanish() -> None:
    raise Gone


class NoBlobs(LocalBlobs):
    """A store of blobs that does not answer."""

    def get(self, name: str) -> bytes:
        raise Unavailable


def light(*steps: Step) -> Probe:
    return Probe(*steps, is_light=True)


def group_of(run: Run, platform: Platform) -> Sequence[str]:
    """The nodes of the plan's one Task."""
    [step] = steps_of(load_plan(USER, run.graph_id, 1, platform).shape)
    return step.nodes


def together(run: Run, platform: Platform) -> dict[str, Any]:
    return nodes.run_together(run, group_of(run, platform), platform=platform)


def until_ended(run: Run, platform: Platform) -> dict[str, Any]:
    while True:
        try:
            return together(run, platform)
        except NodeRetry:
            continue


def view(run: Run, platform: Platform, name: str) -> dict[str, Any]:
    return node_views.get(USER, run.execution_id, name, platform=platform)


def statuses(run: Run, platform: Platform) -> dict[str, str]:
    names = group_of(run, platform)
    found = platform.table.get_many([keys.node_run(run, name) for name in names])
    return {key.sk.removeprefix("NODE#"): str(item["status"]) for key, item in found.items()}


def status(run: Run, platform: Platform) -> str:
    return str(executions.get(USER, run.execution_id, platform=platform)["status"])


class TestOneAfterTheOther:
    def test_each_hands_its_value_to_the_next(self, hold: Hold) -> None:
        probe = light(*[lambda values, _: {"value": values["value"] + 1}] * 3)
        platform = hold(probe.block)
        run = started(ABC, platform, i=1)
        together(run, platform)
        assert [given["value"] for given in probe.runs] == [1, 2, 3]
        assert view(run, platform, "c")["outputs"] == {"value": 4}

    def test_each_has_a_record_and_times_of_its_own(self, hold: Hold, clock: HeldClock) -> None:
        def take_a_while(values: Any, context: Any) -> Any:
            clock.sleep(0.1)
            return {"value": values["value"]}

        platform = hold(light(*[take_a_while] * 3).block)
        run = started(ABC, platform, i=1)
        together(run, platform)
        shown = [view(run, platform, name) for name in "abc"]
        assert [one["attempts"] for one in shown] == [1, 1, 1]
        times = [(one["started_at"][-5:], one["ended_at"][-5:]) for one in shown]
        assert times == [(".000Z", ".100Z"), (".100Z", ".200Z"), (".200Z", ".300Z")]

    def test_they_start_the_execution_and_end_it(self, held: Platform) -> None:
        run = started(chain(40), held)
        together(run, held)
        shown = executions.get(USER, run.execution_id, platform=held)
        assert (shown["status"], shown["node_counts"]) == ("COMPLETED", {"COMPLETED": 40})
        assert shown["started_at"] is not None

    def test_one_read_and_one_write_do_for_all_of_them(self, held: Platform) -> None:
        last = graph([node("last", "regex_extract", pattern="x")], "n039.value -> last.text")
        nodes_of, links = chain(40).nodes + last.nodes, chain(40).links + last.links
        run = started(last.model_copy(update={"nodes": nodes_of, "links": links}), held)
        platform, table = watched(held)
        nodes.run_together(run, [one.id for one in chain(40).nodes], platform=platform)
        assert dict(table.calls) == {"get_many": 1, "write_all": 1}

    def test_a_node_without_a_live_link_is_skipped_in_the_middle(self, held: Platform) -> None:
        made = graph(
            [node("a", value=1), node("b"), node("c"), node("d")],
            "a.error -> b.value",
            "b.value -> c.value",
            "a.value -> d.value",
        )
        run = started(made, held)
        together(run, held)
        assert statuses(run, held) == {
            "a": "COMPLETED",
            "b": "SKIPPED",
            "c": "SKIPPED",
            "d": "COMPLETED",
        }
        assert view(run, held, "b")["attempts"] == 0

    def test_an_execution_that_is_not_there_runs_nothing(self, held: Platform) -> None:
        run = started(chain(2), held)
        absent = Run("exe_00000000000000000000000000", USER, run.graph_id, 1)
        with pytest.raises(NotFound):
            nodes.run_together(absent, ["n000", "n001"], platform=held)

    def test_blocks_that_are_light_no_more_run_as_others_do(self, hold: Hold) -> None:
        run = started(ABC, hold(light().block), i=1)
        platform = hold(Probe().block)
        told = nodes.run_together(run, ["i", "a", "b", "c"], platform=platform)
        assert (told["node"], status(run, platform)) == ("c", "COMPLETED")


class TestPreview:
    def test_it_tells_how_many_ended_and_how(self, held: Platform) -> None:
        told = together(started(chain(3), held), held)
        assert told == {
            "node": "n002",
            "block": "constant",
            "status": "COMPLETED",
            "pins": ["value"],
            "attempts": 1,
            "duration_seconds": 0,
            "nodes": 3,
            "statuses": {"COMPLETED": 3},
        }

    def test_it_stays_within_2_kb(self, held: Platform) -> None:
        ids = [f"{'n' * 60}{number:03}" for number in range(40)]
        run = started(graph([node(one, value="x" * 1000) for one in ids]), held)
        assert len(json.dumps(together(run, held)).encode()) <= 2048


class TestFailures:
    def test_those_before_it_are_recorded_those_after_it_do_not_run(self, hold: Hold) -> None:
        probe = light(lambda values, _: values, GONE)
        platform = hold(probe.block)
        run = started(ABC, platform, i=1)
        with pytest.raises(NodeFailed, match=r"b: gone: Gone\."):
            together(run, platform)
        assert statuses(run, platform) == {"i": "COMPLETED", "a": "COMPLETED", "b": "FAILED"}
        assert view(run, platform, "b")["error"]["code"] == "gone"
        assert len(probe.runs) == 2

    def test_asked_again_it_fails_again_without_running(self, hold: Hold) -> None:
        probe = light(lambda values, _: values, GONE)
        platform = hold(probe.block)
        run = started(ABC, platform, i=1)
        for _ in range(2):
            with pytest.raises(NodeFailed, match="b: gone"):
                together(run, platform)
        assert len(probe.runs) == 2

    def test_one_that_goes_on_after_errors_hands_them_on(self, hold: Hold) -> None:
        platform = hold(light(GONE).block)
        made = graph(
            [node("a", "probe", value=1), node("b"), node("c", value=1)], "a.error -> b.value"
        )
        run = started(made, platform)
        together(run, platform)
        assert view(run, platform, "b")["outputs"]["value"]["code"] == "gone"
        assert status(run, platform) == "COMPLETED"

    def test_what_ended_is_written_before_a_part_of_the_platform_fails(
        self, hold: Hold, tmp_path: Path
    ) -> None:
        """The end of the execution blames the first node without a record."""
        platform = hold(light().block)
        made = graph(
            [node("o", "csv_parse", text="x\n" * 50_000), node("x", value=1), node("a", "probe")],
            "o.rows -> a.value",
        )
        run = started(made, platform)
        nodes.run(run, "o", platform=platform)
        broken = replace(platform, blobs=NoBlobs(tmp_path))
        with pytest.raises(Unavailable):
            nodes.run_together(run, ["x", "a"], platform=broken)
        assert view(run, platform, "x")["status"] == "COMPLETED"
        assert ends.end(run, {"Error": "Unavailable"}, platform=platform) == {"status": "FAILED"}
        assert view(run, platform, "a")["error"]["code"] == "platform_error"

    def test_a_part_that_does_not_answer_a_node_costs_it_no_attempt_of_its_own(
        self, hold: Hold
    ) -> None:
        def go_down(values: Any, context: Any) -> Any:
            raise Unavailable

        platform = hold(light(lambda values, _: values, *[go_down] * 9).block)
        run = started(ABC, platform, i=1)
        with pytest.raises(NodeFailed):
            until_ended(run, platform)
        shown = view(run, platform, "b")
        assert (shown["error"]["code"], shown["attempts"]) == ("platform_unavailable", 3)
        assert view(run, platform, "a")["status"] == "COMPLETED"


class TestRetries:
    def run(self, platform: Platform) -> Run:
        retried = [
            node(one.id, one.block, **one.inputs, retry={"max_attempts": 3}) for one in ABC.nodes
        ]
        return started(ABC.model_copy(update={"nodes": retried}), platform, i=1)

    def test_another_attempt_runs_that_node_alone_again(self, hold: Hold) -> None:
        probe = light(lambda values, _: values, BUSY, BUSY)
        platform = hold(probe.block)
        run = self.run(platform)
        with pytest.raises(NodeRetry, match="busy"):
            together(run, platform)
        assert statuses(run, platform) == {"i": "COMPLETED", "a": "COMPLETED", "b": "PENDING"}
        until_ended(run, platform)
        assert [view(run, platform, name)["attempts"] for name in "abc"] == [1, 3, 1]
        assert len(probe.runs) == 5

    def test_attempts_of_several_nodes_are_counted_apart(self, hold: Hold) -> None:
        platform = hold(light(BUSY, BUSY, lambda values, _: values, BUSY, BUSY).block)
        run = self.run(platform)
        until_ended(run, platform)
        assert [view(run, platform, name)["attempts"] for name in "abc"] == [3, 3, 1]

    def test_they_are_used_up(self, hold: Hold) -> None:
        platform = hold(light(*[BUSY] * 9).block)
        run = self.run(platform)
        with pytest.raises(NodeFailed, match="a: busy"):
            until_ended(run, platform)
        shown = view(run, platform, "a")
        assert (shown["status"], shown["attempts"]) == ("FAILED", 3)
        assert shown["error"] == {"code": "busy", "message": "Busy.", "attempts": 3}

    def test_a_retried_first_node_has_started_the_execution(self, hold: Hold) -> None:
        platform = hold(light(BUSY).block)
        run = started(graph([node("a", "probe", value=1, retry={"max_attempts": 2})]), platform)
        with pytest.raises(NodeRetry):
            nodes.run(run, "a", platform=platform)
        assert status(run, platform) == "RUNNING"


class TestLargeValues:
    @pytest.mark.parametrize(
        "value",
        [
            pytest.param("x" * 257 * 1024, id="257 KiB"),
            pytest.param("é😀\n\\" * 640_000, id="5 MB"),
            pytest.param([{"n": 10**38 - 1, "f": 0.1, "z": -0.0, "e": 1e16}] * 9_000, id="a table"),
        ],
    )
    def test_they_pass_unchanged(self, hold: Hold, value: Any) -> None:
        probe = light()
        platform = hold(probe.block)
        run = started(ABC, platform, i=value)
        together(run, platform)
        assert [encode(given["value"]) == encode(value) for given in probe.runs] == [True] * 3
        assert status(run, platform) == "COMPLETED"

    def test_no_transaction_is_larger_than_the_table_takes(self, held: Platform) -> None:
        sizes: list[int] = []

        def weigh(operation: Operation, writes: Sequence[Write]) -> None:
            if operation == "write_all":
                sizes.append(len(str(writes)))

        made = graph([node(f"n{number}", value="x" * 99_000) for number in range(40)])
        run = started(made, held)
        together(run, watched(held, before=weigh)[0])
        assert max(sizes[:-1]) < 3_100_000
        assert status(run, held) == "COMPLETED"

    def test_no_transaction_has_more_writes_than_the_table_takes(self, held: Platform) -> None:
        run = started(graph([node(f"n{number}", value=1) for number in range(120)]), held)
        nodes.run_together(run, [f"n{number}" for number in range(120)], platform=held)
        assert view(run, held, "n119")["status"] == "COMPLETED"

    def test_what_is_kept_in_memory_is_bounded(
        self, hold: Hold, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(node_groups, "KEPT_KILOBYTES", 10)
        probe = light()
        platform = hold(probe.block)
        value = "x" * 50_000
        run = started(ABC, platform, i=value)
        together(run, platform)
        assert [given["value"] == value for given in probe.runs] == [True] * 3


def ended_meanwhile(run: Run, platform: Platform) -> Step:
    """A block during whose run the execution ends."""

    def end(values: Any, context: Any) -> Any:
        ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
        return {"value": "too late"}

    return end


class TestTheEnd:
    def test_nothing_runs_after_it(self, hold: Hold) -> None:
        probe = light()
        platform = hold(probe.block)
        run = started(ABC, platform, i=1)
        ends.end(run, {"Error": "States.Runtime"}, platform=platform)
        with pytest.raises(NodeFailed):
            together(run, platform)
        assert probe.runs == []

    def test_what_ended_late_is_dropped(self, hold: Hold) -> None:
        probe = light(lambda values, _: values)
        platform = hold(probe.block)
        run = started(ABC, platform, i=1)
        probe.then(ended_meanwhile(run, platform))
        with pytest.raises(NodeFailed):
            together(run, platform)
        assert status(run, platform) == "TIMED_OUT"
        assert statuses(run, platform) == {"i": "FAILED", "a": "CANCELLED"}

    def test_it_stops_them_between_two_nodes(self, hold: Hold, clock: HeldClock) -> None:
        probe = light()
        platform = hold(probe.block)
        run = started(ABC, platform, i=1)

        def last_long(values: Any, context: Any) -> Any:
            clock.sleep(2)
            return {"value": values["value"]}

        def end(operation: Operation, _: Any) -> None:
            if operation == "write_all" and status(run, platform) == "RUNNING":
                ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)

        probe.then(last_long)
        with pytest.raises(NodeFailed, match="the execution has ended"):
            together(run, watched(platform, after=end)[0])
        assert len(probe.runs) == 1
        assert statuses(run, platform)["a"] == "COMPLETED"

    def test_those_that_ended_together_meanwhile_are_counted(self, held: Platform) -> None:
        names = ["n0", "n1", "n2"]
        light = [node(name, value=1) for name in names]
        run = started(graph([*light, node("x", "csv_parse", text="")]), held)
        meanwhile = partial(nodes.run_together, run, names, platform=held)
        late, _ = watched(held, after=after_first("query", meanwhile))
        ends.end(run, {"Error": "TIMED_OUT"}, platform=late)
        shown = executions.get(USER, run.execution_id, platform=held)
        assert shown["node_counts"] == {"COMPLETED": 3, "FAILED": 1}
        assert shown["error"]["node"] == "x"

    def test_whoever_finds_it_half_written_comes_back_later(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = graph([node("blamed", "probe", value=1), node("a", value=1), node("b", value=1)])
        run = started(made, platform)
        half, _ = watched(platform, after=after_first("write_all", vanish))
        with pytest.raises(Gone):
            ends.end(run, {"Error": "TIMED_OUT"}, platform=half)
        with pytest.raises(NodeRetry, match="the end of the execution"):
            nodes.run_together(run, ["a", "b"], platform=platform)
        ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
        with pytest.raises(NodeFailed):
            nodes.run_together(run, ["a", "b"], platform=platform)
