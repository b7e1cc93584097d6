"""The yardstick: a plain loop that commits one SQLite row per node, each to the disk."""

import sqlite3
from pathlib import Path


def fsync_loop(folder: Path, nodes: int) -> None:
    connection = sqlite3.connect(folder / "loop.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS node (id INTEGER PRIMARY KEY, status TEXT)")
    for _ in range(nodes):
        connection.execute("INSERT INTO node (status) VALUES ('COMPLETED')")
    connection.close()
