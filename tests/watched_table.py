"""A table in between: it counts what a use case asks of the real one, and lets a test step in."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from strata.platform import Platform
from strata.ports import Delete, Item, Key, Page, Put, Query, Table, Update, Write

Operation = Literal["get", "get_many", "query", "write", "write_all"]
Given = TypeVar("Given")
Result = TypeVar("Result")
Step = Callable[[Operation, Any], None]
"""Is told each operation and its argument; what it raises, the caller gets."""


def _nothing(_: Operation, __: Any) -> None:
    pass


class WatchedTable:
    """`before` and `after` step in before an operation takes effect and after it has."""

    def __init__(self, table: Table, before: Step = _nothing, after: Step = _nothing) -> None:
        self.calls: Counter[str] = Counter()
        self._table, self._before, self._after = table, before, after

    def get(self, key: Key) -> Item | None:
        return self._do("get", self._table.get, key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        return self._do("get_many", self._table.get_many, keys)

    def query(self, query: Query) -> Page:
        return self._do("query", self._table.query, query)

    def write(self, write: Put | Update | Delete) -> Item:
        return self._do("write", self._table.write, write)

    def write_all(self, writes: Sequence[Write]) -> None:
        self._do("write_all", self._table.write_all, writes)

    def _do(self, name: Operation, operation: Callable[[Given], Result], given: Given) -> Result:
        self.calls[name] += 1
        self._before(name, given)
        result = operation(given)
        self._after(name, given)
        return result


def watched(
    platform: Platform, before: Step = _nothing, after: Step = _nothing
) -> tuple[Platform, WatchedTable]:
    """The platform with such a table, and the table."""
    table = WatchedTable(platform.table, before, after)
    return replace(platform, table=table), table


def after_first(operation: Operation, meanwhile: Callable[[], object]) -> Step:
    """A step in after the first such operation."""
    waiting = [meanwhile]

    def step(done: Operation, _: Any) -> None:
        if done == operation and waiting:
            waiting.pop()()

    return step
