"""A clock that a test holds: it moves when someone waits, and its chance is the same each time."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta

from strata.clock import SystemClock

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class HeldClock(SystemClock):
    """`waits` are the seconds of each sleep, which takes no time."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._start = start
        self._passed = timedelta()
        self._drawn = 0
        self._guard = threading.Lock()

    def now(self) -> datetime:
        return self._start + self._passed

    def monotonic(self) -> float:
        return self._passed.total_seconds()

    def sleep(self, seconds: float) -> None:
        with self._guard:
            self.waits.append(seconds)
            self._passed += timedelta(seconds=seconds)

    def random_bytes(self, count: int) -> bytes:
        with self._guard:
            self._drawn += 1
            return hashlib.shake_128(str(self._drawn).encode()).digest(count)
