"""A bell between processes: rung after a message was sent, heard by the platform that runs.

It is a named pipe in the platform's folder. It carries nothing: the message lies in the database.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_RING = b"!"
_STOP = b"."


class Bell:
    """`ring` from any process; `listen` in the one that has the folder to itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listener: threading.Thread | None = None

    def ring(self) -> None:
        """Nobody may listen; then the message waits for the next start."""
        self._send(_RING)

    def listen(self, heard: Callable[[], None]) -> None:
        """Where the disk knows no pipes, messages of other processes wait for the next of ours."""
        try:
            pipe = self._open()
        except OSError:
            return
        self._listener = threading.Thread(
            target=_hear, args=(pipe, heard), name="strata-bell", daemon=True
        )
        self._listener.start()

    def close(self) -> None:
        if self._listener is not None:
            self._send(_STOP)
            self._listener.join()
            self._listener = None

    def _open(self) -> int:
        self._path.unlink(missing_ok=True)
        os.mkfifo(self._path, 0o600)
        # Open for writing too, so that it never ends while nobody rings.
        return os.open(self._path, os.O_RDWR)

    def _send(self, sign: bytes) -> None:
        # No such pipe, nobody at its other end, or a pipe full of rings: nothing to do.
        with suppress(OSError):
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, sign)
            finally:
                os.close(pipe)


def _hear(pipe: int, heard: Callable[[], None]) -> None:
    try:
        while _STOP not in os.read(pipe, 4096):
            heard()
    finally:
        os.close(pipe)
