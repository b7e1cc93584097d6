"""The table of the embedded platform: DynamoDB's behaviour over SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from strata.clock import Clock
from strata.local.database import Database
from strata.local.items import (
    applied,
    check_item,
    check_transaction,
    expires_at,
    holds,
    index_keys,
    key_of,
)
from strata.ports import (
    ABSENT,
    INDEXES,
    MAX_WRITES,
    ConditionFailed,
    Delete,
    Item,
    Key,
    Page,
    Put,
    Query,
    Update,
    Write,
)

MAX_PAGE_BYTES = 1_000_000
_WRITES_BETWEEN_SWEEPS = 1_000
_LAST_CHARACTER = chr(0x10FFFF)
_MOST_AT_ONCE = 256
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_SELECT = "SELECT item FROM items WHERE pk = ? AND sk = ?"
_SELECT_SOME = "SELECT sk, item FROM items WHERE pk = ? AND sk IN ({})"
_INSERT = "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD = "INSERT OR IGNORE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REPLACE_TEXT = "UPDATE items SET item = ?, expires = ? WHERE pk = ? AND sk = ?"
_DELETE = "DELETE FROM items WHERE pk = ? AND sk = ?"
_SWEEP = "DELETE FROM items WHERE expires <= ?"


class LocalTable:
    """`strata.ports.Table`; reads of an index do not lag here. Raises ValueError or TypeError for
    what DynamoDB refuses as malformed."""

    def __init__(self, database: Database | Path, clock: Clock) -> None:
        self._database = database if isinstance(database, Database) else Database(database)
        self._clock = clock
        self._writes = count()

    def get(self, key: Key) -> Item | None:
        with self._database.reading() as connection:
            return _read(connection, key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        partitions: dict[str, dict[str, None]] = {}
        for key in keys:
            partitions.setdefault(key.pk, {})[key.sk] = None
        with self._database.reading() as connection:
            found = {
                (pk, sk): text
                for pk, wanted in partitions.items()
                for sk, text in _read_some(connection, pk, list(wanted))
            }
        return {key: _parsed(found[key]) for key in dict.fromkeys(keys) if key in found}

    def query(self, query: Query) -> Page:
        _check_query(query)
        sql, values = _select(query)
        with (
            self._database.reading() as connection,
            closing(connection.execute(sql, values)) as rows,
        ):
            return _page(query, rows)

    def write(self, write: Put | Update | Delete) -> Item:
        self._sweep_sometimes()
        synced = not _may_be_lost(write)
        text = self._database.write(lambda connection: _apply(connection, write, 0), synced=synced)
        return _parsed(text) if text else {}

    def write_all(self, writes: Sequence[Write]) -> None:
        check_transaction(writes, MAX_WRITES)
        self._sweep_sometimes()

        def apply_all(connection: sqlite3.Connection) -> None:
            for position, write in enumerate(writes):
                _apply(connection, write, position)

        self._database.write(apply_all, synced=not all(map(_may_be_lost, writes)))

    def close(self) -> None:
        self._database.close()

    def _sweep_sometimes(self) -> None:
        """Deletes expired items before the first write and then now and again."""
        if next(self._writes) % _WRITES_BETWEEN_SWEEPS == 0:
            now = int(self._clock.now().timestamp())
            self._database.write(lambda connection: connection.execute(_SWEEP, (now,)).rowcount)


def _may_be_lost(write: Write) -> bool:
    return isinstance(write, Put | Update) and write.may_be_lost


def _read(connection: sqlite3.Connection, key: Key) -> Item | None:
    row = connection.execute(_SELECT, key).fetchone()
    return _parsed(row[0]) if row else None


def _read_some(
    connection: sqlite3.Connection, pk: str, wanted: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Sort key and text of those that there are."""
    for first in range(0, len(wanted), _MOST_AT_ONCE):
        some = wanted[first : first + _MOST_AT_ONCE]
        # Few different statements, which SQLite then need not read again.
        places = 1 << (len(some) - 1).bit_length()
        sql = _SELECT_SOME.format(", ".join("?" * places))
        yield from connection.execute(sql, (pk, *some, *[some[-1]] * (places - len(some))))


def _parsed(text: str) -> Item:
    item: Item = json.loads(text)
    return item


def _apply(connection: sqlite3.Connection, write: Write, position: int) -> str | None:
    """The item's text as it was stored; None where nothing was."""
    if isinstance(write, Put) and not write.when:
        check_item(write.item)
        return _insert(connection, _INSERT, write.item)
    if isinstance(write, Put | Update) and write.when == ABSENT:
        return _add(connection, write, position)
    before = _read(connection, write.key)
    after = applied(write, before, position)
    if after is None and before is not None:
        connection.execute(_DELETE, write.key)
    elif after is not None and after is not before:
        check_item(after)
        return _store(connection, after, before)
    return None


def _add(connection: sqlite3.Connection, write: Put | Update, position: int) -> str:
    """Reads the item only where there is one, against the write's condition."""
    item = applied(write, None, position) or {}
    check_item(item)
    text = _insert(connection, _ADD, item)
    if text is None:
        raise ConditionFailed(position, _read(connection, write.key))
    return text


def _store(connection: sqlite3.Connection, item: Item, before: Item | None) -> str | None:
    if before is None or tuple(index_keys(item)) != tuple(index_keys(before)):
        return _insert(connection, _INSERT, item)
    # Leaves the indexes alone, which an insert would write anew.
    text = _ENCODE(item)
    connection.execute(_REPLACE_TEXT, (text, expires_at(item), *key_of(item)))
    return text


def _insert(connection: sqlite3.Connection, sql: str, item: Item) -> str | None:
    """None where that changed nothing."""
    text = _ENCODE(item)
    row = (*key_of(item), text, expires_at(item), *index_keys(item))
    return text if connection.execute(sql, row).rowcount == 1 else None


def _check_query(query: Query) -> None:
    if query.limit is not None and query.limit < 1:
        raise ValueError("A query's limit is at least 1")
    if query.index is not None and query.index not in INDEXES:
        raise ValueError(f"The table has no index {query.index}")
    if query.prefix and (query.first, query.last) != (None, None):
        raise ValueError("A query takes a prefix or a range of sort keys, not both")


def _select(query: Query) -> tuple[str, list[Any]]:
    """The statement that reads a query's items in order, and its values."""
    pk, sk = f"{query.index or ''}pk", f"{query.index or ''}sk"
    order = [sk, "pk", "sk"] if query.index else [sk]
    terms, values = [f"{pk} = ?"], [query.pk]
    for term, value in _range(query, sk):
        terms.append(term)
        values.append(value)
    if query.after:
        beyond = "<" if query.descending else ">"
        terms.append(f"({', '.join(order)}) {beyond} ({', '.join('?' * len(order))})")
        values.extend(query.after[name] for name in order)
    direction = " DESC" if query.descending else ""
    ordering = ", ".join(name + direction for name in order)
    # Column names come from the list of indexes, never from a caller's data.
    where = f"FROM items WHERE {' AND '.join(terms)} ORDER BY {ordering}"
    return f"SELECT item {where} LIMIT ?", [*values, -1 if query.limit is None else query.limit]


def _range(query: Query, sk: str) -> Iterator[tuple[str, str]]:
    if query.prefix:
        yield f"{sk} >= ?", query.prefix
        # No sort key holds the last code point, which is no character.
        yield f"{sk} < ?", query.prefix + _LAST_CHARACTER
    if query.first is not None:
        yield f"{sk} >= ?", query.first
    if query.last is not None:
        yield f"{sk} <= ?", query.last


def _page(query: Query, rows: Iterable[tuple[str]]) -> Page:
    """Reads up to the limit or DynamoDB's megabyte, whichever comes first, then filters."""
    read: list[Item] = []
    size = 0
    for (text,) in rows:
        read.append(_parsed(text))
        size += len(text)
        if len(read) == query.limit or size >= MAX_PAGE_BYTES:
            return Page(_filtered(read, query), _position(read[-1], query))
    return Page(_filtered(read, query), None)


def _filtered(items: list[Item], query: Query) -> list[Item]:
    return [item for item in items if all(holds(one, item) for one in query.filters)]


def _position(item: Item, query: Query) -> Mapping[str, str]:
    names = ["pk", "sk"]
    if query.index:
        names += [f"{query.index}pk", f"{query.index}sk"]
    return {name: item[name] for name in names}
