"""An approval waits for a decision, and takes one."""

from typing import Any

import pytest

from strata import approvals, cancelling, ends, executions, nodes, waits
from strata.approvals import Decision
from strata.model.errors import (
    AlreadyDecided,
    Conflict,
    IdempotencyKeyReused,
    NotFound,
    NotWaiting,
    Unavailable,
)
from strata.model.execution import Run
from strata.platform import Platform
from tests.at_once import at_once
from tests.builders import graph, node
from tests.held_approvals import BY_ADA, NO, YES, approval, decide, lone
from tests.held_platform import OTHER_USER, USER, HeldMachines, started
from tests.held_waits import TOKEN, answers, ask, fails, shown
from tests.watched_table import after_first, watched


@pytest.fixture
def run(held: Platform) -> Run:
    """One that waits."""
    run = started(approval(message="Pay?"), held)
    assert ask(run, "ask", held) == "WAITING"
    return run


class TestWaiting:
    def test_it_shows_what_is_asked_and_until_when(self, run: Run, held: Platform) -> None:
        told = shown(run, "ask", held)
        assert told["status"] == "WAITING"
        assert told["inputs"] == {"data": {"amount": 120}, "message": "Pay?"}
        assert told["waiting"] == {"expires_at": "2026-03-08T12:00:00.000Z"}

    def test_no_view_tells_the_token(self, run: Run, held: Platform) -> None:
        assert TOKEN not in str(shown(run, "ask", held))
        assert answers(held) == {}

    def test_the_execution_runs_meanwhile(self, run: Run, held: Platform) -> None:
        told = executions.get(USER, run.execution_id, platform=held)
        assert told["status"] == "RUNNING"
        assert told["node_counts"] == {"PENDING": 3, "WAITING": 1}

    def test_asked_again_it_waits_with_the_new_token(self, run: Run, held: Platform) -> None:
        assert ask(run, "ask", held, "token-2") == "WAITING"
        decide(run, held)
        assert answers(held) == {"token-2": None}
        assert shown(run, "ask", held)["attempts"] == 1

    def test_a_skipped_one_lets_its_machine_go_on_at_once(self, held: Platform) -> None:
        skipped = graph(
            [node("c", "condition", left=1, operator="empty"), node("ask", "approval")],
            "c.then -> ask.data",
        )
        run = started(skipped, held)
        nodes.run(run, "c", platform=held)
        assert ask(run, "ask", held) == "SKIPPED"
        assert answers(held) == {TOKEN: None}

    def test_a_wrong_input_fails_it_before_it_waits(self, held: Platform) -> None:
        wrong = graph(
            [node("n", value=7), node("ask", "approval", on_error="continue")],
            "n.value -> ask.message",
        )
        run = started(wrong, held)
        nodes.run(run, "n", platform=held)
        assert ask(run, "ask", held) == "FAILED"
        assert answers(held) == {TOKEN: None}

    def test_that_ends_the_execution_if_it_does_not_go_on(self, held: Platform) -> None:
        wrong = graph([node("n", value=7), node("ask", "approval")], "n.value -> ask.message")
        run = started(wrong, held)
        nodes.run(run, "n", platform=held)
        assert "invalid_input" in fails(run, "ask", held)
        assert answers(held) == {}

    def test_one_whose_function_vanishes_each_time_fails(self, held: Platform) -> None:
        def vanish(operation: str, given: Any) -> None:
            if operation == "write_all" and given[0].set.get("status") == "WAITING":
                raise KeyboardInterrupt

        run = started(lone(on_error="continue"), held)
        dying, _ = watched(held, before=vanish)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                ask(run, "ask", dying)
        assert ask(run, "ask", dying) == "FAILED"
        assert shown(run, "ask", held)["error"]["code"] == "node_lost"
        assert answers(held) == {TOKEN: None}

    def test_of_two_invocations_at_once_both_wait(self, held: Platform) -> None:
        run = started(lone(), held)
        late, _ = watched(held, after=after_first("get_many", lambda: ask(run, "ask", held)))
        with pytest.raises(Exception, match="taken by another"):
            ask(run, "ask", late, "token-2")
        assert ask(run, "ask", held, "token-2") == "WAITING"


class TestDecision:
    def test_an_approval_hands_the_data_on(self, run: Run, held: Platform) -> None:
        told = decide(run, held)
        assert told["status"] == "COMPLETED"
        assert told["outputs"] == {"approved": {"amount": 120}, "decision": BY_ADA}
        assert answers(held) == {TOKEN: None}

    def test_changed_data_goes_on_changed(self, run: Run, held: Platform) -> None:
        changed = Decision(approve=True, changes={"data": None})
        assert decide(run, held, changed)["outputs"]["approved"] is None

    def test_a_rejection_takes_the_other_arm(self, run: Run, held: Platform) -> None:
        told = decide(run, held, NO)
        assert told["outputs"]["rejected"] == {"amount": 120}
        for one in ("yes", "no", "why"):
            nodes.run(run, one, platform=held)
        ends.end(run, None, platform=held)
        done = executions.get(USER, run.execution_id, platform=held)
        assert done["outputs"] == {"no": {"amount": 120}}

    def test_the_machine_that_asks_again_goes_on(self, run: Run, held: Platform) -> None:
        decide(run, held)
        assert ask(run, "ask", held, "token-2") == "COMPLETED"
        assert answers(held) == {TOKEN: None, "token-2": None}

    def test_a_second_decision_is_refused(self, run: Run, held: Platform) -> None:
        decide(run, held)
        for again in (YES, NO):
            with pytest.raises(AlreadyDecided):
                decide(run, held, again)
        assert shown(run, "ask", held)["outputs"]["decision"]["approve"] is True

    def test_of_two_at_once_one_counts(self, run: Run, held: Platform) -> None:
        def vote(number: int) -> str:
            try:
                decide(run, held, (YES, NO)[number % 2])
            except AlreadyDecided:
                return "late"
            return str((YES, NO)[number % 2].approve)

        votes = at_once(4, vote)
        assert votes.count("late") == 3
        [won] = [vote for vote in votes if vote != "late"]
        assert str(shown(run, "ask", held)["outputs"]["decision"]["approve"]) == won
        assert answers(held) == {TOKEN: None}

    def test_one_that_was_overtaken_is_refused(self, run: Run, held: Platform) -> None:
        late, _ = watched(held, after=after_first("get_many", lambda: decide(run, held, NO)))
        with pytest.raises(AlreadyDecided):
            decide(run, late)

    def test_a_token_that_changes_meanwhile_is_the_one_that_is_answered(
        self, run: Run, held: Platform
    ) -> None:
        renew = after_first("get_many", lambda: ask(run, "ask", held, "token-2"))
        late, _ = watched(held, after=renew)
        decide(run, late)
        assert answers(held) == {"token-2": None}

    def test_another_user_finds_nothing(self, run: Run, held: Platform) -> None:
        with pytest.raises(NotFound):
            decide(run, held, user=OTHER_USER)

    @pytest.mark.parametrize("iteration", ["loop:0", "ask:0", "yes:1/no:2"])
    def test_an_iteration_that_is_none_is_not_found(
        self, run: Run, held: Platform, iteration: str
    ) -> None:
        with pytest.raises(NotFound):
            decide(run, held, Decision(approve=True, changes={}, iteration=iteration))

    def test_a_node_that_is_no_approval_waits_for_none(self, run: Run, held: Platform) -> None:
        with pytest.raises(NotWaiting, match="no approval"):
            approvals.decide(USER, run.execution_id, "yes", YES, platform=held)
        with pytest.raises(NotFound):
            approvals.decide(USER, run.execution_id, "nope", YES, platform=held)

    def test_before_it_waits_it_takes_none(self, held: Platform) -> None:
        run = started(lone(), held)
        with pytest.raises(NotWaiting):
            decide(run, held)

    def test_after_the_end_of_the_execution_neither(self, run: Run, held: Platform) -> None:
        cancelling.cancel(USER, run.execution_id, platform=held)
        with pytest.raises(NotWaiting):
            decide(run, held)
        assert shown(run, "ask", held)["status"] == "CANCELLED"
        assert shown(run, "ask", held)["waiting"] is None

    def test_a_cancel_meanwhile_counts(self, run: Run, held: Platform) -> None:
        def cancel() -> None:
            cancelling.cancel(USER, run.execution_id, platform=held)

        late, _ = watched(held, after=after_first("get_many", cancel))
        with pytest.raises(NotWaiting):
            decide(run, late)

    def test_a_decision_before_a_cancel_stays(self, run: Run, held: Platform) -> None:
        decide(run, held)
        cancelling.cancel(USER, run.execution_id, platform=held)
        assert shown(run, "ask", held)["status"] == "COMPLETED"

    def test_a_node_that_others_never_leave_alone_is_unavailable(
        self, run: Run, held: Platform
    ) -> None:
        def collide(operation: str, _: Any) -> None:
            if operation == "write_all":
                raise Conflict

        busy, table = watched(held, before=collide)
        with pytest.raises(Unavailable):
            decide(run, busy)
        assert table.calls["write_all"] == 10
        assert shown(run, "ask", held)["status"] == "WAITING"


class TestAgain:
    def test_with_its_key_a_request_may_be_sent_again(self, run: Run, held: Platform) -> None:
        first = decide(run, held, key="k")
        assert decide(run, held, key="k") == first
        assert answers(held) == {TOKEN: None}

    def test_the_key_with_another_body_is_refused(self, run: Run, held: Platform) -> None:
        decide(run, held, key="k")
        with pytest.raises(IdempotencyKeyReused):
            decide(run, held, NO, key="k", digest="other")

    @pytest.mark.parametrize("key", [None, "other"])
    def test_another_request_is_a_second_decision(
        self, run: Run, held: Platform, key: str | None
    ) -> None:
        decide(run, held, key="k")
        with pytest.raises(AlreadyDecided):
            decide(run, held, key=key)


class TestLostAnswer:
    @pytest.fixture
    def machines(self, held: Platform) -> HeldMachines:
        assert isinstance(held.machines, HeldMachines)
        return held.machines

    def test_a_decision_stands_though_the_machine_does_not_hear_of_it(
        self, run: Run, held: Platform, machines: HeldMachines
    ) -> None:
        machines.down = True
        assert decide(run, held)["status"] == "COMPLETED"
        assert answers(held) == {}

    @pytest.mark.parametrize("key", ["k", None])
    def test_the_next_request_tells_it(
        self, run: Run, held: Platform, machines: HeldMachines, key: str | None
    ) -> None:
        machines.down = True
        decide(run, held, key="k")
        machines.down = False
        if key:
            decide(run, held, key=key)
        else:
            with pytest.raises(AlreadyDecided):
                decide(run, held)
        assert answers(held) == {TOKEN: None}

    def test_or_a_sweep_does_once(self, run: Run, held: Platform, machines: HeldMachines) -> None:
        machines.down = True
        decide(run, held)
        machines.down = False
        [left] = waits.left(run, platform=held)
        assert waits.mend(left.run, left.node, platform=held)
        assert answers(held) == {TOKEN: None}
        assert waits.left(run, platform=held) == []

    def test_a_sweep_leaves_one_that_waits_as_it_is(self, run: Run, held: Platform) -> None:
        [left] = waits.left(run, platform=held)
        assert (left.run, left.node) == (run, "ask")
        assert not waits.mend(run, "ask", platform=held)
        assert answers(held) == {}
