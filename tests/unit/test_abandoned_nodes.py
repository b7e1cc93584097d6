"""Whom a machine's own failure is put down to, and that nothing stays open behind it."""

from functools import partial
from typing import Any

import pytest

from strata import ends, executions, node_views, nodes
from strata.model.errors import NodeError, NodeRetry
from strata.model.execution import Run
from strata.platform import Platform
from tests.builders import graph, joined, node
from tests.held_blocks import Probe, heavy
from tests.held_clock import HeldClock
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.watched_table import after_first, watched


class Gone(BaseException):
    pass


def leave_open(run: Run, name: str, platform: Platform, times: int = 1) -> None:
    """The function of that node vanishes after its claim."""

    def vanish() -> None:
        raise Gone

    for _ in range(times):
        broken, _ = watched(platform, after=after_first("write", vanish))
        with pytest.raises(Gone):
            nodes.run(run, name, platform=broken)


def end(run: Run, error: str, platform: Platform) -> dict[str, Any]:
    ends.end(run, {"Error": error, "Cause": "arn:aws:secret"}, platform=platform)
    return executions.get(USER, run.execution_id, platform=platform)


def told(run: Run, platform: Platform, name: str) -> tuple[str, str | None, int]:
    """Status, code of the error, attempts."""
    one = node_views.get(USER, run.execution_id, name, platform=platform)
    return str(one["status"]), (one["error"] or {}).get("code"), one["attempts"]


LEVEL = joined(["first", "a", "b", "c"], [("first", "a"), ("first", "b"), ("first", "c")])
"""Three nodes beside each other, after a first."""


@pytest.fixture
def held(hold: Hold) -> Platform:
    """Whose nodes are claimed before they run."""
    return hold(heavy("constant"))


@pytest.fixture
def run(held: Platform) -> Run:
    """In whose level of three nothing has begun."""
    begun = started(LEVEL, held)
    nodes.run(begun, "first", platform=held)
    return begun


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("TIMED_OUT", "TIMED_OUT", "execution_timeout"),
        ("States.Timeout", "FAILED", "timeout"),
        ("States.DataLimitExceeded", "FAILED", "limit_exceeded"),
        ("Lambda.Unknown", "FAILED", "platform_error"),
        ("States.Runtime", "FAILED", "platform_error"),
        ("ABORTED", "FAILED", "platform_error"),
    ],
)
def test_a_failure_of_the_machine_is_put_down_to_the_node_that_was_running(
    held: Platform, run: Run, error: str, status: str, code: str
) -> None:
    leave_open(run, "b", held)
    shown = end(run, error, held)
    assert (shown["status"], shown["error"]["code"], shown["error"]["node"]) == (status, code, "b")
    assert told(run, held, "b") == ("FAILED", code, 1)
    assert told(run, held, "a")[0] == told(run, held, "c")[0] == "CANCELLED"


def test_the_cause_may_hold_anything_and_is_told_nowhere(held: Platform, run: Run) -> None:
    leave_open(run, "b", held)
    shown = end(run, "Lambda.Unknown", held)
    assert shown["error"]["message"] == "The platform failed (Lambda.Unknown)."


def test_an_error_without_a_name_is_one_too(held: Platform, run: Run) -> None:
    assert ends.end(run, {}, platform=held) == {"status": "FAILED"}


def test_with_none_running_it_is_the_first_that_could_not_begin(held: Platform, run: Run) -> None:
    nodes.run(run, "a", platform=held)
    assert end(run, "States.DataLimitExceeded", held)["error"]["node"] == "b"
    assert told(run, held, "b") == ("FAILED", "limit_exceeded", 0)


def test_with_none_running_one_that_waited_for_its_next_attempt_comes_first(hold: Hold) -> None:
    platform = hold(Probe(NodeError("busy", "Busy.", retryable=True)).block)
    made = graph([node("a", value=1), node("b", "probe", value=1, retry={"max_attempts": 2})])
    begun = started(made, platform)
    with pytest.raises(NodeRetry):
        nodes.run(begun, "b", platform=platform)
    assert end(begun, "Lambda.TooManyRequestsException", platform)["error"]["node"] == "b"


class TestSeveralThatRun:
    def test_only_those_whose_time_is_up_have_timed_out(
        self, held: Platform, run: Run, clock: HeldClock
    ) -> None:
        leave_open(run, "a", held)
        clock.sleep(60)
        leave_open(run, "b", held)
        end(run, "States.Timeout", held)
        assert told(run, held, "a")[:2] == ("FAILED", "timeout")
        assert told(run, held, "b")[0] == "CANCELLED"

    def test_where_no_time_is_up_each_may_have_been_it(self, held: Platform, run: Run) -> None:
        leave_open(run, "a", held)
        leave_open(run, "b", held)
        end(run, "States.Timeout", held)
        assert told(run, held, "a")[0] == told(run, held, "b")[0] == "FAILED"

    def test_the_one_that_was_lost_most_often_is_to_blame_for_a_crash(
        self, held: Platform, run: Run
    ) -> None:
        leave_open(run, "a", held)
        leave_open(run, "b", held, times=3)
        end(run, "Lambda.Unknown", held)
        assert told(run, held, "a")[0] == "CANCELLED"
        assert told(run, held, "b") == ("FAILED", "platform_error", 3)

    def test_the_end_of_the_whole_execution_s_time_stops_them_all(
        self, held: Platform, run: Run
    ) -> None:
        leave_open(run, "a", held)
        leave_open(run, "b", held, times=2)
        assert end(run, "TIMED_OUT", held)["status"] == "TIMED_OUT"
        assert told(run, held, "a")[:2] == ("FAILED", "execution_timeout")
        assert told(run, held, "b")[:2] == ("FAILED", "execution_timeout")


def test_a_node_s_own_failure_tells_more_than_the_machine_s(hold: Hold) -> None:
    platform = hold(Probe(NodeError("gone", "Gone.")).block)
    begun = started(graph([node("a", "probe", value=1), node("b", value=1)]), platform)
    with pytest.raises(Exception, match="gone"):
        nodes.run(begun, "a", platform=platform)
    shown = end(begun, "TIMED_OUT", platform)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "gone")
    assert told(begun, platform, "b")[0] == "CANCELLED"


def test_the_failure_of_a_node_that_may_fail_explains_no_other(hold: Hold) -> None:
    platform = hold(Probe(NodeError("gone", "Gone.")).block)
    made = graph([node("a", "probe", value=1, on_error="continue"), node("b", value=1)])
    begun = started(made, platform)
    nodes.run(begun, "a", platform=platform)
    shown = end(begun, "States.Runtime", platform)
    assert (shown["error"]["code"], shown["error"]["node"]) == ("platform_error", "b")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("Lambda.Unknown", "FAILED", "platform_error"),
        ("TIMED_OUT", "TIMED_OUT", "execution_timeout"),
    ],
)
def test_a_lost_node_that_may_fail_leaves_the_execution_without_a_node_to_blame(
    held: Platform, error: str, status: str, code: str
) -> None:
    made = graph(
        [node("x", value=1), node("a", value=1, on_error="continue"), node("b")],
        "a.value -> b.value",
    )
    begun = started(made, held)
    nodes.run(begun, "x", platform=held)
    leave_open(begun, "a", held)
    shown = end(begun, error, held)
    assert (shown["status"], shown["error"]["code"], shown["error"]["node"]) == (status, code, None)
    end(begun, "States.Runtime", held)
    assert told(begun, held, "b") == ("CANCELLED", None, 0), "an ended execution stays as it is"


class TestRaces:
    def test_a_node_that_ended_meanwhile_keeps_its_end(self, held: Platform, run: Run) -> None:
        leave_open(run, "b", held)
        meanwhile = partial(nodes.run, run, "b", platform=held)
        late, _ = watched(held, after=after_first("query", meanwhile))
        ends.end(run, {"Error": "Lambda.Unknown"}, platform=late)
        assert told(run, held, "b")[0] == "COMPLETED"

    def test_a_node_that_began_meanwhile_is_closed_all_the_same(
        self, held: Platform, run: Run
    ) -> None:
        meanwhile = partial(leave_open, run, "c", held)
        late, _ = watched(held, after=after_first("query", meanwhile))
        ends.end(run, {"Error": "TIMED_OUT"}, platform=late)
        assert told(run, held, "c") == ("CANCELLED", None, 1)
        assert told(run, held, "b")[0] == "CANCELLED"

    def test_a_node_that_was_claimed_again_meanwhile_is_closed_as_it_is_now(
        self, held: Platform, run: Run
    ) -> None:
        leave_open(run, "b", held)
        meanwhile = partial(leave_open, run, "b", held)
        late, _ = watched(held, after=after_first("query", meanwhile))
        ends.end(run, {"Error": "TIMED_OUT"}, platform=late)
        assert told(run, held, "b") == ("FAILED", "execution_timeout", 2)

    def test_a_level_wider_than_a_transaction_is_closed_whole(self, held: Platform) -> None:
        wide = started(graph([node(f"n{number}", value=1) for number in range(230)]), held)
        nodes.run(wide, "n7", platform=held)
        ends.end(wide, {"Error": "TIMED_OUT"}, platform=held)
        for name in ("n0", "n8", "n120", "n229"):
            assert nodes.run(wide, "n8", platform=held)["status"] == "CANCELLED", name
        shown = executions.get(USER, wide.execution_id, platform=held)
        assert shown["node_counts"] == {"CANCELLED": 228, "COMPLETED": 1, "FAILED": 1}
