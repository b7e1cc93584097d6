"""Lists read to their end, page by page."""

from collections.abc import Callable
from typing import Any

from strata.paging import PageRequest

Json = dict[str, Any]


def all_items(read: Callable[[PageRequest], Json], limit: int = 100) -> list[Json]:
    """The items of all pages, none of which holds more than the limit."""
    items: list[Json] = []
    cursor = None
    while True:
        page = read(PageRequest(limit, cursor))
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
