"""A Task calls its function, and waits for it no longer than it may."""

import json
from typing import TYPE_CHECKING

from strata.local.arns import function_name
from strata.local.branch import Branch
from strata.local.failures import StateFailed, check_size, to_text
from strata.local.scheduler import Work
from strata.local.states import Task

if TYPE_CHECKING:
    from strata.local.execution import Execution


class Call:
    """Made under the execution's lock; `perform` is then the work of some thread."""

    def __init__(self, execution: "Execution", branch: Branch, state: Task) -> None:
        self._execution = execution
        self._host = execution.host
        self._branch = branch
        self._state = state
        self._ticket = branch.ticket
        self._event = to_text(branch.given)
        self._answer: str | StateFailed = ""
        self._is_given_up = False
        check_size(self._event, state.resource)
        execution.history.add("LambdaFunctionScheduled", state.name)
        execution.history.add("LambdaFunctionStarted", state.name)

    def perform(self) -> Work | None:
        # The time counts from here: on AWS no Task waits for a thread.
        deadline = self._host.clock.monotonic() + self._state.timeout_seconds
        with self._execution.lock:
            if self._execution.is_stale(self._branch, self._ticket):
                return None
            self._branch.timer = self._host.scheduler.after(
                self._state.timeout_seconds, self._give_up
            )
        self._answer = self._called()
        now = self._host.clock.monotonic()
        with self._execution.lock:
            if self._is_given_up:
                self._host.scheduler.regain()
            if self._execution.is_stale(self._branch, self._ticket):
                return None
            self._execution.drop(self._branch)
            if now >= deadline:
                self._answer = StateFailed("States.Timeout")
            self._execution.check_deadline(now)
            self._execution.later(self._branch, self._return)
            return self._execution.go_on()

    def _called(self) -> str | StateFailed:
        try:
            return self._host.call(function_name(self._state.resource), self._event)
        except StateFailed as error:
            return error
        except Exception as error:
            return StateFailed("Lambda.Unknown", repr(error))

    def _return(self) -> None:
        if isinstance(self._answer, StateFailed):
            raise self._answer
        check_size(self._answer, self._state.resource)
        self._execution.history.add("LambdaFunctionSucceeded", self._state.name)
        discards = self._state.result_path.discards
        self._execution.leave(self._branch, None if discards else json.loads(self._answer))

    def _give_up(self) -> Work | None:
        """The Task's time is up; its function, which nothing can stop, runs on unheard."""
        with self._execution.lock:
            if self._execution.is_stale(self._branch, self._ticket):
                return None
            self._is_given_up = True
            self._host.scheduler.give_up()
            self._execution.fail(self._branch, StateFailed("States.Timeout"))
            return self._execution.go_on()
