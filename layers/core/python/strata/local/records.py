"""The rows of machines and of executions: each function is one step of a transaction."""

from sqlite3 import Connection
from typing import NamedTuple

from strata.ports import MachineStatus


class Status(NamedTuple):
    status: MachineStatus
    express: bool


class Row(NamedTuple):
    """An execution; `given` and the times (epoch milliseconds) as they are stored."""

    name: str
    machine: str
    given: str
    status: MachineStatus
    started_at: int
    ended_at: int | None
    error: str | None
    cause: str | None


_SELECT = """SELECT name, machine, given, status, started_at, ended_at, error, cause
    FROM executions WHERE """
_ADD_MACHINE = """INSERT INTO machines (name, definition, express) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET deleted = 0
    WHERE definition = excluded.definition AND express = excluded.express"""
_ADD_EXECUTION = """INSERT OR IGNORE INTO executions (name, machine, given, started_at, status)
    VALUES (?, ?, ?, ?, 'RUNNING')"""
_END = """UPDATE executions SET status = ?, ended_at = ?, error = ?, cause = ?, told = ?
    WHERE name = ? AND status = 'RUNNING'"""
_STOP = """UPDATE executions SET status = 'ABORTED', ended_at = ?
    WHERE name = ? AND machine = ? AND status = 'RUNNING'"""
_STATUS = """SELECT status, coalesce(express, 0) FROM executions
    LEFT JOIN machines ON machines.name = machine WHERE executions.name = ? AND machine = ?"""
# A machine that was deleted stays until its last execution has ended.
_SWEEP = """DELETE FROM machines WHERE deleted = 1 AND NOT EXISTS (
    SELECT 1 FROM executions WHERE machine = machines.name AND status = 'RUNNING')"""


def keep_machine(connection: Connection, name: str, definition: str, express: bool) -> bool:
    """Whether the machine now is as given; one that differs is left alone."""
    return connection.execute(_ADD_MACHINE, (name, definition, express)).rowcount == 1


def delete_machine(connection: Connection, name: str) -> None:
    connection.execute("UPDATE machines SET deleted = 1 WHERE name = ?", (name,))
    connection.execute(_SWEEP)


def machine(connection: Connection, name: str) -> tuple[str, bool]:
    """Definition, and whether it is an Express one, of a machine that has an execution."""
    found = connection.execute("SELECT definition, express FROM machines WHERE name = ?", (name,))
    definition, express = found.fetchone()
    return definition, bool(express)


def has_machine(connection: Connection, name: str) -> bool:
    found = connection.execute("SELECT 1 FROM machines WHERE name = ? AND NOT deleted", (name,))
    return found.fetchone() is not None


def begin(connection: Connection, name: str, machine: str, given: str, now: int) -> bool | None:
    """Whether this is the first start of that name; None where there is no such machine."""
    if not has_machine(connection, machine):
        return None
    return connection.execute(_ADD_EXECUTION, (name, machine, given, now)).rowcount == 1


def end(
    connection: Connection,
    name: str,
    status: MachineStatus,
    now: int,
    failure: tuple[str, str] | None,
) -> bool:
    """Whether the execution ran until now. Of one that succeeded nobody is told."""
    error, cause = failure or (None, None)
    told = failure is None
    return connection.execute(_END, (status, now, error, cause, told, name)).rowcount == 1


def stop(connection: Connection, name: str, machine: str, now: int) -> bool:
    """Whether the execution ran until now."""
    return connection.execute(_STOP, (now, name, machine)).rowcount == 1


def status_of(connection: Connection, name: str, machine: str) -> Status | None:
    row = connection.execute(_STATUS, (name, machine)).fetchone()
    return Status(row[0], bool(row[1])) if row else None


def mark_told(connection: Connection, name: str) -> None:
    connection.execute("UPDATE executions SET told = 1 WHERE name = ?", (name,))


def execution(connection: Connection, name: str) -> Row | None:
    found = connection.execute(_SELECT + "name = ?", (name,))
    row = found.fetchone()
    return Row(*row) if row else None


def open_executions(connection: Connection) -> list[Row]:
    """Those that run, and those whose end nobody was told yet."""
    return [Row(*row) for row in connection.execute(_SELECT + "told = 0")]


def forget(connection: Connection, name: str, machine: str) -> bool:
    """Whether there is no such execution any more."""
    connection.execute(
        "DELETE FROM executions WHERE name = ? AND machine = ? AND told = 1", (name, machine)
    )
    return status_of(connection, name, machine) is None


def sweep(connection: Connection, before: int) -> None:
    """Forgets executions that ended before then, and deleted machines that nothing needs."""
    connection.execute("DELETE FROM executions WHERE told = 1 AND ended_at < ?", (before,))
    connection.execute(_SWEEP)
