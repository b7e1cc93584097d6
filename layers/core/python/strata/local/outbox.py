"""The notifier of the embedded platform: letters are kept, for `strata outbox` to show."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strata.clock import Clock, timestamp
from strata.local.files import open_private
from strata.ports import Letter

KEPT = 1000
"""Letters that stay at least; the oldest go when there are too many."""
_TRIM_BYTES = 4 * 1024 * 1024


class Outbox:
    """`strata.ports.Notifier`; one JSON line per letter, readable by its owner alone. Several
    processes may send at the same time."""

    def __init__(self, path: Path, clock: Clock, *, trim_bytes: int = _TRIM_BYTES) -> None:
        self._path, self._clock, self._trim_bytes = path, clock, trim_bytes

    def send(self, letter: Letter) -> None:
        told = {
            "at": timestamp(self._clock.now()),
            "to": letter.to,
            "subject": letter.subject,
            "text": letter.text,
        }
        line = json.dumps(told, ensure_ascii=False) + "\n"
        with self._locked():
            with open(self._path, "ab", opener=open_private) as file:
                file.write(line.encode())
                is_full = file.tell() > self._trim_bytes
            if is_full:
                self._trim()

    def letters(self) -> list[dict[str, str]]:
        """Oldest first."""
        if not self._path.exists():
            return []
        with self._locked():
            # By now they may all have been deleted.
            lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        return [letter for line in lines if (letter := _read(line))]

    def clear(self) -> None:
        """Deletes all of them; what is sent from now on stays."""
        with self._locked():
            self._path.unlink(missing_ok=True)

    def _trim(self) -> None:
        """By a file of its own that takes the other's place: a crash loses nothing."""
        kept = self._path.read_bytes().splitlines(keepends=True)[-KEPT:]
        fresh = self._path.with_name(f"{self._path.name}.new")
        with open(fresh, "wb", opener=open_private) as file:
            file.writelines(kept)
        fresh.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Not on the letters themselves: whoever waits would get hold of a file that is gone.
        with open(
            self._path.with_name(f"{self._path.name}.lock"), "ab", opener=open_private
        ) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(line: bytes) -> dict[str, str] | None:
    """None for what a crash has left of a letter."""
    try:
        letter: dict[str, str] = json.loads(line)
    except ValueError:
        return None
    return letter
