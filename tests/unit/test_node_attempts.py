"""Attempts: which errors deserve another one, and what a crash between two steps leaves behind."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from strata import ends, executions, node_views, nodes
from strata.model.errors import NodeError, NodeFailed, NodeRetry, Unavailable
from strata.model.execution import Run
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_platform import play, run_until_ended, started
from tests.unit.conftest import Hold
from tests.watched_table import Operation, watched

BUSY = NodeError("busy", "The other side is busy.", retryable=True)


def probing(**fields: Any) -> Any:
    return graph([node("a", "probe", value=1, **fields)])


def view(run: Run, platform: Platform, node_id: str = "a") -> dict[str, Any]:
    return node_views.get(run.user_id, run.execution_id, node_id, platform=platform)


def told(run: Run, platform: Platform) -> tuple[str, int, Any]:
    """Status, attempts and the error's code."""
    shown = view(run, platform)
    return shown["status"], shown["attempts"], (shown["error"] or {}).get("code")


class TestRetries:
    def test_a_retryable_error_is_tried_again_until_it_works(self, hold: Hold) -> None:
        platform = hold(Probe(BUSY, BUSY).block)
        run = started(probing(retry={"max_attempts": 3}), platform)
        assert run_until_ended(run, "a", platform)["status"] == "COMPLETED"
        assert told(run, platform) == ("COMPLETED", 3, None)

    def test_it_fails_with_its_attempts_once_they_are_used_up(self, hold: Hold) -> None:
        probe = Probe(*[BUSY] * 9)
        platform = hold(probe.block)
        run = started(probing(retry={"max_attempts": 3}), platform)
        with pytest.raises(NodeFailed):
            run_until_ended(run, "a", platform)
        assert view(run, platform)["error"] == {
            "code": "busy",
            "message": "The other side is busy.",
            "attempts": 3,
        }
        assert len(probe.runs) == 3

    def test_a_final_error_is_not_tried_again(self, hold: Hold) -> None:
        probe = Probe(NodeError("gone", "Gone."))
        platform = hold(probe.block)
        run = started(probing(retry={"max_attempts": 3}), platform)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        assert told(run, platform) == ("FAILED", 1, "gone")

    def test_without_a_policy_there_is_one_attempt(self, hold: Hold) -> None:
        platform = hold(Probe(BUSY).block)
        run = started(probing(), platform)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)

    def test_between_two_attempts_a_node_is_pending_and_tells_its_error(self, hold: Hold) -> None:
        platform = hold(Probe(BUSY).block)
        run = started(probing(retry={"max_attempts": 2}), platform)
        with pytest.raises(NodeRetry, match="busy"):
            nodes.run(run, "a", platform=platform)
        assert told(run, platform) == ("PENDING", 1, "busy")

    def test_a_node_starts_with_its_first_attempt_and_lasts_to_the_end_of_its_last(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        platform = hold(Probe(BUSY).block)
        run = started(probing(retry={"max_attempts": 2}), platform)
        with pytest.raises(NodeRetry):
            nodes.run(run, "a", platform=platform)
        clock.sleep(5)
        assert nodes.run(run, "a", platform=platform)["duration_seconds"] == 5

    def test_a_long_message_is_cut(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "x" * 500_000)).block)
        run = started(probing(), platform)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        assert len(view(run, platform)["error"]["message"]) == 1000


class TestOnError:
    LINKED = graph(
        [node("a", "probe", value=1), node("told", "output", name="told")],
        "a.error -> told.value",
    )

    def test_a_link_from_the_error_pin_lets_the_execution_go_on(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        shown = play(started(self.LINKED, platform), platform)
        assert shown["status"] == "COMPLETED"
        assert shown["outputs"]["told"] == {"code": "gone", "message": "Gone.", "attempts": 1}

    def test_a_node_that_works_emits_no_error(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        shown = play(started(self.LINKED, platform), platform)
        assert (shown["outputs"], shown["node_counts"]) == ({}, {"COMPLETED": 1, "SKIPPED": 1})

    def test_a_failed_node_that_goes_on_emits_none_of_its_own_pins(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        both = graph(
            [node("a", "probe", value=1, on_error="continue"), node("b", "output", name="b")],
            "a.value -> b.value",
        )
        shown = play(started(both, platform), platform)
        assert (shown["status"], shown["outputs"]) == ("COMPLETED", {})

    def test_without_it_the_execution_fails_with_the_node(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        shown = play(started(probing(), platform), platform)
        assert (shown["status"], shown["outputs"]) == ("FAILED", None)
        assert shown["error"] == {"code": "gone", "message": "Gone.", "node": "a"}

    def test_a_node_that_ends_the_execution_emits_nothing(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = started(probing(), platform)
        play(run, platform)
        assert view(run, platform)["outputs"] is None


class Gone(BaseException):
    """The function vanishes: nothing of it runs any more."""


def vanishing(platform: Platform, run: Run, operation: Operation, times: int) -> None:
    """So many invocations of the node `a` vanish right after their first such operation."""

    def vanish(done: Operation, _: Any) -> None:
        if done == operation:
            raise Gone

    for _ in range(times):
        with pytest.raises(Gone):
            nodes.run(run, "a", platform=watched(platform, after=vanish)[0])


TWO = graph([node("first", value=1), node("a", "probe", value=1)])


class TestCrashes:
    def test_a_function_that_vanished_after_the_claim_is_made_up_for(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(TWO, platform)
        vanishing(platform, run, "write", 1)
        nodes.run(run, "a", platform=platform)
        assert told(run, platform) == ("COMPLETED", 2, None)

    def test_before_the_claim_nothing_has_happened(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(TWO, platform)
        vanishing(platform, run, "get_many", 9)
        nodes.run(run, "a", platform=platform)
        assert told(run, platform) == ("COMPLETED", 1, None)

    def test_after_the_end_nothing_runs_again(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(TWO, platform)
        vanishing(platform, run, "write_all", 1)
        assert nodes.run(run, "a", platform=platform)["status"] == "COMPLETED"
        assert len(probe.runs) == 1

    @pytest.mark.parametrize("has_effect", [True, False])
    def test_an_effect_that_may_have_happened_twice_is_told(
        self, hold: Hold, has_effect: bool
    ) -> None:
        platform = hold(Probe(has_effect=has_effect).block)
        run = started(TWO, platform)
        vanishing(platform, run, "write", 1)
        nodes.run(run, "a", platform=platform)
        assert view(run, platform)["possibly_repeated"] is has_effect

    @pytest.mark.parametrize("code", ["timeout", "upstream_timeout", "upstream_disconnected"])
    def test_nobody_knows_what_a_request_without_an_answer_has_done(
        self, hold: Hold, code: str
    ) -> None:
        probe = Probe(NodeError(code, "No answer.", retryable=True), has_effect=True)
        platform = hold(probe.block)
        run = started(probing(retry={"max_attempts": 2}), platform)
        run_until_ended(run, "a", platform)
        assert view(run, platform)["possibly_repeated"] is True

    def test_a_refused_request_is_not_told_as_possibly_repeated(self, hold: Hold) -> None:
        platform = hold(Probe(BUSY, has_effect=True).block)
        run = started(probing(retry={"max_attempts": 2}), platform)
        run_until_ended(run, "a", platform)
        assert view(run, platform)["possibly_repeated"] is False

    def test_the_third_loss_is_recorded_on_the_node(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(TWO, platform)
        vanishing(platform, run, "write", 3)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        assert told(run, platform) == ("FAILED", 3, "node_lost")
        assert probe.runs == []

    def test_a_lost_attempt_whose_time_was_up_timed_out(self, hold: Hold, clock: HeldClock) -> None:
        platform = hold(Probe().block)
        run = started(graph([node("x", value=1), probing(timeout_seconds=9).nodes[0]]), platform)
        vanishing(platform, run, "write", 3)
        clock.sleep(9)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        assert told(run, platform) == ("FAILED", 3, "timeout")

    def test_the_time_of_earlier_attempts_does_not_count(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        platform = hold(Probe().block)
        run = started(graph([node("x", value=1), probing(timeout_seconds=9).nodes[0]]), platform)
        for _ in range(3):
            clock.sleep(5)
            vanishing(platform, run, "write", 1)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        assert told(run, platform)[2] == "node_lost"

    @pytest.mark.parametrize(("deaths", "status"), [(20, "COMPLETED"), (21, "FAILED")])
    def test_the_death_of_the_whole_process_is_long_held_against_no_node(
        self, hold: Hold, deaths: int, status: str
    ) -> None:
        platform = hold(Probe().block)
        run = started(TWO, platform)
        for number in range(deaths):
            vanishing(replace(platform, process=f"prc_{number}"), run, "write", 1)
        with suppress(NodeFailed):
            nodes.run(run, "a", platform=replace(platform, process="prc_last"))
        assert told(run, platform)[0] == status

    def test_losses_use_up_none_of_the_policy_s_attempts(self, hold: Hold) -> None:
        probe = Probe(BUSY, BUSY)
        platform = hold(probe.block)
        a = probing(retry={"max_attempts": 3}).nodes[0]
        run = started(graph([node("x", value=1), a]), platform)
        vanishing(platform, run, "write", 2)
        assert run_until_ended(run, "a", platform)["status"] == "COMPLETED"
        assert told(run, platform) == ("COMPLETED", 5, None)


class TestPlatformFailures:
    def test_a_part_of_the_platform_that_is_down_costs_no_attempt(self, hold: Hold) -> None:
        platform = hold(Probe(Unavailable(), Unavailable(), has_effect=True).block)
        run = started(probing(), platform)
        assert run_until_ended(run, "a", platform)["status"] == "COMPLETED"
        shown = view(run, platform)
        assert (shown["attempts"], shown["possibly_repeated"]) == (3, False)

    def test_the_third_time_it_is_told_on_the_node(self, hold: Hold) -> None:
        platform = hold(Probe(*[Unavailable()] * 9).block)
        run = started(probing(), platform)
        with pytest.raises(NodeFailed):
            run_until_ended(run, "a", platform)
        assert told(run, platform) == ("FAILED", 3, "platform_unavailable")

    def test_a_table_that_is_down_leaves_the_machine_to_ask_again(self, hold: Hold) -> None:
        def fail(operation: Operation, _: Any) -> None:
            raise Unavailable

        platform = hold(Probe().block)
        run = started(probing(), platform)
        with pytest.raises(Unavailable):
            nodes.run(run, "a", platform=watched(platform, before=fail)[0])
        assert nodes.run(run, "a", platform=platform)["status"] == "COMPLETED"


class TestSkips:
    def test_a_node_that_never_ran_has_an_end_and_no_start(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = started(TestOnError.LINKED, platform)
        ends.end(run, {"Error": "TIMED_OUT"}, platform=platform)
        told = node_views.get(run.user_id, run.execution_id, "told", platform=platform)
        assert (told["started_at"], told["ended_at"]) == (None, "2026-03-01T12:00:00.000Z")

    def test_a_skipped_node_counts_as_no_attempt(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(TestOnError.LINKED, platform)
        play(run, platform)
        shown = view(run, platform, "told")
        assert (shown["status"], shown["attempts"], shown["started_at"]) == ("SKIPPED", 0, None)
        assert executions.get(run.user_id, run.execution_id, platform=platform)["outputs"] == {}
