"""Files that are there whole or not at all, also after a crash."""

import os
from contextlib import suppress
from pathlib import Path

from strata.clock import Clock

OWNER_ALONE = 0o600


def open_private(path: str, flags: int) -> int:
    """An opener: of a file that its owner alone reads, whoever may read its folder, and also if it
    has been there before."""
    descriptor = os.open(path, flags, OWNER_ALONE)
    with suppress(PermissionError):
        os.fchmod(descriptor, OWNER_ALONE)
    return descriptor


def make_private(path: Path) -> None:
    """The same of a file that others open: made if it is not there. It is never opened here if it
    is: to close it would drop the locks that this process has on it."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))
    with suppress(PermissionError):
        path.chmod(OWNER_ALONE)


def write_once(path: Path, data: bytes, clock: Clock, mode: int = OWNER_ALONE) -> None:
    """Writes a file that is not there yet; one that is there already stays as it is."""
    draft = path.with_name(f"{path.name}.{clock.random_bytes(8).hex()}.draft")
    try:
        _write(draft, data, mode)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def rewrite(path: Path, data: bytes, clock: Clock, mode: int = OWNER_ALONE) -> None:
    """Puts a file in the place of the one that is there."""
    draft = path.with_name(f"{path.name}.{clock.random_bytes(8).hex()}.draft")
    try:
        _write(draft, data, mode)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def _write(path: Path, data: bytes, mode: int) -> None:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
