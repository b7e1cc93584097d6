"""Threads that work, and one that minds the time.

Waiting goes by the clock. On the machine's own clock a wait can be cut short by an earlier one; any
other clock is moved on by `sleep` once all that can happen now has happened, so that a test with a
clock of its own never waits, and sees the same order of events every time.
"""

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count

from strata.clock import Clock, SystemClock

Work = Callable[[], "Work | None"]
"""Something to do; what it returns is done next, by the same thread if nothing else waits."""

WORKERS = 16
GRACE_SECONDS = 10.0
_REAL = SystemClock()
_CANCELLED_KEPT = 1_000
_TICK_SECONDS = 1e-6
"""A clock may count in microseconds: less than one is no time to wait for."""


def _ignore(_: Exception) -> None:
    """Until somebody wants to know."""


class Timer:
    """Work for later."""

    __slots__ = ("due", "order", "work")

    def __init__(self, due: float, order: int, work: Work) -> None:
        self.due = due
        self.order = order
        self.work: Work | None = work

    def __lt__(self, other: "Timer") -> bool:
        return (self.due, self.order) < (other.due, other.order)


class Scheduler:
    """Starts threads as there is work for them, at most `workers` besides those given up on."""

    def __init__(self, clock: Clock, workers: int = WORKERS) -> None:
        self.on_error: Callable[[Exception], None] = _ignore
        self._clock = clock
        self._real = type(clock) is SystemClock
        self._workers = workers
        self._given_up = 0
        self._lock = threading.Lock()
        self._work_came = threading.Condition(self._lock)
        self._time_changed = threading.Condition(self._lock)
        self._ready: deque[Work] = deque()
        self._timers: list[Timer] = []
        self._cancelled = 0
        self._order = count()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._closed = False
        self._timer_thread = threading.Thread(
            target=self._mind_time, name="strata-timer", daemon=True
        )
        self._timer_thread.start()

    def submit(self, *works: Work) -> None:
        """Does each of them soon; after `close`, never."""
        with self._lock:
            self._add(works)

    def after(self, seconds: float, work: Work) -> Timer:
        """The work must be short, for other timers wait for it; what it returns need not be."""
        timer = Timer(self._clock.monotonic() + seconds, next(self._order), work)
        with self._lock:
            heapq.heappush(self._timers, timer)
            if self._timers[0] is timer:
                self._time_changed.notify()
        return timer

    def cancel(self, timer: Timer) -> None:
        """What was cancelled is forgotten when its time comes, or once it is the greater part."""
        with self._lock:
            if timer.work is None:
                return
            timer.work = None
            self._cancelled += 1
            if self._cancelled > _CANCELLED_KEPT and self._cancelled > len(self._timers) // 2:
                self._timers = [one for one in self._timers if one.work]
                heapq.heapify(self._timers)
                self._cancelled = 0

    def wake(self) -> None:
        """Looks at the clock again: for a test that has moved it on."""
        with self._lock:
            self._time_changed.notify()

    def give_up(self) -> None:
        """Somebody's work takes too long and nobody waits for it; its thread is replaced."""
        with self._lock:
            self._given_up += 1
            self._add(())
            self._time_changed.notify()

    def regain(self) -> None:
        """Work that was given up on has ended after all."""
        with self._lock:
            self._given_up -= 1

    def close(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Takes nothing more, forgets what waits, and lets what runs come to its end; after the
        grace it goes on without."""
        with self._lock:
            self._closed = True
            self._ready.clear()
            self._timers.clear()
            self._work_came.notify_all()
            self._time_changed.notify()
            threads = [self._timer_thread, *self._threads]
        end = _REAL.monotonic() + grace_seconds
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, end - _REAL.monotonic()))

    def _add(self, works: Iterable[Work]) -> None:
        if self._closed:
            return
        self._ready.extend(works)
        if self._idle:
            self._work_came.notify(len(self._ready))
        missing = len(self._ready) - self._idle
        for _ in range(min(missing, self._limit - len(self._threads))):
            thread = threading.Thread(target=self._work, name="strata-worker", daemon=True)
            self._threads.add(thread)
            thread.start()

    @property
    def _limit(self) -> int:
        return self._workers + self._given_up

    def _work(self) -> None:
        work = self._next()
        while work is not None:
            work = self._next(self._done(work))

    def _done(self, work: Work) -> Work | None:
        try:
            return work()
        except Exception as error:
            # A thread lives on, whatever its work does; what failed is found again after a start.
            self.on_error(error)
            return None

    def _next(self, following: Work | None = None) -> Work | None:
        """The work for a thread that is free, None to end it."""
        with self._lock:
            if following is not None:
                self._ready.append(following)
            while not self._ready and not self._leaves():
                self._rest()
            if self._leaves():
                self._threads.discard(threading.current_thread())
                # What waits here is another thread's to do now.
                self._work_came.notify(len(self._ready))
                return None
            return self._ready.popleft()

    def _leaves(self) -> bool:
        return self._closed or len(self._threads) > self._limit

    def _rest(self) -> None:
        self._idle += 1
        if self._nothing_runs():
            self._time_changed.notify()
        self._work_came.wait()
        self._idle -= 1

    def _nothing_runs(self) -> bool:
        return not self._ready and self._idle + self._given_up >= len(self._threads)

    def _mind_time(self) -> None:
        while True:
            with self._lock:
                work = self._due()
            if work is None:
                return
            # Not left to the others, who may all hang: a timer is what gives up on them.
            following = self._done(work)
            if following is not None:
                self.submit(following)

    def _due(self) -> Work | None:
        """Waits for the next timer; None to end."""
        while not self._closed:
            self._forget_cancelled()
            delay = self._timers[0].due - self._clock.monotonic() if self._timers else None
            if delay is not None and delay < _TICK_SECONDS:
                timer = heapq.heappop(self._timers)
                work, timer.work = timer.work, None
                return work
            self._pause(delay)
        return None

    def _forget_cancelled(self) -> None:
        while self._timers and self._timers[0].work is None:
            heapq.heappop(self._timers)
            self._cancelled -= 1

    def _pause(self, delay: float | None) -> None:
        if self._real or delay is None:
            self._time_changed.wait(delay)
        elif self._nothing_runs():
            self._clock.sleep(delay)
        else:
            self._time_changed.wait()
