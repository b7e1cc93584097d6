"""The tables of the embedded database."""

from itertools import chain
from sqlite3 import Connection

VERSION = 2
"""Of the tables below; a file with a higher one was written by a newer Strata."""

# store.py inserts into `items` by position.
_INDEX_COLUMNS = ", ".join(f"gsi{n}pk TEXT, gsi{n}sk TEXT" for n in range(1, 5))
_TABLES = (
    f"""CREATE TABLE IF NOT EXISTS items (
        pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, expires INTEGER,
        {_INDEX_COLUMNS}, PRIMARY KEY (pk, sk)) WITHOUT ROWID""",
    *(
        f"CREATE INDEX IF NOT EXISTS gsi{n} ON items (gsi{n}pk, gsi{n}sk, pk, sk)"
        f" WHERE gsi{n}pk IS NOT NULL"
        for n in range(1, 5)
    ),
    "CREATE INDEX IF NOT EXISTS expiring ON items (expires) WHERE expires IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, body TEXT NOT NULL,
        sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL, first_received_at INTEGER,
        receives INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX IF NOT EXISTS visible ON messages (visible_at) WHERE dead = 0",
    """CREATE TABLE IF NOT EXISTS machines (
        name TEXT PRIMARY KEY, definition TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
        express INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE IF NOT EXISTS executions (
        name TEXT PRIMARY KEY, machine TEXT NOT NULL, given TEXT NOT NULL,
        status TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
        error TEXT, cause TEXT, told INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX IF NOT EXISTS running ON executions (machine) WHERE status = 'RUNNING'",
    "CREATE INDEX IF NOT EXISTS untold ON executions (name) WHERE told = 0",
    "CREATE INDEX IF NOT EXISTS past ON executions (ended_at) WHERE told = 1",
)

_CHANGES = {1: ("ALTER TABLE machines ADD COLUMN express INTEGER NOT NULL DEFAULT 0",)}
"""By the version of a file that lacks them; all of that and of later versions are made."""


def version_of(connection: Connection) -> int:
    """0 where there are no tables yet."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def make_tables(connection: Connection) -> None:
    """Brings a file of any earlier version, or a new one, to this version."""
    connection.execute("BEGIN IMMEDIATE")
    found = version_of(connection)
    changes = (change for since, change in _CHANGES.items() if 0 < found <= since)
    for statement in (*_TABLES, *chain.from_iterable(changes)):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
