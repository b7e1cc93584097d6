"""Threads and timers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from strata.clock import Clock, SystemClock
from strata.local.scheduler import Scheduler, Work
from tests.held_clock import HeldClock

Make = Callable[..., Scheduler]


@pytest.fixture
def make() -> Iterator[Make]:
    with ExitStack() as made:

        def making(clock: Clock, workers: int = 4) -> Scheduler:
            scheduler = Scheduler(clock, workers)
            made.callback(scheduler.close)
            return scheduler

        yield making


class Seen:
    """Counts down what is waited for."""

    def __init__(self, count: int) -> None:
        self._left = threading.Semaphore(0)
        self._count = count
        self.names: list[str] = []

    def work(self, name: str = "", then: Work | None = None) -> Work:
        def done() -> Work | None:
            self.names.append(name)
            self._left.release()
            return then

        return done

    def wait(self) -> list[str]:
        for _ in range(self._count):
            assert self._left.acquire(timeout=20)
        return self.names


def test_work_is_done_in_its_order_by_one_thread(make: Make) -> None:
    seen = Seen(3)
    make(SystemClock(), 1).submit(seen.work("a", seen.work("c")), seen.work("b"))
    # What work returns waits its turn behind what waits already.
    assert seen.wait() == ["a", "b", "c"]


def test_more_threads_than_allowed_are_never_busy(make: Make) -> None:
    busy, most, guard = 0, 0, threading.Lock()
    seen = Seen(50)

    def work() -> Work:
        nonlocal busy, most
        with guard:
            busy += 1
            most = max(most, busy)
        with guard:
            busy -= 1
        return seen.work()

    make(SystemClock(), 3).submit(*[work] * 50)
    seen.wait()
    assert most <= 3


def test_work_that_fails_is_told_and_the_thread_lives(make: Make) -> None:
    scheduler, seen, told = make(SystemClock(), 1), Seen(1), list[Exception]()
    scheduler.on_error = told.append

    def fail() -> None:
        raise ZeroDivisionError

    scheduler.submit(fail, seen.work("after"))
    assert seen.wait() == ["after"]
    assert [type(error) for error in told] == [ZeroDivisionError]


def test_timers_come_in_the_order_of_their_times(make: Make, clock: HeldClock) -> None:
    seen = Seen(3)
    scheduler = make(clock, 1)

    def set_timers() -> None:
        scheduler.after(30, seen.work("late"))
        scheduler.after(10, seen.work("soon"))
        scheduler.after(20, seen.work("next"))

    scheduler.submit(set_timers)
    assert seen.wait() == ["soon", "next", "late"]
    assert clock.waits == pytest.approx([10, 10, 10])


def test_an_earlier_timer_cuts_a_real_wait_short(make: Make) -> None:
    seen = Seen(1)
    scheduler = make(SystemClock())
    scheduler.after(3600, seen.work("late"))
    scheduler.after(0.001, seen.work("soon"))
    assert seen.wait() == ["soon"]


def test_a_held_clock_moves_on_only_when_nothing_runs(make: Make, clock: HeldClock) -> None:
    seen, go = Seen(2), threading.Event()
    scheduler = make(clock)

    def work() -> Work:
        scheduler.after(10, seen.work("timer"))
        assert go.wait(20)
        return seen.work("work")

    scheduler.submit(work)
    go.set()
    assert seen.wait() == ["work", "timer"]


def test_a_clock_that_the_test_moves_is_looked_at_on_waking(make: Make, clock: HeldClock) -> None:
    seen, go, running = Seen(1), threading.Event(), threading.Event()
    scheduler = make(clock)

    def work() -> None:
        running.set()
        assert go.wait(20)

    scheduler.submit(work)
    assert running.wait(20)
    scheduler.after(10, seen.work("timer"))
    clock.sleep(11)
    scheduler.wake()
    assert seen.wait() == ["timer"]
    go.set()


def test_a_timer_comes_even_where_every_thread_hangs(make: Make) -> None:
    scheduler, seen, go = make(SystemClock(), 1), Seen(1), threading.Event()

    def hang() -> None:
        go.wait(20)

    scheduler.submit(hang)
    scheduler.after(0.001, seen.work("timer"))
    assert seen.wait() == ["timer"]
    go.set()


def test_a_cancelled_timer_does_nothing(make: Make, clock: HeldClock) -> None:
    seen = Seen(1)
    scheduler = make(clock, 1)

    def set_timers() -> None:
        cancelled = scheduler.after(10, seen.work("cancelled"))
        scheduler.after(20, seen.work("kept"))
        scheduler.cancel(cancelled)

    scheduler.submit(set_timers)
    assert seen.wait() == ["kept"]


def test_cancelled_timers_do_not_pile_up(make: Make) -> None:
    scheduler = make(SystemClock())
    kept = scheduler.after(3600, lambda: None)
    for _ in range(10_000):
        scheduler.cancel(scheduler.after(3600, lambda: None))
    assert kept in scheduler._timers
    assert len(scheduler._timers) < 3_000


def test_a_thread_that_was_given_up_on_is_replaced(make: Make) -> None:
    scheduler, seen, go = make(SystemClock(), 1), Seen(1), threading.Event()

    def hang() -> Work:
        go.wait(20)
        scheduler.regain()
        return seen.work("hung")

    scheduler.submit(hang)
    scheduler.submit(seen.work("other"))
    scheduler.give_up()
    assert seen.wait() == ["other"]
    go.set()
    assert seen.wait() == ["other", "hung"]


def test_the_held_clock_does_not_wait_for_a_thread_that_was_given_up_on(
    make: Make, clock: HeldClock
) -> None:
    scheduler, seen, go = make(clock, 1), Seen(1), threading.Event()

    def hang() -> None:
        scheduler.give_up()
        go.wait(20)
        scheduler.regain()

    scheduler.submit(hang)
    scheduler.after(10, seen.work("timer"))
    assert seen.wait() == ["timer"]
    go.set()


def test_nothing_is_begun_after_the_close(make: Make) -> None:
    scheduler, seen, go = make(SystemClock(), 1), Seen(1), threading.Event()
    running = threading.Event()

    def work() -> Work:
        running.set()
        assert go.wait(20)
        return seen.work("the rest of it")

    scheduler.submit(work, seen.work("waiting"))
    assert running.wait(20)
    closing = threading.Thread(target=scheduler.close)
    closing.start()
    while not scheduler._closed:
        closing.join(0.01)
    scheduler.submit(seen.work("late"))
    go.set()
    closing.join()
    assert seen.names == []


def test_the_close_does_not_wait_for_ever(make: Make) -> None:
    scheduler, go, running = make(SystemClock(), 1), threading.Event(), threading.Event()

    def work() -> None:
        running.set()
        go.wait(20)

    scheduler.submit(work)
    assert running.wait(20)
    scheduler.close(grace_seconds=0.01)
    go.set()
