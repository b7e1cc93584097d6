"""Large values as files."""

from hashlib import sha256
from pathlib import Path

from strata.clock import Clock, SystemClock
from strata.local.files import sync_folder, write_once
from strata.model.errors import NotFound, Unavailable


class LocalBlobs:
    """`strata.ports.Blobs`: one file each, durable once `put` returns.

    A file is named by the digest of the blob's name: no name can lead out of the folder, be too
    long, or meet another one on a disk that does not tell capitals from small letters."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True)
                sync_folder(self._folder)
            if not path.exists():
                write_once(path, data, self._clock)
        except OSError as error:
            raise Unavailable("The embedded platform cannot write a blob") from error

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound from error
        except OSError as error:
            raise Unavailable("The embedded platform cannot read a blob") from error

    def link(self, name: str, seconds: int) -> None:
        """Files have no address of their own."""

    def _path(self, name: str) -> Path:
        digest = sha256(name.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]
