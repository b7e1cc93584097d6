"""What the end of one execution means for those that run it, and for those that it runs."""

from typing import Any

import pytest

from strata import cancelling, ends, executions, reconciling, relatives
from strata.model.errors import NodeFailed
from strata.model.execution import Run
from strata.platform import Platform
from strata.store import executions as stored
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, play, started
from tests.held_sub_graphs import (
    DOUBLE,
    FAILING,
    NOTHING,
    begins_to_wait,
    begun,
    calling,
    child_of,
    listed,
    saved,
    status,
)
from tests.held_waits import answers, ask, shown
from tests.watched_table import watched


@pytest.fixture
def family(held: Platform) -> tuple[Run, Run]:
    return begun(calling(saved(DOUBLE, held), inputs={"n": 21}), held)


class TestFamilies:
    """Three generations: `run` runs `child`, which runs `grandchild`."""

    @pytest.fixture
    def three(self, held: Platform) -> list[Run]:
        middle = saved(calling(saved(DOUBLE, held), inputs={"n": 1}), held)
        run, child = begun(calling(middle), held)
        assert ask(child, "call", held, "token-of-child") == "WAITING"
        return [run, child, child_of(child, held)]

    def test_all_are_cancelled_with_the_first(self, three: list[Run], held: Platform) -> None:
        cancelling.cancel(USER, three[0].execution_id, platform=held)
        assert [status(one, held) for one in three] == ["CANCELLED"] * 3
        assert isinstance(held.machines, HeldMachines)
        assert held.machines.stopped == {one.execution_id for one in three}

    @pytest.mark.parametrize("error", ["TIMED_OUT", "States.Runtime"])
    def test_and_where_the_first_fails_or_times_out(
        self, three: list[Run], held: Platform, error: str
    ) -> None:
        ends.end(three[0], {"Error": error}, platform=held)
        assert [status(one, held) for one in three[1:]] == ["CANCELLED"] * 2

    def test_a_failure_comes_up_through_all(self, held: Platform) -> None:
        run, child = begun(calling(saved(calling(saved(FAILING, held)), held)), held)
        ask(child, "call", held, "token-of-child")
        play(child_of(child, held), held)
        cause = answers(held)["token-of-child"]
        ends.end(child, {"Error": "NodeFailed", "Cause": cause}, platform=held)
        error = shown(run, "call", held)["error"]
        assert error["code"] == "sub_graph_failed"
        assert "sub_graph_failed at the node 'call'" in error["message"]

    def test_a_cancel_in_the_middle_goes_down_and_up(
        self, three: list[Run], held: Platform
    ) -> None:
        cancelling.cancel(USER, three[1].execution_id, platform=held)
        assert status(three[2], held) == "CANCELLED"
        assert shown(three[0], "call", held)["error"]["code"] == "sub_graph_cancelled"
        assert status(three[0], held) == "RUNNING"

    def test_none_begins_after_the_end_above_it(self, held: Platform) -> None:
        run = started(calling(saved(NOTHING, held)), held)

        def cancel() -> None:
            cancelling.cancel(USER, run.execution_id, platform=held)

        def record_waits(operation: str, given: Any) -> None:
            if begins_to_wait(operation, given):
                cancel()

        late, _ = watched(held, after=record_waits)
        with pytest.raises(NodeFailed):
            ask(run, "call", late)
        assert listed(held) == [run.execution_id]

    def test_one_that_began_as_the_end_was_written_is_cancelled(self, held: Platform) -> None:
        run = started(calling(saved(NOTHING, held)), held)
        cancelled: list[Any] = []

        def cancel(operation: str, given: Any) -> None:
            is_start = operation == "write_all" and any(
                getattr(one, "item", {}).get("trigger") == "sub_graph" for one in given
            )
            if is_start and not cancelled:
                cancelled.append(cancelling.cancel(USER, run.execution_id, platform=held))

        late, _ = watched(held, after=cancel)
        ask(run, "call", late)
        [child] = [one for one in listed(held) if one != run.execution_id]
        assert executions.get(USER, child, platform=held)["status"] == "CANCELLED"

    def test_an_execution_told_twice_makes_up_for_what_was_lost(
        self, three: list[Run], held: Platform
    ) -> None:
        ends.bring_to_end(three[0], {"Error": "States.Runtime"}, platform=held)
        assert status(three[1], held) == "RUNNING"
        ends.end(three[0], None, platform=held)
        assert [status(one, held) for one in three[1:]] == ["CANCELLED"] * 2

    def test_also_below_one_that_has_ended_already(self, three: list[Run], held: Platform) -> None:
        head = held.table.write(stored.asked_to_cancel(USER, three[1].execution_id, "x"))
        ends.bring_to_end(stored.run_of(head), None, platform=held)
        ends.end(three[0], {"Error": "States.Runtime"}, platform=held)
        assert status(three[2], held) == "CANCELLED"

    def test_whoever_sweeps_can_tell_one_that_is_adrift(
        self, three: list[Run], held: Platform
    ) -> None:
        def adrift(run: Run) -> bool:
            head = stored.head_of(USER, run.execution_id, held)
            return relatives.is_adrift(head, platform=held)

        assert [adrift(one) for one in three] == [False] * 3
        ends.bring_to_end(three[0], {"Error": "States.Runtime"}, platform=held)
        assert [adrift(one) for one in three] == [False, True, False]


class TestSweep:
    def swept(self, platform: Platform, clock: HeldClock) -> Any:
        clock.sleep(300)
        return reconciling.sweep(platform=platform)["repaired"]

    def test_one_that_nobody_waits_for_is_cancelled(
        self, family: tuple[Run, Run], held: Platform, clock: HeldClock
    ) -> None:
        run, child = family
        ends.bring_to_end(run, {"Error": "States.Runtime"}, platform=held)
        assert self.swept(held, clock) == {"cancelled": 1}
        assert status(child, held) == "CANCELLED"
        assert self.swept(held, clock) == {}

    def test_an_end_that_nobody_heard_of_is_told(
        self, family: tuple[Run, Run], held: Platform, clock: HeldClock
    ) -> None:
        run, child = family
        ends.bring_to_end(child, {"Error": "States.Runtime"}, platform=held)
        assert self.swept(held, clock) == {"answered": 1}
        assert shown(run, "call", held)["error"]["code"] == "sub_graph_failed"

    def test_one_that_was_never_started_is(self, held: Platform, clock: HeldClock) -> None:
        run = started(calling(saved(NOTHING, held)), held)

        def crash(operation: str, given: Any) -> None:
            if begins_to_wait(operation, given):
                raise KeyboardInterrupt

        lost, _ = watched(held, after=crash)
        with pytest.raises(KeyboardInterrupt):
            ask(run, "call", lost)
        assert self.swept(held, clock) == {}
        assert isinstance(held.machines, HeldMachines)
        assert child_of(run, held).execution_id in held.machines.started
