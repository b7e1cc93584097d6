"""Tokens of Tasks that wait for an answer from outside: in memory, for an execution that is begun
again after a restart gives out new ones."""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from strata.clock import Clock
from strata.local.branch import Branch
from strata.local.failures import StateFailed
from strata.local.scheduler import Scheduler

if TYPE_CHECKING:
    from strata.local.execution import Execution

TOKEN_BYTES = 32
FAILURE = "NodeFailed"


class _Holder(NamedTuple):
    """Who waits, and the branch's ticket as long as it does."""

    execution: "Execution"
    branch: Branch
    ticket: int


class Tokens:
    def __init__(self, clock: Clock, scheduler: Scheduler) -> None:
        self._clock = clock
        self._scheduler = scheduler
        self._given: dict[str, _Holder] = {}

    def give(self, execution: "Execution", branch: Branch) -> str:
        """A token nobody can guess. Under the execution's lock."""
        token = self._clock.random_bytes(TOKEN_BYTES).hex()
        self._given[token] = _Holder(execution, branch, branch.ticket)
        return token

    def take_back(self, token: str) -> None:
        """Nobody waits for it any more. Under the execution's lock."""
        self._given.pop(token, None)

    def answer(self, token: str, failure: str | None) -> bool:
        """Whether somebody waited for it, who then goes on in a thread of its own: the caller may
        hold locks that the next states want."""
        holder = self._given.get(token)
        if holder is None:
            return False
        execution, branch, ticket = holder
        with execution.lock:
            if execution.is_stale(branch, ticket):
                return False
            execution.drop(branch)
            error = None if failure is None else StateFailed(FAILURE, failure)
            execution.later(branch, partial(_conclude, execution, branch, error))
        self._scheduler.submit(execution.proceed)
        return True


def _conclude(execution: "Execution", branch: Branch, error: StateFailed | None) -> None:
    if error is not None:
        raise error
    execution.history.add("TaskSucceeded", branch.state.name)
    execution.leave(branch, {})
