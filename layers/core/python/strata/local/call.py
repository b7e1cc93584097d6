"""A Task calls its function, and waits for it no longer than it may."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from strata.local.arns import function_name
from strata.local.branch import Branch
from strata.local.failures import StateFailed, check_size, fail, to_text
from strata.local.scheduler import Timer, Work
from strata.local.states import Integration, Task
from strata.local.task_times import time_of

if TYPE_CHECKING:
    from strata.local.execution import Execution


class Call:
    """Made under the execution's lock; `perform` is then the work of some thread.

    A Task that is to be answered (strata.local.tokens) goes on waiting when its function has
    returned, without a thread."""

    def __init__(self, execution: "Execution", branch: Branch, state: Task) -> None:
        self._execution = execution
        self._host = execution.host
        self._branch = branch
        self._state = state
        self._ticket = branch.ticket
        self._function, self._event = _asked(state, branch.given)
        self._seconds, self._timeout = time_of(execution, branch, state)
        self._answer: str | StateFailed = ""
        self._timer: Timer
        self._runs = False
        self._is_given_up = False
        execution.history.add(state.event("Scheduled"), state.name)
        execution.history.add(state.event("Started"), state.name)

    def perform(self) -> Work | None:
        # The time counts from here: on AWS no Task waits for a thread.
        deadline = self._host.clock.monotonic() + self._seconds
        with self._execution.lock:
            if self._execution.is_stale(self._branch, self._ticket):
                return None
            self._runs = True
            # Not the branch's: whoever drops the branch, the thread is still to be given up on.
            self._timer = self._host.scheduler.after(self._seconds, self._give_up)
        self._answer = self._called()
        now = self._host.clock.monotonic()
        with self._execution.lock:
            self._runs = False
            if self._is_given_up:
                self._host.scheduler.regain()
            if self._execution.is_stale(self._branch, self._ticket):
                self._host.scheduler.cancel(self._timer)
                return None
            self._branch.timer = self._timer
            if now >= deadline:
                self._answer = StateFailed(self._timeout)
            self._execution.check_deadline(now)
            self._execution.later(self._branch, self._return)
            return self._execution.go_on()

    def _called(self) -> str | StateFailed:
        try:
            return self._host.call(self._function, self._event)
        except StateFailed as error:
            return error
        except Exception as error:
            return StateFailed("Lambda.Unknown", repr(error))

    def _return(self) -> None:
        """The function has returned, or failed, or taken too long."""
        if isinstance(self._answer, StateFailed):
            raise self._answer
        check_size(self._answer, self._state.resource)
        if self._state.integration is Integration.CALLBACK:
            self._record("Submitted")
            return
        self._execution.drop(self._branch)
        self._record("Succeeded")
        self._execution.leave(self._branch, self._result(self._answer))

    def _result(self, answer: str) -> Any:
        state = self._state
        if state.result_path.discards and state.result_selector is None:
            return None
        value = json.loads(answer)
        if state.integration is Integration.FUNCTION:
            return value
        return {"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200}

    def _record(self, what: str) -> None:
        self._execution.history.add(self._state.event(what), self._state.name)

    def _give_up(self) -> Work | None:
        """The Task's time is up; its function, which nothing can stop, may run on unheard."""
        with self._execution.lock:
            if self._runs:
                self._is_given_up = True
                self._host.scheduler.give_up()
            if self._execution.is_stale(self._branch, self._ticket):
                return None
            self._execution.later(self._branch, partial(fail, StateFailed(self._timeout)))
            return self._execution.go_on()


def _asked(state: Task, given: Any) -> tuple[str, str]:
    """The function's name, and the event as JSON text. Raises StateFailed."""
    if state.integration is Integration.FUNCTION:
        name, event = function_name(state.resource), to_text(given)
    else:
        name, event = (
            function_name(str(given.get("FunctionName"))),
            to_text(given.get("Payload", {})),
        )
    check_size(event, state.resource)
    return name, event
