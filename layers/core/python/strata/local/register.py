"""The executions of this process: those that run, and what is known of the last that have ended."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from strata.local.arns import Ids
from strata.local.history import Event

if TYPE_CHECKING:
    from strata.local.execution import Execution
    from strata.local.host import Outcome

HISTORIES_KEPT = 200
EVENTS_KEPT = 100_000
"""Of executions that have ended, the last ones: no more of them, and no more events of theirs. The
very last one is always among them."""


class Known(NamedTuple):
    ids: Ids
    outcome: "Outcome | None"
    """None while it runs."""
    events: Sequence[Event]


class Register:
    """By name, which is an execution's own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[str, Execution] = {}
        self._past: OrderedDict[str, Known] = OrderedDict()
        self._events = 0

    def add(self, execution: "Execution") -> bool:
        """Whether the name was free."""
        name = execution.ids.name
        with self._changed:
            if name in self._running or name in self._past:
                return False
            self._running[name] = execution
        return True

    def end(self, execution: "Execution") -> None:
        """It has ended, as its outcome tells."""
        name = execution.ids.name
        with self._changed:
            if self._running.pop(name, None) is not None:
                self._keep(name, _known(execution))
                self._changed.notify_all()

    def running(self, name: str) -> "Execution | None":
        return self._running.get(name)

    def known(self, name: str) -> Known | None:
        with self._changed:
            execution = self._running.get(name)
            return _known(execution) if execution is not None else self._past.get(name)

    def wait(self, name: str, seconds: float | None) -> Known | None:
        """What is known once it does not run."""
        with self._changed:
            self._changed.wait_for(lambda: name not in self._running, seconds)
            return self._past.get(name)

    def forget(self, name: str) -> None:
        """One that has ended."""
        with self._changed:
            known = self._past.pop(name, None)
            self._events -= len(known.events) if known else 0

    def _keep(self, name: str, known: Known) -> None:
        self._past[name] = known
        self._events += len(known.events)
        while len(self._past) > 1 and self._is_full():
            _, forgotten = self._past.popitem(last=False)
            self._events -= len(forgotten.events)

    def _is_full(self) -> bool:
        return len(self._past) > HISTORIES_KEPT or self._events > EVENTS_KEPT


def _known(execution: "Execution") -> Known:
    return Known(execution.ids, execution.outcome, execution.history.events)
