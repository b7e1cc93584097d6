"""Time, ids and randomness come from this door alone, so that a test can hold it."""

import random
import threading
import time
from datetime import UTC, datetime
from typing import Protocol

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80


class Clock(Protocol):
    """What the rest of the code knows of time and chance."""

    def now(self) -> datetime:
        """The time in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def random_bytes(self, count: int) -> bytes:
        """Bytes fit for keys and tokens."""
        ...

    def new_id(self, prefix: str) -> str:
        """`prefix_` and 26 characters that sort by the time of their making."""
        ...


class SystemClock:
    """The machine's clock and its source of randomness; ids of one process never go back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._random = random.SystemRandom()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def random_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def new_id(self, prefix: str) -> str:
        milliseconds = int(self.now().timestamp() * 1000)
        value = milliseconds << _RANDOM_BITS | self._random.getrandbits(_RANDOM_BITS)
        with self._lock:
            self._last = value = max(value, self._last + 1)
        return f"{prefix}_{crockford(value)}"


def first_id(prefix: str, milliseconds: int) -> str:
    """What sorts before every id that is made from that time on, in milliseconds of the epoch."""
    return f"{prefix}_{crockford(max(0, milliseconds) << _RANDOM_BITS)}"


def crockford(value: int, characters: int = 26) -> str:
    """In Crockford's base 32 and small letters: texts of one length sort as their numbers do."""
    return "".join(CROCKFORD[value >> 5 * at & 31] for at in reversed(range(characters)))


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, the one form in which the API and the store write time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_at(seconds: float) -> str:
    """The same of a time in epoch seconds."""
    return timestamp(datetime.fromtimestamp(seconds, UTC))


def moment(text: str) -> datetime:
    """The time that `timestamp` wrote."""
    return datetime.fromisoformat(text)
