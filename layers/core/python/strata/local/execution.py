"""One execution of a machine, interpreted state by state.

No state costs a thread or a stack frame: what is to happen next lies on a list, and a Task holds a
thread only while its function runs. All but the functions happens under the execution's lock, in
steps of microseconds.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from strata.clock import Clock, timestamp
from strata.local.arns import Ids, function_name
from strata.local.branch import Branch
from strata.local.dataflow import failure_of, hand_on, result_of, take
from strata.local.failures import StateFailed, check_size, checked, matches, to_text
from strata.local.history import History
from strata.local.scheduler import Scheduler, Timer, Work
from strata.local.states import Fail, Failing, Flow, Machine, Parallel, State, Task

Step = Callable[[], None]

_ENDED = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
}


@dataclass(frozen=True, slots=True)
class Host:
    """What an execution needs of its engine."""

    clock: Clock
    scheduler: Scheduler
    call: Callable[[str, str], str]
    """Calls a function by name with an event, both as JSON text. Raises StateFailed."""
    ended: Callable[["Execution", "Outcome"], Work | None]
    """Told once, outside of the execution's lock."""
    max_events: int


class Outcome(NamedTuple):
    """`status` is SUCCEEDED, FAILED or TIMED_OUT."""

    status: str
    output: Any = None
    failure: StateFailed | None = None


@dataclass(slots=True)
class _Call:
    """One call of a function, by a state that may not wait for it for ever."""

    text: str
    deadline: float = 0
    is_given_up: bool = False


class Execution:
    """Submit `begin` to the scheduler; `outcome` is set when it has ended."""

    def __init__(self, ids: Ids, machine: Machine, given: Mapping[str, Any], host: Host) -> None:
        self.ids = ids
        self.given = given
        self.started_at = host.clock.now()
        self.history = History(host.max_events)
        self.outcome: Outcome | None = None
        self._machine = machine
        self._host = host
        self._clock = host.clock
        self._scheduler = host.scheduler
        self._lock = threading.Lock()
        self._root = Branch(machine)
        self._steps: list[tuple[Branch, int, Step]] = []
        self._calls: list[Work] = []
        self._deadline: float | None = None
        self._timer: Timer | None = None

    def begin(self) -> Work | None:
        with self._lock:
            self.history.add("ExecutionStarted")
            seconds = self._machine.timeout_seconds
            if seconds is not None:
                self._deadline = self._clock.monotonic() + seconds
                self._timer = self._scheduler.after(seconds, self._time_out)
            self._enter_next(self._root, self._machine.start_at, self.given)
            return self._go_on()

    def _later(self, branch: Branch, step: Step) -> None:
        self._steps.append((branch, branch.ticket, step))

    def _enter_next(self, branch: Branch, state: str, data: Any) -> None:
        self._later(branch, partial(self._enter, branch, branch.region.states[state], data))

    def _go_on(self) -> Work | None:
        """Does all that needs no waiting; returns what the calling thread is to do next."""
        while self._steps and self.outcome is None:
            branch, ticket, step = self._steps.pop()
            if branch.ticket != ticket:
                continue
            try:
                step()
            except StateFailed as error:
                self._fail(branch, error)
            except Exception as error:
                # A fault of the engine must not leave an execution running for ever.
                self._fail(branch, StateFailed("States.Runtime", repr(error)))
        if self.outcome is not None:
            return partial(self._host.ended, self, self.outcome)
        calls, self._calls = self._calls, []
        if len(calls) > 1:
            self._scheduler.submit(*calls[1:])
        return calls[0] if calls else None

    def _is_stale(self, branch: Branch, ticket: int) -> bool:
        return branch.ticket != ticket or self.outcome is not None

    # The way of a state: enter, work, leave.

    def _enter(self, branch: Branch, state: State, data: Any) -> None:
        branch.enter(state, data, self._clock.now())
        self._record(state, "Entered")
        branch.given = take(branch, partial(self._context, branch))
        self._work(branch)

    def _work(self, branch: Branch) -> None:
        state, context = branch.state, partial(self._context, branch)
        if isinstance(state, Task):
            self._schedule(branch, state)
        elif isinstance(state, Parallel):
            self._fork(branch, state)
        elif isinstance(state, Fail):
            raise failure_of(state, branch.raw, context)
        else:
            self._leave(branch, result_of(state, branch.given, context))

    def _leave(self, branch: Branch, result: Any) -> None:
        """The state has its result; what follows gets its output."""
        state = branch.state
        output = hand_on(branch, result, partial(self._context, branch))
        self._record(state, "Exited")
        if state.next is not None:
            self._enter_next(branch, state.next, output)
        elif branch.parent is None:
            self._end(Outcome("SUCCEEDED", output))
        elif branch.finish(output):
            self._later(branch.parent, partial(self._join, branch.parent))

    def _fork(self, branch: Branch, state: Parallel) -> None:
        self.history.add("ParallelStateStarted", state.name)
        branch.fork(state.branches)
        for child in reversed(branch.children):
            self._enter_next(child, child.region.start_at, branch.given)

    def _join(self, branch: Branch) -> None:
        results = checked(branch.join(), branch.state.name)
        self.history.add("ParallelStateSucceeded", branch.state.name)
        self._leave(branch, results)

    # The way of a Task's call: scheduled, performed, returned.

    def _schedule(self, branch: Branch, state: Task) -> None:
        text = to_text(branch.given)
        check_size(text, state.resource)
        self.history.add("LambdaFunctionScheduled", state.name)
        self.history.add("LambdaFunctionStarted", state.name)
        self._calls.append(partial(self._perform, branch, branch.ticket, state, _Call(text)))

    def _perform(self, branch: Branch, ticket: int, state: Task, call: _Call) -> Work | None:
        with self._lock:
            if self._is_stale(branch, ticket):
                return None
            # The time counts from here: on AWS no Task waits for a thread.
            call.deadline = self._clock.monotonic() + state.timeout_seconds
            give_up = partial(self._give_up, branch, ticket, call)
            branch.timer = self._scheduler.after(state.timeout_seconds, give_up)
        answer = self._answer(state, call.text)
        with self._lock:
            if call.is_given_up:
                self._scheduler.regain()
            if self._is_stale(branch, ticket):
                return None
            branch.drop(self._scheduler)
            now = self._clock.monotonic()
            if self._deadline is not None and now >= self._deadline:
                self._end(Outcome("TIMED_OUT", failure=StateFailed("States.Timeout")))
            if now >= call.deadline:
                answer = StateFailed("States.Timeout")
            self._later(branch, partial(self._return, branch, state, answer))
            return self._go_on()

    def _answer(self, state: Task, event: str) -> str | StateFailed:
        try:
            return self._host.call(function_name(state.resource), event)
        except StateFailed as error:
            return error
        except Exception as error:
            return StateFailed("Lambda.Unknown", repr(error))

    def _return(self, branch: Branch, state: Task, answer: str | StateFailed) -> None:
        if isinstance(answer, StateFailed):
            raise answer
        check_size(answer, state.resource)
        self.history.add("LambdaFunctionSucceeded", state.name)
        self._leave(branch, None if state.result_path.discards else json.loads(answer))

    def _give_up(self, branch: Branch, ticket: int, call: _Call) -> Work | None:
        """The Task's time is up; its function, which nothing can stop, runs on unheard."""
        with self._lock:
            if self._is_stale(branch, ticket):
                return None
            call.is_given_up = True
            self._scheduler.give_up()
            self._fail(branch, StateFailed("States.Timeout"))
            return self._go_on()

    # The way of a failure: retried, caught, or handed to the Parallel around it.

    def _fail(self, branch: Branch, error: StateFailed) -> None:
        try:
            self._handle(branch, error)
        except StateFailed as last:
            self._end(Outcome("FAILED", failure=last))

    def _handle(self, branch: Branch | None, error: StateFailed) -> None:
        """Raises the error that ends the execution."""
        while branch is not None and not error.is_fatal:
            branch.drop(self._scheduler)
            state = branch.state
            if isinstance(state, Failing):
                self.history.add(_failure_event(state, error), state.name)
                if self._retry(branch, state, error) or self._catch(branch, state, error):
                    return
            branch.is_done = True
            branch = branch.parent
            if branch is not None:
                self._abort_below(branch)
        raise error

    def _retry(self, branch: Branch, state: Failing, error: StateFailed) -> bool:
        retrier = next((one for one in state.retry if matches(one.errors, error.error)), None)
        if retrier is None or branch.tries.get(retrier, 0) >= retrier.max_attempts:
            return False
        delay = retrier.delay(branch.count_retry(retrier))
        if retrier.jitter:
            delay *= int.from_bytes(self._clock.random_bytes(4), "big") / 2**32
        branch.timer = self._scheduler.after(delay, partial(self._again, branch, branch.ticket))
        return True

    def _again(self, branch: Branch, ticket: int) -> Work | None:
        with self._lock:
            if self._is_stale(branch, ticket):
                return None
            self._later(branch, partial(self._work, branch))
            return self._go_on()

    def _catch(self, branch: Branch, state: Failing, error: StateFailed) -> bool:
        for catcher in state.catch:
            if matches(catcher.errors, error.error):
                output = catcher.result_path.place(branch.raw, error.output)
                checked(output, state.name)
                self._record(state, "Exited")
                self._enter_next(branch, catcher.next, output)
                return True
        return False

    def _abort_below(self, branch: Branch) -> None:
        for one in branch.running():
            one.drop(self._scheduler)
            if one.entered_at is not None:
                self._record(one.state, "Aborted")
        branch.join()

    # The end.

    def _time_out(self) -> Work | None:
        with self._lock:
            if self.outcome is not None:
                return None
            self._end(Outcome("TIMED_OUT", failure=StateFailed("States.Timeout")))
            return self._go_on()

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.history.end(_ENDED[outcome.status])
        for one in self._root.running():
            one.drop(self._scheduler)
        self._root.drop(self._scheduler)
        if self._timer is not None:
            self._scheduler.cancel(self._timer)
        self._root, self._steps, self._calls = Branch(self._machine), [], []

    def _record(self, state: Flow, what: str) -> None:
        self.history.add(f"{type(state).__name__}State{what}", state.name)

    def _context(self, branch: Branch) -> Mapping[str, Any]:
        """The context object."""
        return {
            "Execution": {
                "Id": self.ids.arn,
                "Input": self.given,
                "Name": self.ids.name,
                "RoleArn": "arn:aws:iam::000000000000:role/local",
                "StartTime": timestamp(self.started_at),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": self.ids.machine_arn, "Name": self.ids.machine},
            "State": {
                "Name": branch.state.name,
                "EnteredTime": timestamp(branch.entered_at or self.started_at),
                "RetryCount": branch.retries,
            },
        }


def _failure_event(state: Failing, error: StateFailed) -> str:
    if isinstance(state, Parallel):
        return "ParallelStateFailed"
    return f"LambdaFunction{'TimedOut' if error.error == 'States.Timeout' else 'Failed'}"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise StateFailed("States.Runtime", "Error and Cause of a Fail state must be strings")
    return value
