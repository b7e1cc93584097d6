"""Pages of a list: a query, a limit, and a cursor that fits nothing but this list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from strata.cursors import open_cursor, seal_cursor
from strata.platform import Platform
from strata.ports import ABSENT, ConditionFailed, Item, Put, Query
from strata.store import keys
from strata.store.sealing import open_sealed, seal

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MOST_READS = 20
"""A filter that takes nearly nothing must not read a partition whole for one page."""

CURSOR_CONTEXT = {"purpose": "cursor"}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`limit` from 1 to 100. `reader` is the user who reads a list that is not their own, to whom
    its cursors are bound as well."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """One page as the store has it."""

    items: list[Item]
    next_cursor: str | None


def read_page(query: Query, page: PageRequest, *, platform: Platform) -> Items:
    """The page of the query. Raises InvalidCursor for a cursor of another list, user, reader or
    filter."""
    binding = f"{page.reader} {replace(query, after=None, limit=None)!r}"
    after: Mapping[str, str] | None = None
    if page.cursor is not None:
        after = open_cursor(page.cursor, binding, cursor_key(platform))
    items: list[Item] = []
    for _ in range(MOST_READS):
        found = platform.table.query(replace(query, limit=page.limit - len(items), after=after))
        items += found.items
        after = found.next
        if after is None or len(items) >= page.limit:
            break
    cursor = seal_cursor(after, binding, cursor_key(platform)) if after else None
    return Items(items, cursor)


def cursor_key(platform: Platform) -> bytes:
    """The environment's key for cursors, opened once per process."""
    return platform.memory.recall("cursor key", lambda: _load_key(platform))


def _load_key(platform: Platform) -> bytes:
    """One key for the environment: the first process that needs it makes it."""
    key = keys.secret("cursor")
    item = platform.table.get(key) or _make_key(platform)
    return open_sealed(item["sealed"], CURSOR_CONTEXT, platform)


def _make_key(platform: Platform) -> Item:
    key = keys.secret("cursor")
    sealed = seal(platform.clock.random_bytes(32), CURSOR_CONTEXT, platform)
    try:
        return platform.table.write(Put({"pk": key.pk, "sk": key.sk, "sealed": sealed}, ABSENT))
    except ConditionFailed as failed:
        return failed.item or {}
