"""Work in bounded steps: whoever comes by does some of it, and leaves the rest to others."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from strata.platform import Platform
from strata.ports import Item, Query

PAGE = 100


class Paused(Exception):
    """Steps or time are used up; what is left is found again by whoever goes on."""


class Pace:
    """So many steps, each about one call of the table or of the blobs, until time `is_over`."""

    def __init__(self, steps: int, is_over: Callable[[], bool] = lambda: False) -> None:
        self._left, self._is_over = steps, is_over

    def take(self, steps: int = 1) -> None:
        """Raises Paused once they are used up."""
        if self._left < steps or self._is_over():
            raise Paused
        self._left -= steps


def timed(steps: int, seconds: float, platform: Platform) -> Pace:
    """So many steps from now on, and so many seconds: a step may be slow."""
    deadline = platform.clock.monotonic() + seconds
    return Pace(steps, lambda: platform.clock.monotonic() >= deadline)


def each(query: Query, pace: Pace, platform: Platform) -> Iterator[Item]:
    """The items of all pages."""
    for page in pages(query, pace, platform):
        yield from page


def pages(query: Query, pace: Pace, platform: Platform) -> Iterator[list[Item]]:
    """Each is a step. Read on after the last item, whether that is still there or not."""
    query = replace(query, limit=PAGE)
    while True:
        pace.take()
        page = platform.table.query(query)
        yield page.items
        if page.next is None:
            return
        query = replace(query, after=page.next)
