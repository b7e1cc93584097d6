"""The queue of the embedded platform: SQS's behaviour over SQLite."""

from collections.abc import Callable
from functools import partial
from hashlib import md5
from pathlib import Path
from sqlite3 import Connection
from typing import Any, NamedTuple

from strata.clock import Clock
from strata.local.arns import QUEUE, REGION
from strata.local.bell import Bell
from strata.local.database import Database
from strata.local.functions import new_uuid

MAX_MESSAGE_BYTES = 1_048_576
MAX_BATCH = 10
MAX_RECEIVES = 3
VISIBILITY_SECONDS = 30

_SEND = "INSERT INTO messages (message_id, body, sent_at, visible_at) VALUES (?, ?, ?, ?)"
_BURY = """UPDATE messages SET dead = 1 WHERE dead = 0 AND visible_at <= ? AND receives >= ?
    RETURNING message_id, receives"""
_RECEIVE = """UPDATE messages SET receives = receives + 1, visible_at = ?,
    first_received_at = coalesce(first_received_at, ?)
    WHERE id IN (SELECT id FROM messages WHERE dead = 0 AND visible_at <= ? ORDER BY id LIMIT ?)
    RETURNING id, message_id, body, sent_at, first_received_at, receives"""


class Message(NamedTuple):
    """Times are epoch milliseconds."""

    id: int
    message_id: str
    body: str
    sent_at: int
    first_received_at: int
    receives: int


class LocalQueue:
    """`strata.ports.Queue`: a message is durable once `send` returns, also from another process
    than the one that runs the platform."""

    def __init__(self, database: Database | Path, clock: Clock, bell: Bell | None = None) -> None:
        self._database = database if isinstance(database, Database) else Database(database)
        self._clock = clock
        self._bell = bell
        self.on_dead: Callable[[str, int], None] = _ignore
        """Is told the id of each message that goes to the dead letters, and how often it came."""

    def send(self, body: str) -> None:
        """Raises ValueError for an empty body or one over 1 MiB."""
        if not 1 <= len(body.encode()) <= MAX_MESSAGE_BYTES:
            raise ValueError(f"A message has 1 to {MAX_MESSAGE_BYTES} bytes")
        now = self._now()
        row = (new_uuid(self._clock), body, now, now)
        self._database.write(lambda connection: connection.execute(_SEND, row).rowcount)
        if self._bell is not None:
            self._bell.ring()

    def receive(self) -> list[Message]:
        """Up to ten messages, invisible to others for the visibility timeout; those that were
        received three times already go to the dead letters."""
        dead, received = self._database.write(partial(_receive, now=self._now()))
        for message_id, receives in dead:
            self.on_dead(message_id, receives)
        return sorted(received)

    def delete(self, messages: list[Message]) -> None:
        ids = [(message.id,) for message in messages]
        self._database.write(
            lambda connection: (
                connection.executemany("DELETE FROM messages WHERE id = ?", ids).rowcount
            )
        )

    def release(self) -> None:
        """Makes all messages visible: whoever had received them is no more."""
        now = self._now()
        self._database.write(
            lambda connection: (
                (
                    connection.execute(
                        "UPDATE messages SET visible_at = min(visible_at, ?)", (now,)
                    )
                ).rowcount
            )
        )

    def seconds_to_next(self) -> float | None:
        """Until a message is visible; None if none is waiting."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT min(visible_at) FROM messages WHERE dead = 0")
            (visible_at,) = row.fetchone()
        return None if visible_at is None else max(0, visible_at - self._now()) / 1000

    def dead_letters(self) -> list[str]:
        """The bodies of the messages that nobody could handle."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT body FROM messages WHERE dead = 1 ORDER BY id")
            return [body for (body,) in rows.fetchall()]

    def close(self) -> None:
        self._database.close()

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * 1000)


def _ignore(_message_id: str, _receives: int) -> None:
    pass


def _receive(connection: Connection, now: int) -> tuple[list[tuple[str, int]], list[Message]]:
    """What goes to the dead letters, and the batch."""
    dead = connection.execute(_BURY, (now, MAX_RECEIVES)).fetchall()
    until = now + VISIBILITY_SECONDS * 1000
    found = connection.execute(_RECEIVE, (until, now, now, MAX_BATCH))
    return dead, [Message(*row) for row in found]


def event_of(messages: list[Message]) -> dict[str, Any]:
    """The event that Lambda gets from SQS."""
    return {"Records": [_record(message) for message in messages]}


def _record(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "receiptHandle": f"{message.message_id}-{message.receives}",
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(message.sent_at),
            "SenderId": "local",
            "ApproximateFirstReceiveTimestamp": str(message.first_received_at),
        },
        "messageAttributes": {},
        "md5OfBody": md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": REGION,
    }
