"""One SQLite file, durable, written by many threads with few fsyncs.

Writes that arrive while another is on its way to the disk are committed together: the first of
them writes for all, each under a savepoint of its own, and one fsync serves the batch.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

from strata.local.files import make_private
from strata.local.schema import VERSION, make_tables, version_of
from strata.model.errors import Unavailable

T = TypeVar("T")


class FolderRefused(Exception):
    """The folder of an embedded platform cannot be opened; the message tells its user why."""


class _Job(Generic[T]):
    """A write that waits for its commit."""

    def __init__(self, work: Callable[[sqlite3.Connection], T], synced: bool) -> None:
        self.work = work
        self.synced = synced
        self.done = False
        self.error: BaseException | None = None
        self.value: Any = None
        self.wake = threading.Lock()
        self.wake.acquire()

    def run(self, connection: sqlite3.Connection) -> None:
        self.value = self.work(connection)

    def fail(self, error: BaseException) -> None:
        self.error = error

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        value: T = self.value
        return value


class Database:
    """Opens the file, makes its tables, and keeps connections: one that writes, more that read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._pending: list[_Job[Any]] = []
        self._busy = False
        self._closed = False
        self._readers: deque[sqlite3.Connection] = deque()
        _make_private(path)
        self._writer = self._connect()
        self._level = ""
        try:
            _prepare(self._writer, path)
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; it sees every write that was acknowledged before."""
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise Unavailable("The embedded database cannot be read") from error
        finally:
            self._give_back(connection)

    def write(self, work: Callable[[sqlite3.Connection], T], *, synced: bool = True) -> T:
        """Runs `work` in a transaction and returns its value once that is on the disk; without
        `synced`, once the system has it, so that it goes to the disk with the next that is.

        What `work` raises undoes `work` alone. Raises Unavailable if nothing can be written."""
        job = _Job(work, synced)
        with self._mutex:
            if self._closed:
                raise Unavailable("The embedded platform is closed")
            self._pending.append(job)
            leads = not self._busy
            self._busy = True
        if not leads:
            job.wake.acquire()
        if not job.done:
            self._lead()
        return job.result()

    def close(self) -> None:
        """Waits for the writes under way, then closes; later writes raise Unavailable."""
        if self._closed:
            return
        with suppress(Unavailable):
            self.write(lambda _: self._shut())
        while self._readers:
            self._readers.pop().close()
        self._writer.close()

    def _shut(self) -> None:
        with self._mutex:
            self._closed = True

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._mutex:
            if not self._closed:
                self._readers.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path, timeout=10, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise FolderRefused(f"{self._path} cannot be opened: {error}") from error
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # What is deleted is gone: else its bytes stay in the file until something needs room.
            connection.execute("PRAGMA secure_delete = ON")
        except sqlite3.Error as error:
            connection.close()
            raise FolderRefused(f"{self._path} cannot be opened: {error}") from error
        return connection

    def _lead(self) -> None:
        """Commits all that waits, its own job among it, then lets the next in line lead."""
        with self._mutex:
            batch, self._pending = self._pending, []
        try:
            self._commit(batch)
        except BaseException as error:
            # The leader may be interrupted; those who wait for it must hear of it all the same.
            _undo(self._writer)
            for job in batch:
                job.fail(_unavailable(error))
            if not isinstance(error, sqlite3.Error):
                raise
        finally:
            self._hand_over(batch)

    def _hand_over(self, batch: list[_Job[Any]]) -> None:
        with self._mutex:
            heir = self._pending[0] if self._pending else None
            self._busy = heir is not None
        for job in batch:
            job.done = True
            job.wake.release()
        if heir is not None:
            heir.wake.release()

    def _commit(self, batch: list[_Job[Any]]) -> None:
        connection = self._writer
        level = "FULL" if any(job.synced for job in batch) else "NORMAL"
        if level != self._level:
            connection.execute(f"PRAGMA synchronous = {level}")
            self._level = level
        connection.execute("BEGIN IMMEDIATE")
        if len(batch) == 1:
            _attempt_alone(connection, batch[0])
            return
        for job in batch:
            _attempt(connection, job)
        connection.execute("COMMIT")


def _attempt_alone(connection: sqlite3.Connection, job: _Job[Any]) -> None:
    """The transaction is the job's own."""
    try:
        job.run(connection)
        connection.execute("COMMIT")
    except Exception as error:
        if isinstance(error, sqlite3.Error) and not connection.in_transaction:
            # A full disk or a broken one: SQLite has taken it back.
            raise
        connection.execute("ROLLBACK")
        job.fail(_unavailable(error) if isinstance(error, sqlite3.OperationalError) else error)


def _attempt(connection: sqlite3.Connection, job: _Job[Any]) -> None:
    """Runs one job of a batch; a failing one leaves no trace, the others stand."""
    connection.execute("SAVEPOINT job")
    try:
        job.run(connection)
    except Exception as error:
        if not connection.in_transaction:
            # A full disk or a broken one: SQLite has taken back the whole batch.
            raise
        connection.execute("ROLLBACK TO job")
        job.fail(_unavailable(error) if isinstance(error, sqlite3.OperationalError) else error)
    connection.execute("RELEASE job")


def _unavailable(error: BaseException) -> Unavailable:
    return Unavailable(f"The embedded database cannot be written: {error}")


def _undo(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        connection.execute("ROLLBACK")


def _make_private(path: Path) -> None:
    """SQLite makes the files beside it like this one; those that a crash has left are older."""
    try:
        make_private(path)
        for one in path.parent.glob(f"{path.name}-*"):
            make_private(one)
    except OSError as error:
        raise FolderRefused(f"{path} cannot be opened: {error.strerror}") from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Makes the tables in a new file; refuses a file that a newer Strata wrote."""
    found = version_of(connection)
    if found > VERSION:
        raise FolderRefused(
            f"{path} has version {found}, this Strata knows version {VERSION}:"
            " it was written by a newer one; update Strata or take another folder"
        )
    if found < VERSION:
        try:
            make_tables(connection)
        except sqlite3.DatabaseError as error:
            raise FolderRefused(f"{path} cannot be written: {error}") from error
