"""A node runs once, whatever asks for it and however often."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from strata import ends, executions, node_views, nodes
from strata.model.errors import NodeError, NodeFailed, NodeRetry, NotFound
from strata.model.execution import Run
from strata.platform import Platform
from strata.store import keys
from tests.builders import graph, node
from tests.held_blocks import Probe, block
from tests.held_platform import USER, play, run_until_ended, started
from tests.unit.conftest import Hold
from tests.watched_table import after_first, watched

ONE = graph([node("a", "probe", value=1)])
THEN = graph(
    [node("a", "probe", value=1), node("b"), node("out", "output", name="out")],
    "a.value -> b.value",
    "b.value -> out.value",
)


def view(run: Run, node_id: str, platform: Platform) -> dict[str, Any]:
    return node_views.get(run.user_id, run.execution_id, node_id, platform=platform)


def status(run: Run, platform: Platform) -> str:
    return str(executions.get(run.user_id, run.execution_id, platform=platform)["status"])


class TestOnce:
    def test_a_second_run_finds_the_result_of_the_first(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(THEN, platform)
        first = nodes.run(run, "a", platform=platform)
        assert nodes.run(run, "a", platform=platform) == first
        assert len(probe.runs) == 1

    def test_a_failed_node_fails_again_without_running(self, hold: Hold) -> None:
        probe = Probe(NodeError("no_luck", "No luck."))
        platform = hold(probe.block)
        run = started(ONE, platform)
        for _ in range(2):
            with pytest.raises(NodeFailed, match=r"a: no_luck: No luck\."):
                nodes.run(run, "a", platform=platform)
        assert len(probe.runs) == 1

    def test_a_node_is_given_the_same_idempotency_key_at_each_attempt(self, hold: Hold) -> None:
        probe = Probe(NodeError("busy", "Busy.", retryable=True))
        platform = hold(probe.block)
        run = started(graph([node("a", "probe", value=1, retry={"max_attempts": 2})]), platform)
        run_until_ended(run, "a", platform)
        assert probe.keys == [f"{run.execution_id}/a/0"] * 2

    def test_two_invocations_at_once_run_the_block_once(self, hold: Hold) -> None:
        probe, both_have_read = Probe(), threading.Barrier(2)
        platform = hold(probe.block)
        run = started(THEN, platform)

        def wait(operation: str, _: Any) -> None:
            if operation == "get_many":
                both_have_read.wait(10)

        def invoke(_: int) -> str:
            try:
                return str(nodes.run(run, "a", platform=racing)["status"])
            except NodeRetry:
                return "asked again"

        racing, _ = watched(platform, after=wait)
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(invoke, range(2))) == ["COMPLETED", "asked again"]
        assert len(probe.runs) == 1

    def test_an_execution_that_is_not_there_runs_nothing(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(ONE, platform)
        absent = Run("exe_00000000000000000000000000", run.user_id, run.graph_id, run.version)
        with pytest.raises(NotFound):
            nodes.run(absent, "a", platform=platform)
        assert probe.runs == []


class TestAfterTheEnd:
    def test_no_node_starts_once_the_execution_has_ended(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(THEN, platform)
        ends.end(run, {"Error": "States.Runtime"}, platform=platform)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        assert nodes.run(run, "b", platform=platform)["status"] == "CANCELLED"
        assert probe.runs == []

    def test_a_node_that_was_about_to_start_when_it_ended_does_not(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        two = graph([node("a", "constant", value=1), node("b", "probe", value=1)])
        run = started(two, platform)
        time_out = partial(ends.end, run, {"Error": "TIMED_OUT"}, platform=platform)
        late, _ = watched(platform, after=after_first("get_many", time_out))
        with pytest.raises(NodeRetry):
            nodes.run(run, "b", platform=late)
        assert probe.runs == []
        assert nodes.run(run, "b", platform=platform)["status"] == "CANCELLED"

    def test_what_a_late_node_brings_is_dropped(self, hold: Hold) -> None:
        def end_meanwhile(values: Any, context: Any) -> Any:
            ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
            return {"value": "too late"}

        platform = hold(Probe(end_meanwhile).block)
        run = started(THEN, platform)
        with pytest.raises(NodeRetry):
            nodes.run(run, "a", platform=platform)
        assert status(run, platform) == "TIMED_OUT"
        assert view(run, "a", platform)["status"] == "FAILED"
        assert view(run, "a", platform)["outputs"] is None

    def test_a_later_node_keeps_no_record_and_its_machine_goes_no_further(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(THEN, platform)
        ends.end(run, {"Error": "States.Runtime"}, platform=platform)
        with pytest.raises(NodeFailed, match="the execution has ended"):
            nodes.run(run, "out", platform=platform)
        assert platform.table.get(keys.node_run(run, "out")) is None


class TestStart:
    def test_the_first_node_takes_the_execution_from_queued_to_running(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(THEN, platform)
        assert status(run, platform) == "QUEUED"
        nodes.run(run, "a", platform=platform)
        shown = executions.get(USER, run.execution_id, platform=platform)
        assert (shown["status"], shown["started_at"]) == ("RUNNING", "2026-03-01T12:00:00.000Z")

    def test_the_last_node_ends_the_execution(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        shown = play(started(THEN, platform), platform)
        assert (shown["status"], shown["outputs"]) == ("COMPLETED", {"out": 1})

    def test_a_retried_first_node_starts_the_execution_once(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("busy", "Busy.", retryable=True)).block)
        run = started(graph([node("a", "probe", value=1, retry={"max_attempts": 2})]), platform)
        run_until_ended(run, "a", platform)
        assert status(run, platform) == "COMPLETED"


class TestPreview:
    def test_it_tells_how_the_node_fared_and_no_value(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(graph([node("a", "probe", value="a value")]), platform)
        assert nodes.run(run, "a", platform=platform) == {
            "node": "a",
            "block": "probe",
            "status": "COMPLETED",
            "pins": ["value"],
            "attempts": 1,
            "duration_seconds": 0,
        }

    def test_it_names_the_error_of_a_node_that_goes_on(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("no_luck", "No luck.")).block)
        run = started(graph([node("a", "probe", value=1, on_error="continue")]), platform)
        preview = nodes.run(run, "a", platform=platform)
        assert (preview["status"], preview["pins"], preview["error"]) == (
            "FAILED",
            ["error"],
            "no_luck",
        )

    @pytest.mark.parametrize("name", ["p", "p" * 200, "ä" * 100, "\x01" * 80])
    def test_it_stays_within_2_kb_however_many_pins_there_are(self, hold: Hold, name: str) -> None:
        pins: dict[str, Any] = {f"{number:03}{name}": {} for number in range(500)}
        wide = block(
            "wide", lambda *_: dict.fromkeys(pins, 1), inputs={}, outputs=pins, required=()
        )
        platform = hold(wide)
        run = started(graph([node("n" * 64, "wide")]), platform)
        preview = nodes.run(run, "n" * 64, platform=platform)
        assert len(json.dumps(preview).encode()) <= 2048
        assert preview["pins"][0] == f"000{name}"
