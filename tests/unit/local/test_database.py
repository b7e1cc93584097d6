"""The SQLite file: writes that share a commit, and files that are refused."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pytest

from strata.local.database import Database, FolderRefused
from strata.local.schema import VERSION
from strata.model.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strata.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    yield database
    database.close()


def send(body: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(
            "INSERT INTO messages (message_id, body, sent_at, visible_at) VALUES ('', ?, 0, 0)",
            (body,),
        )
        return body

    return work


def bodies(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as other:
        return [body for (body,) in other.execute("SELECT body FROM messages ORDER BY id")]


class Refused(Exception):
    pass


def refuse(connection: Connection) -> str:
    send("half")(connection)
    raise Refused


def in_one_batch(
    database: Database, *works: Callable[[Connection], str]
) -> list[str | BaseException]:
    """The results of writes that all arrive while another one is on its way to the disk."""
    leading, go = threading.Event(), threading.Event()

    def lead(_: Connection) -> str:
        leading.set()
        assert go.wait(20)
        return "lead"

    with ThreadPoolExecutor(len(works) + 1) as pool:
        first = pool.submit(database.write, lead)
        assert leading.wait(20)
        rest = []
        for work in works:
            rest.append(pool.submit(database.write, work))
            while len(database._pending) < len(rest):
                pass
        go.set()
        first.result()
        return [one.exception() or one.result() for one in rest]


def test_writes_that_arrive_together_are_committed_together(database: Database, path: Path) -> None:
    commits: list[str] = []
    database._writer.set_trace_callback(commits.append)
    assert in_one_batch(database, send("a"), send("b"), send("c")) == ["a", "b", "c"]
    assert bodies(path) == ["a", "b", "c"]
    assert commits.count("COMMIT") == 2


def _level(connection: sqlite3.Connection) -> int:
    level: int = connection.execute("PRAGMA synchronous").fetchone()[0]
    return level


def test_a_write_waits_for_the_disk_unless_it_may_be_lost(database: Database) -> None:
    levels = (database.write(_level), database.write(_level, synced=False), database.write(_level))
    assert levels == (2, 1, 2)


def test_a_write_that_fails_in_a_batch_leaves_the_others_alone(
    database: Database, path: Path
) -> None:
    first, failed, last = in_one_batch(database, send("a"), refuse, send("b"))
    assert (first, last) == ("a", "b")
    assert isinstance(failed, Refused)
    assert bodies(path) == ["a", "b"]


def test_a_failed_write_leaves_nothing(database: Database, path: Path) -> None:
    with pytest.raises(Refused):
        database.write(refuse)
    database.write(send("after"))
    assert bodies(path) == ["after"]


def test_a_disk_without_room_is_told_to_everyone_in_the_batch(
    database: Database, path: Path
) -> None:
    pages = database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    database._writer.execute(f"PRAGMA max_page_count = {pages}")
    results = in_one_batch(database, send("a"), send("x" * 1_000_000), send("b"))
    assert [type(result) for result in results] == [Unavailable] * 3
    database._writer.execute("PRAGMA max_page_count = 1000000")
    database.write(send("after"))
    assert bodies(path) == ["after"]


def test_a_disk_without_room_is_told_to_one_alone(database: Database, path: Path) -> None:
    pages = database.write(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
    database._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable):
        database.write(send("x" * 1_000_000))
    database._writer.execute("PRAGMA max_page_count = 1000000")
    database.write(send("after"))
    assert bodies(path) == ["after"]


def test_a_broken_statement_is_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable):
        database.write(lambda connection: connection.execute("INSERT INTO nothing VALUES (1)"))


def test_a_lock_of_another_program_makes_it_unavailable(database: Database, path: Path) -> None:
    database._writer.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            database.write(send("a"))
        other.execute("ROLLBACK")
    assert database.write(send("b")) == "b"


def test_an_interrupted_leader_takes_nobody_with_it(database: Database, path: Path) -> None:
    leading, go = threading.Event(), threading.Event()

    def interrupted(_: Connection) -> str:
        leading.set()
        assert go.wait(20)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(database.write, interrupted)
        assert leading.wait(20)
        second = pool.submit(database.write, send("second"))
        while not database._pending:
            pass
        go.set()
        assert isinstance(first.exception(), KeyboardInterrupt)
        assert second.result() == "second"
    assert bodies(path) == ["second"]


def test_a_read_sees_what_was_acknowledged(database: Database) -> None:
    for number in range(50):
        database.write(send(str(number)))
        with database.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM messages").fetchone()
        assert count == number + 1


def test_a_broken_read_is_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable), database.reading() as connection:
        connection.execute("SELECT * FROM nothing")


def test_a_closed_database_takes_no_write(database: Database) -> None:
    database.close()
    database.close()
    with pytest.raises(Unavailable):
        database.write(send("late"))


def test_the_file_of_a_newer_strata_is_refused(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(FolderRefused, match="written by a newer one"):
        Database(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(FolderRefused, match="file is not a database"):
        Database(path)
    assert path.read_bytes().startswith(b"not a database")


def test_what_was_written_survives_the_close(path: Path) -> None:
    database = Database(path)
    database.write(send("a"))
    database.close()
    Database(path).close()
    assert bodies(path) == ["a"]


def test_a_folder_that_takes_no_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="cannot be opened"):
        Database(tmp_path / "no such folder" / "strata.sqlite")


def test_a_file_that_cannot_be_written_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        # Another program has made a table of that name, of its own kind.
        other.execute("CREATE VIEW messages AS SELECT 1")
    with pytest.raises(FolderRefused, match="cannot be written"):
        Database(path)


def test_a_file_of_the_first_version_gets_what_it_lacks(path: Path) -> None:
    Database(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE machines DROP COLUMN express")
        other.execute("INSERT INTO machines (name, definition) VALUES ('m', 'd')")
        other.execute("PRAGMA user_version = 1")
        other.commit()
    Database(path).close()
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name, express FROM machines").fetchall() == [("m", 0)]
        assert other.execute("PRAGMA user_version").fetchone() == (VERSION,)
