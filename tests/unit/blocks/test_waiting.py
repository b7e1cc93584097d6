"""What the blocks make of what came of their wait; how long a delay is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strata.blocks import registry
from strata.blocks.delays import end_of_delay
from strata.compiler.checks import check
from strata.model.block import ANSWER
from strata.model.errors import InvalidInput
from tests.builders import graph, node
from tests.unit.blocks.world import failure, run

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AT = "2026-03-01T12:00:05.000Z"


def problems(*nodes: Any, links: tuple[str, ...] = ()) -> list[str]:
    return [one.message for one in check(graph(nodes, *links), registry())]


class TestEndOfDelay:
    def test_it_lies_so_many_seconds_ahead(self) -> None:
        assert end_of_delay({"seconds": 1.5}, NOW) == NOW + timedelta(seconds=1.5)

    @pytest.mark.parametrize(
        "until",
        ["2026-03-01T13:00:00Z", "2026-03-01t14:00:00+01:00", "2026-03-01T13:00:00.000000000z"],
    )
    def test_or_at_the_time_that_is_named(self, until: str) -> None:
        assert end_of_delay({"until": until}, NOW) == NOW + timedelta(hours=1)

    def test_a_time_that_is_over_is_now(self) -> None:
        assert end_of_delay({"until": "1999-01-01T00:00:00Z"}, NOW) == NOW

    def test_a_year_is_the_most(self) -> None:
        end_of_delay({"until": "2027-03-01T12:00:00Z"}, NOW)
        with pytest.raises(InvalidInput, match="'until' must be within a year"):
            end_of_delay({"until": "2027-03-01T12:00:01Z"}, NOW)

    @pytest.mark.parametrize(
        "until",
        [
            "tomorrow",
            "2026-03-01",
            "2026-03-01T13:00:00",
            "2026-02-30T13:00:00Z",
            "2026-03-01T13:00:00+25:00",
            "2026-03-01T13:00:00Z ",
            "٢٠٢٦-03-01T13:00:00Z",
        ],
    )
    def test_anything_else_is_no_time(self, until: str) -> None:
        with pytest.raises(InvalidInput, match="'until' must be a time such as"):
            end_of_delay({"until": until}, NOW)
        [found] = problems(node("d", "delay", until=until))
        assert "must be a time such as" in found

    @pytest.mark.parametrize("given", [{}, {"seconds": 1, "until": "2026-03-01T13:00:00Z"}])
    def test_exactly_one_of_the_two_says_how_long(self, given: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            end_of_delay(given, NOW)
        assert len(problems(node("d", "delay", **given))) == 1

    def test_a_link_counts_as_what_it_brings(self) -> None:
        time = node("t", value="2026-03-01T13:00:00Z")
        assert problems(time, node("d", "delay"), links=("t.value -> d.until",)) == []
        [found] = problems(time, node("d", "delay", seconds=1), links=("t.value -> d.until",))
        assert found == "The value of 'seconds' must not stand beside one of 'until'."

    def test_what_is_no_text_is_told_once(self) -> None:
        assert problems(node("d", "delay", until=7)) == [
            "The value of 'until' must be string, not number."
        ]

    @pytest.mark.parametrize("seconds", [-1, 31_536_001])
    def test_seconds_have_bounds(self, seconds: int) -> None:
        assert len(problems(node("d", "delay", seconds=seconds))) == 1


class TestDelay:
    def test_it_hands_the_value_on(self) -> None:
        assert run("delay", **{"seconds": 1, "value": None, ANSWER: {"waited_seconds": 1.0}}) == {
            "value": None,
            "waited_seconds": 1.0,
        }

    def test_without_a_value_it_hands_none_on(self) -> None:
        waited = run("delay", **{"seconds": 1, ANSWER: {"waited_seconds": 1.0}})
        assert waited == {"waited_seconds": 1.0}


class TestApproval:
    def test_what_was_approved_is_the_data_as_it_was_changed(self) -> None:
        answer = {"approve": True, "by": "usr_1", "at": AT, "data": None}
        assert run("approval", **{"data": 1, ANSWER: answer}) == {
            "approved": None,
            "decision": {"approve": True, "by": "usr_1", "at": AT},
        }

    def test_what_was_rejected_is_the_data_as_it_came(self) -> None:
        answer = {"approve": False, "by": "usr_1", "at": AT}
        assert run("approval", **{"data": 1, ANSWER: answer}) == {
            "rejected": 1,
            "decision": {"approve": False, "by": "usr_1", "at": AT},
        }

    def test_nobody_in_time_is_a_failure(self) -> None:
        error = failure("approval", **{"expires_seconds": 5, ANSWER: {"expired": AT}})
        assert (error.code, error.retryable) == ("approval_expired", False)
        assert "5 seconds" in error.message

    def test_or_a_rejection_by_nobody(self) -> None:
        late = run("approval", **{"data": 1, "on_expiry": "reject", ANSWER: {"expired": AT}})
        assert late == {"rejected": 1, "decision": {"approve": False, "by": None, "at": AT}}

    def test_without_data_there_is_null_to_approve(self) -> None:
        answer = {"approve": True, "by": "usr_1", "at": AT}
        assert run("approval", **{ANSWER: answer})["approved"] is None

    @pytest.mark.parametrize(("pin", "value"), [("expires_seconds", 0), ("on_expiry", "wait")])
    def test_its_constants_have_bounds(self, pin: str, value: Any) -> None:
        assert len(problems(node("a", "approval", **{pin: value}))) == 1

    def test_how_long_it_waits_takes_no_link(self) -> None:
        found = problems(
            node("n", value=1), node("a", "approval"), links=("n.value -> a.expires_seconds",)
        )
        assert "takes no link" in found[0]


@pytest.mark.parametrize(
    ("block", "given"),
    [
        ("delay", {"seconds": 1}),
        ("approval", {}),
        ("wait_for_event", {}),
        ("sub_graph", {"graph_id": "gph_1"}),
    ],
)
def test_outside_of_an_execution_nothing_waits(block: str, given: dict[str, Any]) -> None:
    assert failure(block, **given).code == "no_execution"


def test_an_event_that_did_not_come_is_a_failure() -> None:
    error = failure("wait_for_event", **{"expires_seconds": 5, ANSWER: {"expired": AT}})
    assert (error.code, error.retryable) == ("event_expired", False)


class TestSubGraph:
    def ended(self, status: str, error: Any = None) -> dict[str, Any]:
        answer = {"status": status, "outputs": None, "error": error, "execution_id": "exe_1"}
        return {"graph_id": "gph_1", ANSWER: answer}

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("FAILED", "sub_graph_failed"),
            ("CANCELLED", "sub_graph_cancelled"),
            ("TIMED_OUT", "sub_graph_timed_out"),
        ],
    )
    def test_it_fails_as_its_execution_ended(self, status: str, code: str) -> None:
        error = failure("sub_graph", **self.ended(status))
        assert (error.code, error.retryable) == (code, False)
        assert "exe_1" in error.message

    def test_its_failure_names_code_and_node_and_no_message(self) -> None:
        told = {"code": "no_rain", "node": "count", "message": "hunter2"}
        message = failure("sub_graph", **self.ended("FAILED", told)).message
        assert message == "The execution exe_1 failed with no_rain at the node 'count'."

    def test_a_failure_of_no_node_names_none(self) -> None:
        told = {"code": "platform_error", "node": None, "message": "x"}
        message = failure("sub_graph", **self.ended("FAILED", told)).message
        assert message == "The execution exe_1 failed with platform_error."

    def test_an_end_that_did_not_come_in_time_is_a_failure(self) -> None:
        late = {"graph_id": "gph_1", "expires_seconds": 5, ANSWER: {"expired": AT}}
        assert failure("sub_graph", **late).code == "sub_graph_timed_out"


class TestCallbackUrl:
    def test_it_names_a_node_that_waits_for_an_event(self) -> None:
        url = node("u", "callback_url", node="paid")
        assert problems(url, node("paid", "wait_for_event")) == []
        assert problems(url) == ["'paid' is no node of the graph that waits for an event."]
        [found] = problems(url, node("paid", "approval"))
        assert "no node of the graph that waits" in found

    def test_what_is_no_name_is_told_once(self) -> None:
        [found] = problems(node("u", "callback_url", node=7))
        assert "must be string" in found

    def test_it_names_one_of_its_own_body_or_of_one_around(self) -> None:
        loop = node("each", "for_each", items=[1, 2])
        inner = node("paid", "wait_for_event", parent="each")
        outer = node("sent", "wait_for_event")
        within = node("u", "callback_url", node="paid", parent="each")
        around = node("v", "callback_url", node="sent", parent="each")
        assert problems(loop, inner, outer, within, around) == []
        [found] = problems(loop, inner, node("w", "callback_url", node="paid"))
        assert found == "'paid' waits in the body of a loop that this node is not in."
