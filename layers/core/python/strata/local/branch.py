"""Where an execution stands: one branch for the machine itself, and one for each of a Parallel."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from strata.local.scheduler import Timer
from strata.local.states import Region, Retrier, State


class Branch:
    """A region on its way: its current state, that state's input, and what it waits for.

    `ticket` changes with every step, so that a late answer or timer is known for what it is."""

    __slots__ = (
        "children",
        "entered_at",
        "given",
        "is_done",
        "missing",
        "parent",
        "position",
        "raw",
        "region",
        "results",
        "state",
        "ticket",
        "timer",
        "token",
        "tries",
    )

    def __init__(self, region: Region, parent: "Branch | None" = None, position: int = 0) -> None:
        self.region = region
        self.parent = parent
        self.position = position
        self.state: State = region.states[region.start_at]
        self.raw: Any = None
        """The state's input as it came."""
        self.given: Any = None
        """The same after InputPath and Parameters."""
        self.entered_at: datetime | None = None
        self.tries: Mapping[Retrier, int] = {}
        """Retries of the state so far, by their retrier."""
        self.ticket = 0
        self.timer: Timer | None = None
        self.token = ""
        """Of a Task that waits to be answered."""
        self.children: list[Branch] = []
        self.results: list[Any] = []
        self.missing = 0
        self.is_done = False

    def enter(self, state: State, data: Any, moment: datetime) -> None:
        self.state, self.raw, self.given = state, data, data
        self.entered_at = moment
        self.tries = {}
        self.ticket += 1

    @property
    def retries(self) -> int:
        return sum(self.tries.values())

    def count_retry(self, retrier: Retrier) -> int:
        """How many retries by that retrier there were before this one."""
        before = self.tries.get(retrier, 0)
        self.tries = {**self.tries, retrier: before + 1}
        return before

    def fork(self, regions: tuple[Region, ...]) -> None:
        self.children = [Branch(region, self, number) for number, region in enumerate(regions)]
        self.results = [None] * len(regions)
        self.missing = len(regions)

    def join(self) -> list[Any]:
        """The results of the children, which are forgotten."""
        results, self.results, self.children = self.results, [], []
        return results

    def finish(self, output: Any) -> bool:
        """Hands its output to the parent; whether it was the last to do so."""
        self.is_done = True
        if self.parent is None:
            return False
        self.parent.results[self.position] = output
        self.parent.missing -= 1
        return self.parent.missing == 0

    def running(self) -> Iterator["Branch"]:
        """The branches below this one that have not ended, the innermost first."""
        found, waiting = [], [self]
        while waiting:
            inner = [child for child in waiting.pop().children if not child.is_done]
            found += inner
            waiting += inner
        return reversed(found)
