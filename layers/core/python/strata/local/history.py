"""The events of an execution, named and counted as AWS does."""

from functools import cache
from typing import NamedTuple

from strata.local.failures import StateFailed

MAX_EVENTS = 25_000
EXPRESS_EVENTS = 250_000
"""AWS does not bound the history of an Express machine's execution; the memory here does."""


class Event(NamedTuple):
    """`state` is empty where the event is about the execution itself."""

    type: str
    state: str = ""


@cache
def event_type(kind: str, what: str) -> str:
    """`TaskState` and `Entered` make one text, however many events have it."""
    return kind + what


class History:
    """At most so many events; the last one is always the execution's end."""

    def __init__(self, most: int = MAX_EVENTS) -> None:
        self._most = most
        self.events: list[Event] = []

    def add(self, kind: str, state: str = "") -> None:
        """Raises StateFailed, which nothing can catch, when only the end still has room."""
        if len(self.events) >= self._most - 1:
            raise StateFailed(
                "States.Runtime",
                f"The execution reached the maximum number of history events ({self._most}).",
            )
        self.events.append(Event(kind, state))

    def end(self, kind: str) -> None:
        self.events.append(Event(kind))
