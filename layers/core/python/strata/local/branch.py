"""Where an execution stands: one branch for the machine itself, and one for each of a Parallel and
each item of a Map."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from strata.local.scheduler import Timer
from strata.local.states import Region, Retrier, State

if TYPE_CHECKING:
    from strata.local.execution import Execution


NOTHING: AbstractSet[Any] = frozenset()


class Item(NamedTuple):
    """What a Map's body is run for; named as in the context object."""

    Index: int
    Value: Any


class Fork:
    """The branches below a Parallel or a Map, and what they have given."""

    __slots__ = ("begun", "children", "items", "limit", "missing", "results")

    def __init__(self, width: int) -> None:
        self.children: dict[int, Branch] = {}
        """Those that run, by their position."""
        self.results: list[Any] = [None] * width
        self.missing = width
        self.items: Sequence[Any] = ()
        """Of a Map."""
        self.limit = width
        """So many of a Map's bodies run at once."""
        self.begun = 0
        """So many of a Map's items have begun, those at the front."""


class Branch:
    """A region on its way: its current state, that state's input, and what it waits for.

    `ticket` changes with every step, so that a late answer or timer is known for what it is."""

    __slots__ = (
        "entered_at",
        "fork",
        "given",
        "item",
        "nested",
        "parent",
        "position",
        "raw",
        "region",
        "state",
        "ticket",
        "timer",
        "token",
        "tries",
    )

    def __init__(
        self,
        region: Region,
        parent: "Branch | None" = None,
        position: int = 0,
        item: Item | None = None,
    ) -> None:
        self.region = region
        self.parent = parent
        self.position = position
        self.item = item
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
        self.fork: Fork | None = None
        self.nested: AbstractSet[Execution] = NOTHING
        """Executions that the state has started and waits for."""

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

    def join(self) -> list[Any]:
        """The results of the children, which are forgotten."""
        fork, self.fork = self.fork, None
        return fork.results if fork is not None else []

    def nearest_item(self) -> Item | None:
        """Of the innermost Map around the branch."""
        branch: Branch | None = self
        while branch is not None and branch.item is None:
            branch = branch.parent
        return branch.item if branch is not None else None

    def running(self) -> Iterator["Branch"]:
        """The branches below this one that have not ended, the innermost first."""
        found, waiting = [], [self]
        while waiting:
            fork = waiting.pop().fork
            if fork is not None:
                inner = list(fork.children.values())
                found += inner
                waiting += inner
        return reversed(found)
