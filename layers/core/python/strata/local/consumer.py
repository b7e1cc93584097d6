"""Hands the queue's messages to the function that starts executions, as Lambda does."""

import threading
from typing import Any

from strata.local.failures import StateFailed
from strata.local.functions import Functions
from strata.local.queue import LocalQueue, Message, event_of
from strata.local.scheduler import Scheduler, Work

CONSUMER = "start_queued"


class Consumer:
    """One batch at a time; `notice` makes it look, and a message that comes back is found too."""

    def __init__(self, queue: LocalQueue, scheduler: Scheduler, functions: Functions) -> None:
        self._queue = queue
        self._scheduler = scheduler
        self._functions = functions
        self._lock = threading.Lock()
        self._is_busy = False
        self._was_noticed = False

    def start(self) -> None:
        self._queue.release()
        self.notice()

    def notice(self) -> None:
        with self._lock:
            self._was_noticed = True
            if self._is_busy:
                return
            self._is_busy = True
        self._scheduler.submit(self._round)

    def _round(self) -> Work | None:
        """One batch, and then the next, until nothing is visible."""
        with self._lock:
            self._was_noticed = False
        batch = self._queue.receive()
        if batch:
            self._queue.delete(self._handled(batch))
            return self._round
        return self._rest()

    def _rest(self) -> Work | None:
        seconds = self._queue.seconds_to_next()
        with self._lock:
            if self._was_noticed:
                return self._round
            self._is_busy = False
        if seconds is not None:
            self._scheduler.after(seconds, self._look_again)
        return None

    def _look_again(self) -> None:
        self.notice()

    def _handled(self, batch: list[Message]) -> list[Message]:
        """The messages that are done with; the others come back after their visibility timeout."""
        try:
            answer = self._functions.call(CONSUMER, event_of(batch))
            failed = _failed(answer)
        except (StateFailed, TypeError, KeyError, AttributeError):
            return []
        known = {message.message_id for message in batch}
        if not failed <= known:
            # Lambda takes an answer that names a message it never sent for a failure of all.
            return []
        return [message for message in batch if message.message_id not in failed]


def _failed(answer: Any) -> set[str]:
    failures = (answer or {}).get("batchItemFailures") or []
    return {failure["itemIdentifier"] for failure in failures}
