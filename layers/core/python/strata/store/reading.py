"""Queries read to their end, page by page."""

from collections.abc import Iterator
from dataclasses import replace

from strata.platform import Platform
from strata.ports import Item, Query


def read_each(query: Query, platform: Platform) -> Iterator[Item]:
    """The items of all pages; a page is read when its first item is asked for."""
    while True:
        page = platform.table.query(query)
        yield from page.items
        if page.next is None:
            return
        query = replace(query, after=page.next)


def read_whole(query: Query, platform: Platform) -> list[Item]:
    """All items of the query."""
    return list(read_each(query, platform))
