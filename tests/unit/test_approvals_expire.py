"""An approval that nobody decides in time, or not before the execution has ended."""

import pytest

from strata import cancelling, ends, waits
from strata.model.errors import AlreadyDecided, ApprovalExpired
from strata.model.execution import Run
from strata.platform import Platform
from tests.held_approvals import approval, decide, lone
from tests.held_clock import HeldClock
from tests.held_platform import USER, started
from tests.held_waits import TOKEN, answers, ask, fails, shown


@pytest.fixture
def run(held: Platform) -> Run:
    """One that waits."""
    run = started(approval(message="Pay?"), held)
    assert ask(run, "ask", held) == "WAITING"
    return run


class TestExpiry:
    @pytest.fixture
    def late(self, run: Run, clock: HeldClock) -> Run:
        """One whose time is up."""
        clock.sleep(604_800)
        return run

    def test_it_fails_when_its_machine_asks_again(self, late: Run, held: Platform) -> None:
        assert ask(late, "ask", held, "token-2") == "FAILED"
        assert answers(held) == {"token-2": None}
        assert shown(late, "ask", held)["outputs"]["error"]["code"] == "approval_expired"

    def test_that_ends_the_execution_if_it_does_not_go_on(
        self, held: Platform, clock: HeldClock
    ) -> None:
        run = started(lone(expires_seconds=5), held)
        ask(run, "ask", held)
        clock.sleep(5)
        assert fails(run, "ask", held, "token-2") == (
            "ask: approval_expired: Nobody decided within 5 seconds."
        )

    def test_it_may_be_a_rejection(self, held: Platform, clock: HeldClock) -> None:
        run = started(lone(expires_seconds=5, on_expiry="reject"), held)
        ask(run, "ask", held)
        clock.sleep(5)
        assert ask(run, "ask", held, "token-2") == "COMPLETED"
        decision = {"approve": False, "by": None, "at": "2026-03-01T12:00:05.000Z"}
        assert shown(run, "ask", held)["outputs"] == {"rejected": 1, "decision": decision}
        with pytest.raises(ApprovalExpired):
            decide(run, held)

    def test_a_machine_that_asks_early_waits_on(
        self, run: Run, held: Platform, clock: HeldClock
    ) -> None:
        clock.sleep(604_790)
        assert ask(run, "ask", held, "token-2") == "WAITING"

    def test_a_machine_that_asks_a_moment_too_early_sits_it_out(
        self, run: Run, held: Platform, clock: HeldClock
    ) -> None:
        clock.sleep(604_798)
        assert ask(run, "ask", held, "token-2") == "FAILED"

    def test_a_late_decision_is_refused(self, late: Run, held: Platform) -> None:
        with pytest.raises(ApprovalExpired):
            decide(late, held)
        ask(late, "ask", held)
        with pytest.raises(ApprovalExpired):
            decide(late, held)

    def test_a_decision_in_time_is_not_late_afterwards(
        self, run: Run, held: Platform, clock: HeldClock
    ) -> None:
        decide(run, held, key="k")
        clock.sleep(604_800)
        assert decide(run, held, key="k")["status"] == "COMPLETED"
        with pytest.raises(AlreadyDecided):
            decide(run, held)

    def test_a_sweep_finds_that_it_is_over(self, late: Run, held: Platform) -> None:
        assert waits.mend(late, "ask", platform=held)
        assert answers(held) == {TOKEN: None}
        assert shown(late, "ask", held)["status"] == "FAILED"

    def test_the_machine_hears_from_a_sweep_that_it_fails(
        self, held: Platform, clock: HeldClock
    ) -> None:
        run = started(lone(expires_seconds=5), held)
        ask(run, "ask", held)
        clock.sleep(5)
        assert waits.mend(run, "ask", platform=held)
        told = answers(held)[TOKEN]
        assert told is not None
        assert told.startswith("ask: approval_expired")


class TestAfterTheEnd:
    def test_what_waited_is_cancelled_and_goes_nowhere(self, run: Run, held: Platform) -> None:
        cancelling.cancel(USER, run.execution_id, platform=held)
        assert ask(run, "ask", held, "token-2") == "CANCELLED"
        assert fails(run, "yes", held) == "yes: the execution has ended"

    def test_a_wait_that_its_machine_gave_up_is_blamed(self, held: Platform) -> None:
        run = started(lone(), held)
        ask(run, "ask", held)
        ends.end(run, {"Error": "States.Timeout"}, platform=held)
        assert shown(run, "ask", held)["error"]["code"] == "timeout"
        assert "timeout" in fails(run, "ask", held, "token-2")

    def test_a_sweep_cleans_up_after_it(self, run: Run, held: Platform) -> None:
        cancelling.cancel(USER, run.execution_id, platform=held)
        assert waits.mend(run, "ask", platform=held)
        assert waits.left(run, platform=held) == []
