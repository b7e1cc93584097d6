"""One execution of a machine, interpreted state by state.

No state costs a thread or a stack frame: what is to happen next lies on a list, and a Task holds a
thread only while its function runs. All but the functions happens under the execution's lock, in
steps of microseconds.

    execution  states are entered and left, the execution ends
    attempts   a state does what it is for, perhaps once more
    call       a Task calls its function, and may wait for an answer from outside (tokens)
    nested     a Task runs another machine
    forks      branches of a Parallel, and of a Map within the execution
    map_run    a Map whose items are executions of their own
    waiting    a Wait
    recovery   a failure is retried, caught, or handed to the state around
"""

import threading
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

from strata.local.arns import Ids
from strata.local.attempts import attempt
from strata.local.branch import NOTHING, Branch
from strata.local.context import Surroundings
from strata.local.dataflow import hand_on
from strata.local.failures import StateFailed
from strata.local.forks import give_back
from strata.local.history import EXPRESS_EVENTS, History, event_type
from strata.local.host import ABORTED, TIMED_OUT, Host, Outcome
from strata.local.nested import halt
from strata.local.recovery import recover
from strata.local.scheduler import Timer, Work
from strata.local.states import Flow, Machine, State

Step = Callable[[], None]

STEPS_AT_ONCE = 1_000
"""Then others may have the lock: who stops the execution, or wants to know that its time is up."""

_ENDS = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


Ended = Callable[["Execution", Outcome], Work | None]
"""Told once how an execution ended, unless it was stopped; outside of the execution's lock."""


class Execution:
    """Submit `begin` to the scheduler; `outcome` is set when it has ended."""

    def __init__(self, ids: Ids, machine: Machine, given: Any, host: Host, ended: Ended) -> None:
        self.ids = ids
        self.given = given
        self.host = host
        self.history = History(EXPRESS_EVENTS if machine.express else host.max_events)
        self.outcome: Outcome | None = None
        self.started_at = host.clock.now()
        self.lock = threading.Lock()
        self.ended = ended
        self._machine = machine
        self._root = Branch(machine)
        self._steps: list[tuple[Branch, int, Step]] = []
        self._works: list[Work] = []
        self._orphans: list[Execution] = []
        self._deadline = inf
        self._timer: Timer | None = None

    def begin(self) -> Work | None:
        with self.lock:
            if self.outcome is not None:
                return None
            self.history.add("ExecutionStarted")
            seconds = self._machine.timeout_seconds
            self._deadline = self.host.clock.monotonic() + seconds
            self._timer = self.host.scheduler.after(seconds, self._time_out)
            self.enter_next(self._root, self._machine.start_at, self.given)
            return self.go_on()

    def resume(self, branch: Branch, ticket: int, step: Step) -> Work | None:
        """Does the step, unless nobody waits any more for what was begun with that ticket."""
        with self.lock:
            if self.is_stale(branch, ticket):
                return None
            self.later(branch, step)
            return self.go_on()

    def proceed(self) -> Work | None:
        """Does what was left to do `later`."""
        with self.lock:
            return None if self.outcome is not None else self.go_on()

    def stop(self) -> "list[Execution] | None":
        """Ends it, for others know already how; the executions that it had started and that nobody
        waits for any more. None if it had ended before."""
        with self.lock:
            if self.outcome is not None:
                return None
            self._end(ABORTED)
            return self._left_behind()

    def nest(self, ids: Ids, machine: Machine, given: Any, ended: "Ended") -> "Execution":
        """An execution within this one; not yet begun."""
        return Execution(ids, machine, given, self.host, ended)

    # For the parts of an execution; each under the lock.

    def later(self, branch: Branch, step: Step) -> None:
        """Has the step done by `go_on`, unless the branch has moved on by then."""
        self._steps.append((branch, branch.ticket, step))

    def after(self, branch: Branch, seconds: float, step: Step) -> None:
        """Has the step done in so many seconds, unless the branch has moved on by then."""
        work = partial(self.resume, branch, branch.ticket, step)
        branch.timer = self.host.scheduler.after(seconds, work)

    def submit(self, work: Work) -> None:
        """Has that done outside of the lock, by whichever thread."""
        self._works.append(work)

    def enter_next(self, branch: Branch, state: str, data: Any) -> None:
        self.later(branch, partial(self._enter, branch, branch.region.states[state], data))

    def go_on(self) -> Work | None:
        """Does all that needs no waiting; returns what the calling thread is to do next."""
        left = STEPS_AT_ONCE
        while self._steps and self.outcome is None and left:
            left -= 1
            branch, ticket, step = self._steps.pop()
            if branch.ticket == ticket:
                self._do(branch, step)
        if self._steps and self.outcome is None:
            self._works.append(self.proceed)
        works, self._works = self._works, []
        if self._orphans:
            works.append(partial(halt, self._left_behind()))
        if self.outcome is not None:
            works.append(partial(self.ended, self, self.outcome))
        if len(works) == 1:
            return works[0]
        self.host.scheduler.submit(*works)
        return None

    def is_stale(self, branch: Branch, ticket: int) -> bool:
        """Whether nobody waits any more for what was begun with that ticket."""
        return branch.ticket != ticket or self.outcome is not None

    def drop(self, branch: Branch) -> None:
        """The branch waits for nothing any more."""
        branch.ticket += 1
        if branch.timer is not None:
            self.host.scheduler.cancel(branch.timer)
            branch.timer = None
        if branch.token:
            self.host.tokens.take_back(branch.token)
            branch.token = ""
        if branch.nested:
            self._orphans += branch.nested
            branch.nested = NOTHING

    def record(self, state: Flow, what: str) -> None:
        self.history.add(event_type(state.kind, what), state.name)

    def fail(self, branch: Branch, error: StateFailed) -> None:
        """The branch's state has failed."""
        try:
            recover(self, branch, error)
        except StateFailed as last:
            self._end(Outcome("FAILED", failure=last))

    def leave(self, branch: Branch, result: Any, following: str | None = None) -> None:
        """The state has its result; what follows gets its output."""
        state = branch.state
        output = hand_on(branch, result, Surroundings(self, branch))
        self.record(state, "Exited")
        following = following or state.next
        if following is not None:
            self.enter_next(branch, following, output)
        elif branch.parent is None:
            self._end(Outcome("SUCCEEDED", output))
        else:
            give_back(self, branch, output)

    def check_deadline(self, now: float) -> None:
        """Ends the execution if its time is up."""
        if now >= self._deadline:
            self._end(TIMED_OUT)

    def _do(self, branch: Branch, step: Step) -> None:
        try:
            step()
        except StateFailed as error:
            self.fail(branch, error)
        except Exception as error:
            # A fault of the engine itself must not leave an execution running for ever.
            self.fail(branch, StateFailed("States.Runtime", repr(error)))

    def _enter(self, branch: Branch, state: State, data: Any) -> None:
        branch.enter(state, data, self.host.clock.now())
        self.record(state, "Entered")
        attempt(self, branch)

    def _time_out(self) -> Work | None:
        with self.lock:
            if self.outcome is not None:
                return None
            self._end(TIMED_OUT)
            return self.go_on()

    def _left_behind(self) -> "list[Execution]":
        orphans, self._orphans = self._orphans, []
        return orphans

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.history.end(_ENDS[outcome.status])
        for branch in (*self._root.running(), self._root):
            self.drop(branch)
        if self._timer is not None:
            self.host.scheduler.cancel(self._timer)
        # Whoever still asks for the history keeps no data of the run alive.
        self._root, self._steps, self._works = Branch(self._machine), [], []
