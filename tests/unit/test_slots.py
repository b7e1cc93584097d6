"""So many executions of a user run at once; the others wait in order, and none is lost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata import cancelling, executions, graphs, launching, slots, triggers
from strata.clock import SystemClock
from strata.model.errors import NodeError, Unavailable
from strata.model.execution import Run, Status
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.settings import Settings
from strata.store import keys
from strata.store.slots import counted
from tests.at_once import at_once
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_platform import (
    OTHER_USER,
    USER,
    HeldMachines,
    add_user,
    held_platform,
    owner,
    play,
    run_of,
)
from tests.unit.conftest import Hold
from tests.watched_table import Operation, after_first, watched

KEY = Idempotency("key", "digest")
ONE = graph([node("a", "probe", value=1)])


def limited(platform: Platform, limit: int) -> Platform:
    return replace(platform, settings=Settings(most_running=str(limit)))


@pytest.fixture
def two(hold: Hold) -> Platform:
    """On which two executions of a user run at once."""
    return limited(hold(Probe().block), 2)


@pytest.fixture
def begin(two: Platform) -> Callable[..., Run]:
    """Starts another execution of one graph."""
    graph_id = graphs.create(USER, ONE, platform=two)["id"]

    def begin_on(platform: Platform = two) -> Run:
        return run_of(executions.start(USER, graph_id, {}, platform=platform), USER)

    return begin_on


Begin = Callable[..., Run]


def machines(platform: Platform) -> HeldMachines:
    assert isinstance(platform.machines, HeldMachines)
    return platform.machines


def place(run: Run, platform: Platform) -> Any:
    return executions.get(USER, run.execution_id, platform=platform)["queue_position"]


def running(platform: Platform) -> list[str]:
    """Whose machines were started, in that order."""
    return list(machines(platform).started)


def counts(platform: Platform, user_id: str = USER) -> tuple[int, int]:
    """How many run and how many wait."""
    item = counted(user_id, platform)
    return item["running"], item["waiting"]


class TestWaiting:
    def test_more_than_may_run_wait_queued_with_their_places(
        self, two: Platform, begin: Begin
    ) -> None:
        runs = [begin() for _ in range(4)]
        assert running(two) == [one.execution_id for one in runs[:2]]
        assert [place(one, two) for one in runs] == [None, None, 1, 2]
        told = [executions.get(USER, one.execution_id, platform=two) for one in runs]
        assert {one["status"] for one in told} == {"QUEUED"}

    def test_a_start_is_answered_with_its_place(self, two: Platform, begin: Begin) -> None:
        run = begin()
        views = [executions.start(USER, run.graph_id, {}, platform=two) for _ in range(3)]
        assert [(one["status"], one["queue_position"]) for one in views] == [
            ("QUEUED", None),
            ("QUEUED", 1),
            ("QUEUED", 2),
        ]

    def test_lists_tell_the_places(self, two: Platform, begin: Begin) -> None:
        for _ in range(4):
            begin()
        found = executions.listing(USER, status=Status.QUEUED, page=PageRequest(), platform=two)
        assert [one["queue_position"] for one in found["items"]] == [2, 1, None, None]

    def test_another_user_waits_for_nobody(self, two: Platform, begin: Begin) -> None:
        for _ in range(3):
            begin()
        graph_id = graphs.create(OTHER_USER, ONE, platform=two)["id"]
        view = executions.start(OTHER_USER, graph_id, {}, platform=two)
        assert view["queue_position"] is None
        assert view["id"] in running(two)

    def test_a_message_of_the_queue_waits_too(self, two: Platform, begin: Begin) -> None:
        run = begin()
        begin()
        add_user(two)
        trigger = triggers.create(owner(), run.graph_id, "queue", platform=two)
        message = triggers.Message(trigger["id"], trigger["token"], {}, "1")
        assert triggers.start_queued(message, platform=two)["queue_position"] == 1

    def test_the_same_start_sent_again_waits_once(self, two: Platform, begin: Begin) -> None:
        run = begin()
        begin()
        first, again = (
            executions.start(USER, run.graph_id, {}, idempotency=KEY, platform=two)
            for _ in range(2)
        )
        assert again == first
        assert counts(two) == (2, 1)
        assert first["id"] not in running(two)


class TestAdmission:
    def test_an_end_lets_the_first_that_waits_begin(self, two: Platform, begin: Begin) -> None:
        first, _, third, fourth = (begin() for _ in range(4))
        play(first, two)
        assert running(two)[2:] == [third.execution_id]
        assert (place(third, two), place(fourth, two)) == (None, 1)
        assert counts(two) == (2, 1)

    def test_a_failure_and_a_cancel_are_ends_too(self, hold: Hold) -> None:
        platform = limited(hold(Probe(NodeError("gone", "Gone.")).block), 1)
        graph_id = graphs.create(USER, ONE, platform=platform)["id"]
        runs = [
            run_of(executions.start(USER, graph_id, {}, platform=platform), USER) for _ in range(3)
        ]
        assert play(runs[0], platform)["status"] == "FAILED"
        cancelling.cancel(USER, runs[1].execution_id, platform=platform)
        assert running(platform) == [one.execution_id for one in runs]
        assert counts(platform) == (1, 0)

    def test_all_run_in_the_order_of_their_arrival(self, two: Platform, begin: Begin) -> None:
        runs = [begin() for _ in range(12)]
        for one in runs:
            assert play(one, two)["status"] == "COMPLETED"
        assert running(two) == [one.execution_id for one in runs]
        assert counts(two) == (0, 0)

    def test_a_new_one_does_not_overtake_those_that_wait(self, two: Platform, begin: Begin) -> None:
        first, _, third = (begin() for _ in range(3))
        self.vanish_after_the_end(first, two)
        assert counts(two) == (1, 1)
        late = begin()
        assert running(two)[2:] == [third.execution_id]
        assert place(late, two) == 1

    def vanish_after_the_end(self, run: Run, platform: Platform) -> None:
        """Its process admits nobody any more."""

        def vanish(_: Operation, given: Any) -> None:
            if given == keys.slots(USER):
                raise Vanished

        broken, _ = watched(platform, before=vanish)
        with pytest.raises(Vanished):
            play(run, broken)

    def test_who_ends_next_makes_up_for_a_process_that_vanished(
        self, two: Platform, begin: Begin
    ) -> None:
        first, second, third, fourth = (begin() for _ in range(4))
        self.vanish_after_the_end(first, two)
        play(second, two)
        assert running(two)[2:] == [third.execution_id, fourth.execution_id]

    def test_one_whose_machine_was_not_started_is_launched_later(
        self, two: Platform, begin: Begin
    ) -> None:
        first, _, third = (begin() for _ in range(3))
        machines(two).down = True
        assert play(first, two)["status"] == "COMPLETED"
        assert place(third, two) is None
        assert counts(two) == (2, 0)
        machines(two).down = False
        launching.launch(third, platform=two)
        assert running(two)[2:] == [third.execution_id]

    def test_the_same_start_sent_again_launches_one_that_was_let_in(
        self, two: Platform, begin: Begin
    ) -> None:
        first, _ = begin(), begin()
        view = executions.start(USER, first.graph_id, {}, idempotency=KEY, platform=two)
        machines(two).down = True
        play(first, two)
        machines(two).down = False
        assert executions.start(USER, first.graph_id, {}, idempotency=KEY, platform=two) == view
        assert running(two)[2:] == [view["id"]]

    def test_one_that_waits_is_not_launched(self, two: Platform, begin: Begin) -> None:
        *_, third = (begin() for _ in range(3))
        launching.launch(third, platform=two)
        assert third.execution_id not in running(two)

    def test_a_table_that_does_not_answer_keeps_no_execution_from_its_end(
        self, two: Platform, begin: Begin
    ) -> None:
        first, _, third = (begin() for _ in range(3))

        def refuse(_: Operation, given: Any) -> None:
            if given == keys.slots(USER):
                raise Unavailable

        poor, _ = watched(two, before=refuse)
        assert play(first, poor)["status"] == "COMPLETED"
        slots.admit(USER, platform=two)
        assert running(two)[2:] == [third.execution_id]


class Vanished(BaseException):
    pass


class TestCancel:
    def test_one_that_waits_leaves_the_queue(self, two: Platform, begin: Begin) -> None:
        *_, third, fourth = (begin() for _ in range(4))
        told = cancelling.cancel(USER, third.execution_id, platform=two)
        assert (told["status"], told["queue_position"]) == ("CANCELLED", None)
        assert place(fourth, two) == 1
        assert counts(two) == (2, 1)
        assert machines(two).stopped == set()

    def test_one_that_is_let_in_meanwhile_gives_its_slot_back(
        self, two: Platform, begin: Begin
    ) -> None:
        first, _, third = (begin() for _ in range(3))
        meanwhile, _ = watched(two, after=after_first("write", lambda: play(first, two)))
        assert cancelling.cancel(USER, third.execution_id, platform=meanwhile)
        assert counts(two) == (1, 0)
        assert third.execution_id not in running(two)

    def test_cancel_and_admission_at_once_leave_no_slot_behind(self, tmp_path: Path) -> None:
        platform = limited(held_platform(tmp_path, SystemClock(), Probe().block), 1)
        graph_id = graphs.create(USER, ONE, platform=platform)["id"]
        for _ in range(20):
            first, second, third = (
                run_of(executions.start(USER, graph_id, {}, platform=platform), USER)
                for _ in range(3)
            )
            acts: list[Callable[[], object]] = [
                lambda one=first: play(one, platform),  # type: ignore[misc]
                lambda one=second: cancelling.cancel(  # type: ignore[misc]
                    USER, one.execution_id, platform=platform
                ),
            ]
            at_once(2, lambda number, acts=acts: acts[number]())  # type: ignore[misc]
            assert counts(platform) == (1, 0)
            assert running(platform)[-1] == third.execution_id
            play(third, platform)
            assert counts(platform) == (0, 0)


class TestLimit:
    def test_a_limit_that_was_lowered_holds_for_those_to_come(
        self, two: Platform, begin: Begin
    ) -> None:
        first, second, third = (begin() for _ in range(3))
        one = limited(two, 1)
        play(first, one)
        assert counts(one) == (1, 1)
        play(second, one)
        assert running(one)[2:] == [third.execution_id]

    def test_a_limit_that_was_raised_lets_in_as_many_as_there_is_room_for(
        self, two: Platform, begin: Begin
    ) -> None:
        first, *_ = (begin() for _ in range(6))
        four = limited(two, 4)
        play(first, four)
        assert counts(four) == (4, 1)

    def test_a_start_under_a_raised_limit_lets_those_begin_that_came_before(
        self, two: Platform, begin: Begin
    ) -> None:
        runs = [begin() for _ in range(4)]
        runs.append(begin(limited(two, 10)))
        assert running(two) == [one.execution_id for one in runs]
        assert counts(two) == (5, 0)

    @pytest.mark.parametrize(
        "limit", ["0", "-1", "many", "", "1\n", "1_0", "٣", "1" * 13, "1" * 5000]
    )
    def test_a_limit_is_a_whole_number_of_one_or_more(self, limit: str) -> None:
        with pytest.raises(ValueError, match="STRATA_MOST_RUNNING"):
            Settings(most_running=limit)


class TestAtOnce:
    def test_of_fifty_starts_at_once_ten_run_and_all_end(self, tmp_path: Path) -> None:
        platform = held_platform(tmp_path, SystemClock(), Probe().block)
        graph_id = graphs.create(USER, ONE, platform=platform)["id"]
        views = at_once(50, lambda _: executions.start(USER, graph_id, {}, platform=platform))
        waiting = [one["id"] for one in views if one["queue_position"]]
        assert (len(running(platform)), len(waiting)) == (10, 40)
        shown = [executions.get(USER, one, platform=platform) for one in sorted(waiting)]
        assert [one["queue_position"] for one in shown] == list(range(1, 41))
        self.run_all(platform)
        assert counts(platform) == (0, 0)
        [one] = graphs.listing(USER, page=PageRequest(), platform=platform)["items"]
        assert one["stats"]["execution_count"] == 50
        assert one["stats"]["success_rate"] == 1

    def run_all(self, platform: Platform) -> None:
        """Five at a time, as their machines begin."""
        ended: set[str] = set()
        while waiting := [one for one in running(platform) if one not in ended]:
            batch = [Run(**machines(platform).started[one]) for one in waiting[:5]]
            at_once(len(batch), lambda number, batch=batch: play(batch[number], platform))  # type: ignore[misc]
            ended |= {one.execution_id for one in batch}
            assert counts(platform)[0] <= 10
        assert len(ended) == 50

    def test_cancels_of_all_at_once_leave_nothing_behind(self, two: Platform, begin: Begin) -> None:
        runs = [begin() for _ in range(12)]

        def cancel(number: int) -> str:
            told = cancelling.cancel(USER, runs[number].execution_id, platform=two)
            return str(told["status"])

        assert set(at_once(12, cancel)) == {"CANCELLED"}
        assert counts(two) == (0, 0)
