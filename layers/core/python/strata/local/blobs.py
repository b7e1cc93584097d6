"""Large values as files."""

from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from strata.clock import Clock, SystemClock
from strata.cursors import open_cursor, seal_cursor
from strata.local.files import sync_folder, write_once
from strata.model.errors import InvalidCursor, NotFound, Unavailable

PATH = "/blobs/"
"""Where the embedded server answers links: beside the API, as S3 does."""
_BINDING = "link to a blob"


class LocalBlobs:
    """`strata.ports.Blobs`: one file each, durable once `put` returns.

    A file is named by the digest of the blob's name: no name can lead out of the folder, be too
    long, or meet another one on a disk that does not tell capitals from small letters. It lies in a
    folder named likewise by the name's part before the last slash, so that these can be told."""

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

    def keep(self, name: str) -> bool:
        return self._path(name).exists()

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound from error
        except OSError as error:
            raise Unavailable("The embedded platform cannot read a blob") from error

    def delete(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable("The embedded platform cannot delete a blob") from error

    def delete_under(self, folder: str, most: int) -> bool:
        try:
            with suppress(FileNotFoundError):
                found = sorted((self._folder / _digest(folder)).iterdir())
                for path in found[:most]:
                    path.unlink(missing_ok=True)
                return len(found) <= most
        except OSError as error:
            raise Unavailable("The embedded platform cannot delete a blob") from error
        return True

    def link(self, name: str, seconds: int) -> str:
        """A path of the embedded server."""
        end = int(self._clock.now().timestamp()) + seconds
        file = self._path(name).relative_to(self._folder).as_posix()
        position = {"file": file, "end": str(end)}
        return PATH + seal_cursor(position, _BINDING, self._link_key)

    def linked(self, path: str) -> Path | None:
        """The file that a path leads to which `link` gave; None if its time is over, or if it was
        never given."""
        try:
            found = open_cursor(path.removeprefix(PATH), _BINDING, self._link_key)
        except InvalidCursor:
            return None
        is_over = self._clock.now().timestamp() >= int(found["end"])
        return None if is_over else self._folder / found["file"]

    @cached_property
    def _link_key(self) -> bytes:
        """Made with the first link; the first of two processes counts."""
        path = self._folder / "link.key"
        if not path.exists():
            write_once(path, self._clock.random_bytes(32), self._clock)
        return path.read_bytes()

    def _path(self, name: str) -> Path:
        path = self._folder / _digest(name.rpartition("/")[0]) / _digest(name)
        if not path.exists():
            self._take_over(name, path)
        return path

    def _take_over(self, name: str, path: Path) -> None:
        """From where an earlier release put it."""
        digest = _digest(name)
        before = self._folder / digest[:2] / digest[2:]
        if before.exists():
            path.parent.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                before.replace(path)
            sync_folder(path.parent)


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()
