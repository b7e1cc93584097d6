"""A Map in distributed mode: each item is an execution of its own, with a history of its own."""

from functools import partial
from typing import TYPE_CHECKING, Any

from strata.local.arns import Ids
from strata.local.branch import NOTHING, Branch, Item
from strata.local.context import Surroundings
from strata.local.failures import StateFailed, checked
from strata.local.forks import given_of, items_of
from strata.local.functions import new_uuid
from strata.local.host import Outcome
from strata.local.scheduler import Work
from strata.local.states import Distribution, Map

if TYPE_CHECKING:
    from strata.local.execution import Execution

MAX_CONCURRENCY = 10_000
"""So many items run at once where the definition asks for no less."""
BATCH = 50
"""So many are begun under one hold of the lock, and before others have their turn."""
_FAILED = object()


class MapRun:
    """All of it happens under the lock of the execution whose state the Map is."""

    def __init__(
        self, execution: "Execution", branch: Branch, state: Map, distribution: Distribution
    ) -> None:
        """Raises StateFailed."""
        context = Surroundings(execution, branch)
        self._execution = execution
        self._branch = branch
        self._ticket = branch.ticket
        self._state = state
        self._distribution = distribution
        self._items = items_of(execution, branch, state)
        wanted = int(state.max_concurrency.resolve(branch.given, context))
        self._limit = wanted or MAX_CONCURRENCY
        self._tolerated = _tolerated(distribution, branch.given, context, len(self._items))
        self._running: set[Execution] = set()
        self._results: list[Any] = [_FAILED] * len(self._items)
        self._begun = self._ended = self._failed = 0
        self._begins = False
        """Whether a batch is on its way."""

    def begin(self) -> None:
        self._execution.record(self._state, "Started")
        self._execution.history.add("MapRunStarted", self._state.name)
        self._branch.nested = self._running
        if self._items:
            self._begin_more()
        else:
            self._leave()

    def _begin_more(self) -> None:
        """A batch; the next one when those that wait for a thread have had theirs."""
        for _ in range(min(BATCH, self._room())):
            self._begin_next()
        self._begins = self._room() > 0
        if self._begins:
            again = partial(self._execution.resume, self._branch, self._ticket, self._begin_more)
            self._execution.submit(again)

    def _room(self) -> int:
        return min(self._limit - len(self._running), len(self._items) - self._begun)

    def _begin_next(self) -> None:
        item = Item(self._begun, self._items[self._begun])
        self._begun += 1
        given = given_of(self._execution, self._branch, self._state, item)
        machine = f"{self._execution.ids.machine}/{self._distribution.label}"
        ids = Ids(machine, new_uuid(self._execution.host.clock))
        ended = partial(self._child_ended, item.Index)
        child = self._execution.nest(ids, self._distribution.processor, given, ended)
        self._running.add(child)
        self._execution.host.nested.add(child)
        self._execution.submit(child.begin)

    def _child_ended(self, index: int, child: "Execution", outcome: Outcome) -> Work | None:
        child.host.nested.end(child)
        step = partial(self._take, index, child, outcome)
        return self._execution.resume(self._branch, self._ticket, step)

    def _take(self, index: int, child: "Execution", outcome: Outcome) -> None:
        self._running.discard(child)
        self._ended += 1
        if outcome.status == "SUCCEEDED":
            self._results[index] = outcome.output
        else:
            self._failed += 1
            self._check_failures()
        if self._ended == len(self._items):
            self._leave()
        elif not self._begins:
            self._begin_more()

    def _check_failures(self) -> None:
        if self._failed > self._tolerated:
            self._execution.history.add("MapRunFailed", self._state.name)
            raise StateFailed(
                "States.ExceedToleratedFailureThreshold",
                "The specified tolerated failure threshold was exceeded",
            )

    def _leave(self) -> None:
        self._branch.nested = NOTHING
        # What has failed within the tolerance gives no result.
        results = [one for one in self._results if one is not _FAILED]
        checked(results, self._state.name)
        self._execution.history.add("MapRunSucceeded", self._state.name)
        self._execution.record(self._state, "Succeeded")
        self._execution.leave(self._branch, results)


def _tolerated(distribution: Distribution, given: Any, context: Surroundings, items: int) -> float:
    """So many items may fail: where both are told, the lesser of number and percentage."""
    count, percentage = distribution.tolerated_count, distribution.tolerated_percentage
    told = [] if count is None else [count.resolve(given, context)]
    if percentage is not None:
        told.append(items * percentage.resolve(given, context) / 100)
    return min(told, default=0)
