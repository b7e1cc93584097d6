"""The folder of an embedded platform, held by one process at a time."""

import fcntl
import os
from pathlib import Path

from strata.local.database import FolderRefused
from strata.local.files import open_private

DATABASE = "strata.sqlite"
BLOBS = "blobs"
VAULT = "vault"
LOG = "strata.log"
OUTBOX = "outbox"
BELL = "bell"
_LOCK = "lock"


class FolderLock:
    """Taken when made. Raises FolderRefused. The system lets go of it when the process ends, in
    whatever way."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = open(  # noqa: SIM115
                folder / _LOCK, "a+", encoding="ascii", opener=open_private
            )
        except OSError as error:
            raise FolderRefused(f"{folder} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise FolderRefused(
                f"{folder} is in use by {holder}; stop it or take another folder"
            ) from error
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()}")
        self._file.flush()

    def release(self) -> None:
        self._file.close()
