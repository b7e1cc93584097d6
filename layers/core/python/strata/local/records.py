"""The rows of machines and of executions: each function is one step of a transaction."""

from sqlite3 import Connection
from typing import NamedTuple


class Row(NamedTuple):
    """An execution; `given` and the times (epoch milliseconds) as they are stored."""

    name: str
    machine: str
    given: str
    status: str
    started_at: int
    ended_at: int | None
    error: str | None
    cause: str | None


_SELECT = """SELECT name, machine, given, status, started_at, ended_at, error, cause
    FROM executions WHERE """
_ADD_MACHINE = """INSERT INTO machines (name, definition) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET deleted = 0 WHERE definition = excluded.definition"""
_ADD_EXECUTION = """INSERT OR IGNORE INTO executions (name, machine, given, started_at, status)
    VALUES (?, ?, ?, ?, 'RUNNING')"""
_END = """UPDATE executions SET status = ?, ended_at = ?, error = ?, cause = ?, told = ?
    WHERE name = ? AND status = 'RUNNING'"""
# A machine that was deleted stays until its last execution has ended.
_SWEEP = """DELETE FROM machines WHERE deleted = 1 AND NOT EXISTS (
    SELECT 1 FROM executions WHERE machine = machines.name AND status = 'RUNNING')"""


def keep_machine(connection: Connection, name: str, definition: str) -> bool:
    """Whether the machine now has that definition; one with another is left alone."""
    return connection.execute(_ADD_MACHINE, (name, definition)).rowcount == 1


def delete_machine(connection: Connection, name: str) -> None:
    connection.execute("UPDATE machines SET deleted = 1 WHERE name = ?", (name,))
    connection.execute(_SWEEP)


def definition_of(connection: Connection, machine: str) -> str:
    """Of a machine that has an execution."""
    row = connection.execute("SELECT definition FROM machines WHERE name = ?", (machine,))
    (definition,) = row.fetchone()
    return str(definition)


def begin(connection: Connection, name: str, machine: str, given: str, now: int) -> bool | None:
    """Whether this is the first start of that name; None where there is no such machine."""
    found = connection.execute("SELECT 1 FROM machines WHERE name = ? AND NOT deleted", (machine,))
    if found.fetchone() is None:
        return None
    return connection.execute(_ADD_EXECUTION, (name, machine, given, now)).rowcount == 1


def end(
    connection: Connection, name: str, status: str, now: int, failure: tuple[str, str] | None
) -> None:
    """Of an execution that succeeded nobody is told."""
    error, cause = failure or (None, None)
    connection.execute(_END, (status, now, error, cause, failure is None, name))


def mark_told(connection: Connection, name: str) -> None:
    connection.execute("UPDATE executions SET told = 1 WHERE name = ?", (name,))


def execution(connection: Connection, name: str) -> Row | None:
    found = connection.execute(_SELECT + "name = ?", (name,))
    row = found.fetchone()
    return Row(*row) if row else None


def open_executions(connection: Connection) -> list[Row]:
    """Those that run, and those whose end nobody was told yet."""
    return [Row(*row) for row in connection.execute(_SELECT + "told = 0")]


def sweep(connection: Connection, before: int) -> None:
    """Forgets executions that ended before then, and deleted machines that nothing needs."""
    connection.execute("DELETE FROM executions WHERE told = 1 AND ended_at < ?", (before,))
    connection.execute(_SWEEP)
