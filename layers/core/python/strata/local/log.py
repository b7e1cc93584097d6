"""The log of an embedded platform: a file that begins anew before it grows too large."""

import io
from contextlib import suppress
from pathlib import Path
from typing import IO

from strata.local.files import make_private, open_private

MAX_BYTES = 10_000_000
OLDER = 5
"""So many full ones are kept beside it, `strata.log.1` the youngest."""


class RotatingLog(io.TextIOBase):
    """A stream of whole lines, readable by its owner alone. Whoever writes from several threads
    holds a lock meanwhile, as `strata.observability` does."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, older: int = OLDER) -> None:
        self._path, self._max_bytes, self._older = path, max_bytes, older
        for one in path.parent.glob(f"{path.name}.*"):
            make_private(one)
        self._open()

    def write(self, text: str) -> int:
        data = len(text.encode("utf-8", "replace"))
        if self._size and self._size + data > self._max_bytes:
            self._rotate()
        self._size += data
        return self._file.write(text)

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        self._file.close()
        super().close()

    def _open(self) -> None:
        self._file: IO[str] = open(  # noqa: SIM115
            self._path,
            "a",
            encoding="utf-8",
            errors="replace",
            opener=open_private,
        )
        self._size = self._path.stat().st_size

    def _rotate(self) -> None:
        """A name that cannot be changed costs the rotation and not the line."""
        self._file.close()
        for number in range(self._older, 0, -1):
            with suppress(OSError):
                self._named(number - 1).replace(self._named(number))
        self._open()

    def _named(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
