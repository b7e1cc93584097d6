"""The queue of the embedded platform: SQS's behaviour over SQLite."""

from collections.abc import Callable
from pathlib import Path

from strata.clock import Clock
from strata.local.database import Database

MAX_MESSAGE_BYTES = 1_048_576


class LocalQueue:
    """`strata.ports.Queue`: a message is durable once `send` returns."""

    def __init__(self, database: Database | Path, clock: Clock) -> None:
        self._database = database if isinstance(database, Database) else Database(database)
        self._clock = clock
        self.on_send: Callable[[], None] = lambda: None
        """Called after each message; the consumer hangs itself in here."""

    def send(self, body: str) -> None:
        if not 1 <= len(body.encode()) <= MAX_MESSAGE_BYTES:
            raise ValueError(f"A message has 1 to {MAX_MESSAGE_BYTES} bytes")
        now = round(self._clock.now().timestamp() * 1000)
        self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO messages (body, sent_at) VALUES (?, ?)", (body, now)
            )
        )
        self.on_send()

    def close(self) -> None:
        self._database.close()
