"""One execution of a machine, interpreted state by state.

No state costs a thread or a stack frame: what is to happen next lies on a list, and a Task holds a
thread only while its function runs. All but the functions happens under the execution's lock, in
steps of microseconds.

    execution  states are entered and left, branches fork and join, the execution ends
    call       a Task calls its function
    recovery   a failure is retried, caught, or handed to the state around
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any, NamedTuple

from strata.clock import Clock, timestamp
from strata.local.arns import Ids
from strata.local.branch import Branch
from strata.local.call import Call
from strata.local.dataflow import failure_of, hand_on, result_of, take
from strata.local.failures import StateFailed, checked
from strata.local.history import UNBOUNDED, History
from strata.local.recovery import recover
from strata.local.scheduler import Scheduler, Timer, Work
from strata.local.states import Fail, Flow, Machine, Parallel, State, Task
from strata.local.tokens import Tokens
from strata.ports import MachineStatus

Step = Callable[[], None]

_ENDS = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


class Outcome(NamedTuple):
    status: MachineStatus
    output: Any = None
    failure: StateFailed | None = None


ABORTED = Outcome("ABORTED")
_TIMED_OUT = Outcome("TIMED_OUT", failure=StateFailed("States.Timeout"))


@dataclass(frozen=True, slots=True)
class Host:
    """What an execution needs of its engine."""

    clock: Clock
    scheduler: Scheduler
    call: Callable[[str, str], str]
    """Calls a function by name with an event, both as JSON text. Raises StateFailed."""
    tokens: Tokens
    max_events: int


Ended = Callable[["Execution", Outcome], Work | None]
"""Told once how an execution ended, unless it was stopped; outside of the execution's lock."""


class Execution:
    """Submit `begin` to the scheduler; `outcome` is set when it has ended."""

    def __init__(
        self, ids: Ids, machine: Machine, given: Mapping[str, Any], host: Host, ended: Ended
    ) -> None:
        self.ids = ids
        self.host = host
        # AWS does not bound the history of an Express machine's execution.
        self.history = History(UNBOUNDED if machine.express else host.max_events)
        self.outcome: Outcome | None = None
        self.lock = threading.Lock()
        self._ended = ended
        self._machine = machine
        self._given = given
        self._started_at = host.clock.now()
        self._root = Branch(machine)
        self._steps: list[tuple[Branch, int, Step]] = []
        self._calls: list[Work] = []
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
            self.enter_next(self._root, self._machine.start_at, self._given)
            return self.go_on()

    def proceed(self) -> Work | None:
        """Does what was left to do `later`."""
        with self.lock:
            return None if self.outcome is not None else self.go_on()

    def stop(self) -> bool:
        """Whether this has ended it."""
        with self.lock:
            if self.outcome is not None:
                return False
            self._end(ABORTED)
            return True

    # For call and recovery, too; each under the lock.

    def drop(self, branch: Branch) -> None:
        """The branch waits for nothing any more."""
        branch.ticket += 1
        if branch.timer is not None:
            self.host.scheduler.cancel(branch.timer)
            branch.timer = None
        if branch.token:
            self.host.tokens.take_back(branch.token)
            branch.token = ""

    def later(self, branch: Branch, step: Step) -> None:
        """Has the step done by `go_on`, unless the branch has moved on by then."""
        self._steps.append((branch, branch.ticket, step))

    def enter_next(self, branch: Branch, state: str, data: Any) -> None:
        self.later(branch, partial(self._enter, branch, branch.region.states[state], data))

    def go_on(self) -> Work | None:
        """Does all that needs no waiting; returns what the calling thread is to do next."""
        while self._steps and self.outcome is None:
            branch, ticket, step = self._steps.pop()
            if branch.ticket == ticket:
                self._do(branch, step)
        if self.outcome is not None:
            return partial(self._ended, self, self.outcome)
        calls, self._calls = self._calls, []
        if len(calls) == 1:
            return calls[0]
        self.host.scheduler.submit(*calls)
        return None

    def is_stale(self, branch: Branch, ticket: int) -> bool:
        """Whether nobody waits any more for what was begun with that ticket."""
        return branch.ticket != ticket or self.outcome is not None

    def record(self, state: Flow, what: str) -> None:
        self.history.add(f"{type(state).__name__}State{what}", state.name)

    def fail(self, branch: Branch, error: StateFailed) -> None:
        """The branch's state has failed."""
        try:
            recover(self, branch, error)
        except StateFailed as last:
            self._end(Outcome("FAILED", failure=last))

    def work(self, branch: Branch) -> None:
        """The branch's state does what it is for."""
        state, context = branch.state, partial(self._context, branch)
        if isinstance(state, Task):
            self._calls.append(Call(self, branch, state).perform)
        elif isinstance(state, Parallel):
            self._fork(branch, state)
        elif isinstance(state, Fail):
            raise failure_of(state, branch.raw, context)
        else:
            self.leave(branch, result_of(state, branch.given, context))

    def leave(self, branch: Branch, result: Any) -> None:
        """The state has its result; what follows gets its output."""
        state = branch.state
        output = hand_on(branch, result, partial(self._context, branch))
        self.record(state, "Exited")
        if state.next is not None:
            self.enter_next(branch, state.next, output)
        elif branch.parent is None:
            self._end(Outcome("SUCCEEDED", output))
        elif branch.finish(output):
            self.later(branch.parent, partial(self._join, branch.parent))

    def check_deadline(self, now: float) -> None:
        """Ends the execution if its time is up."""
        if now >= self._deadline:
            self._end(_TIMED_OUT)

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
        branch.given = take(branch, partial(self._context, branch))
        self.work(branch)

    def _fork(self, branch: Branch, state: Parallel) -> None:
        self.history.add("ParallelStateStarted", state.name)
        branch.fork(state.branches)
        for child in reversed(branch.children):
            self.enter_next(child, child.region.start_at, branch.given)

    def _join(self, branch: Branch) -> None:
        results = checked(branch.join(), branch.state.name)
        self.history.add("ParallelStateSucceeded", branch.state.name)
        self.leave(branch, results)

    def _time_out(self) -> Work | None:
        with self.lock:
            if self.outcome is not None:
                return None
            self._end(_TIMED_OUT)
            return self.go_on()

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.history.end(_ENDS[outcome.status])
        for branch in (*self._root.running(), self._root):
            self.drop(branch)
        if self._timer is not None:
            self.host.scheduler.cancel(self._timer)
        # Whoever still asks for the history keeps no data of the run alive.
        self._root, self._steps, self._calls = Branch(self._machine), [], []

    def _context(self, branch: Branch) -> Mapping[str, Any]:
        """The context object, `$$`."""
        return {
            "Execution": {
                "Id": self.ids.arn,
                "Input": self._given,
                "Name": self.ids.name,
                "RoleArn": "arn:aws:iam::000000000000:role/local",
                "StartTime": timestamp(self._started_at),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": self.ids.machine_arn, "Name": self.ids.machine},
            "State": {
                "Name": branch.state.name,
                "EnteredTime": timestamp(branch.entered_at or self._started_at),
                "RetryCount": branch.retries,
            },
        }
