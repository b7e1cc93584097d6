"""The executions of this process: those that run, and the last that have ended."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strata.local.execution import Execution

HISTORIES_KEPT = 200
"""So many executions that have ended, the last ones, still have their history."""


class Register:
    """By name, which is an execution's own; those that others started within themselves apart."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[str, Execution] = {}
        self._past: OrderedDict[str, Execution] = OrderedDict()

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
            if self._running.pop(name, None) is None:
                return
            self._past[name] = execution
            if len(self._past) > HISTORIES_KEPT:
                self._past.popitem(last=False)
            self._changed.notify_all()

    def running(self, name: str) -> "Execution | None":
        return self._running.get(name)

    def find(self, name: str) -> "Execution | None":
        with self._changed:
            return self._running.get(name) or self._past.get(name)

    def wait(self, name: str, seconds: float | None) -> "Execution | None":
        """The execution, once it does not run."""
        with self._changed:
            self._changed.wait_for(lambda: name not in self._running, seconds)
            return self._past.get(name)
