"""A Task that runs another machine, as `states:startExecution.sync:2` does, and gets what comes of
it. The nested execution lives in memory: after a crash its parent begins again, and so does it."""

import json
import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from strata.local.arns import Ids, machine_name
from strata.local.branch import NOTHING, Branch
from strata.local.failures import StateFailed, check_size, checked, fail, to_text
from strata.local.functions import new_uuid
from strata.local.host import Outcome
from strata.local.refusals import InvalidDefinition
from strata.local.scheduler import Work
from strata.local.states import Machine, Task
from strata.local.task_times import time_of
from strata.model.errors import Unavailable

if TYPE_CHECKING:
    from strata.local.execution import Execution

_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")


def halt(executions: "Iterable[Execution]") -> None:
    """Stops nested executions, and those nested in them."""
    waiting = list(executions)
    while waiting:
        execution = waiting.pop()
        waiting += execution.stop() or ()
        execution.host.nested.end(execution)


class Nested:
    """Made under the execution's lock; `start` is then the work of some thread."""

    def __init__(self, execution: "Execution", branch: Branch, state: Task) -> None:
        self._execution = execution
        self._host = execution.host
        self._branch = branch
        self._state = state
        self._ticket = branch.ticket
        self._given = to_text(branch.given)
        check_size(self._given, state.resource)
        execution.history.add(state.event("Scheduled"), state.name)
        execution.history.add(state.event("Started"), state.name)
        seconds, timeout = time_of(execution, branch, state)
        execution.after(branch, seconds, partial(fail, StateFailed(timeout)))

    def start(self) -> Work | None:
        try:
            child = self._made()
        except StateFailed as error:
            return self._execution.resume(self._branch, self._ticket, partial(fail, error))
        with self._execution.lock:
            if not self._execution.is_stale(self._branch, self._ticket):
                self._branch.nested = {child}
                self._execution.later(self._branch, self._submitted)
                self._execution.submit(child.begin)
                return self._execution.go_on()
        halt([child])
        return None

    def _made(self) -> "Execution":
        """Known, but not begun. Raises StateFailed."""
        given = json.loads(self._given)
        arn, name = given["StateMachineArn"], given.get("Name") or new_uuid(self._host.clock)
        machine = self._machine(arn)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise _refused("InvalidName", f"Invalid Name: '{name}'")
        child = self._execution.nest(
            Ids(machine_name(arn), name), machine, _input(given.get("Input", {})), self._ended
        )
        if not self._host.nested.add(child):
            raise _refused("ExecutionAlreadyExists", f"Execution Already Exists: '{child.ids.arn}'")
        return child

    def _machine(self, arn: Any) -> Machine:
        try:
            machine = self._host.machine(machine_name(str(arn)))
        except (InvalidDefinition, Unavailable) as error:
            raise _refused("Unavailable", str(error)) from error
        if machine is None:
            raise _refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return machine

    def _submitted(self) -> None:
        self._execution.history.add(self._state.event("Submitted"), self._state.name)

    def _ended(self, child: "Execution", outcome: Outcome) -> Work | None:
        self._host.nested.end(child)
        step = partial(self._return, child, outcome)
        return self._execution.resume(self._branch, self._ticket, step)

    def _return(self, child: "Execution", outcome: Outcome) -> None:
        self._branch.nested = NOTHING
        told = _described(child, outcome)
        if outcome.status != "SUCCEEDED":
            raise StateFailed("States.TaskFailed", to_text(told))
        checked(told, self._state.resource)
        self._execution.drop(self._branch)
        self._execution.history.add(self._state.event("Succeeded"), self._state.name)
        self._execution.leave(self._branch, told)


def _refused(code: str, message: str) -> StateFailed:
    """As the service names what it refuses."""
    told = f"{message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code})"
    return StateFailed(f"StepFunctions.{code}Exception", told)


def _input(given: Any) -> Any:
    """A text is JSON already."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise _refused("InvalidExecutionInput", "Invalid State Machine Execution Input") from None


def _described(child: "Execution", outcome: Outcome) -> dict[str, Any]:
    """What DescribeExecution tells, its output read."""
    included = {"Included": True}
    told = {
        "ExecutionArn": child.ids.arn,
        "Input": child.given,
        "InputDetails": included,
        "Name": child.ids.name,
        "StartDate": round(child.started_at.timestamp() * 1000),
        "StateMachineArn": child.ids.machine_arn,
        "Status": outcome.status,
        "StopDate": round(child.host.clock.now().timestamp() * 1000),
    }
    if outcome.status == "SUCCEEDED":
        return {**told, "Output": outcome.output, "OutputDetails": included}
    if outcome.failure is None:
        return told
    return {**told, **outcome.failure.output}
