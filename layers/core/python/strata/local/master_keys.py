"""The master keys of the embedded vault: the newest seals, all of them open.

`master.key` is the first, `master-2.key` the second and so on: 32 bytes each, in files of mode
0600. What is sealed says by which of them: form (1 byte), nonce (12 bytes), ciphertext with its
tag; in form 1 it is the first, in form 2 its number (2 bytes) comes before the nonce.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strata.clock import Clock
from strata.local.files import write_once
from strata.model.errors import Unavailable
from strata.ports import InvalidCiphertext

KEY_BYTES = 32
_NONCE_BYTES = 12
_OF_FIRST = b"\x01"
_OF_NUMBER = b"\x02"
_NUMBER_BYTES = 2


class MasterKeys:
    """Those of a folder, the first of which must be there. Raises Unavailable for one that is
    lost or cut short: none is ever replaced, since another would open nothing."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._keys: list[AESGCM] = []
        self._lock = threading.Lock()
        there = len(list(folder.glob("master*.key")))
        self._take_up()
        if len(self._keys) < there:
            raise Unavailable(f"{self._path(len(self._keys) + 1)} is lost, and was not the last")

    def seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        number, key = self._newest()
        nonce = self._clock.random_bytes(_NONCE_BYTES)
        return _form(number) + nonce + key.encrypt(nonce, plaintext, _canonical(context))

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Raises InvalidCiphertext."""
        number, rest = _split(sealed)
        nonce, ciphertext = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        if not ciphertext:
            raise InvalidCiphertext
        try:
            return self._numbered(number).decrypt(nonce, ciphertext, _canonical(context))
        except InvalidTag as error:
            raise InvalidCiphertext from error

    def rotate(self) -> None:
        """Makes the next one. Two processes that do so at the same time make one."""
        number, _ = self._newest()
        write_once(self._path(number + 1), self._clock.random_bytes(KEY_BYTES), self._clock)

    def _newest(self) -> tuple[int, AESGCM]:
        """Another process may have made one since."""
        self._take_up()
        return len(self._keys), self._keys[-1]

    def _numbered(self, number: int) -> AESGCM:
        if number > len(self._keys):
            self._take_up()
        if number > len(self._keys):
            raise InvalidCiphertext
        return self._keys[number - 1]

    def _take_up(self) -> None:
        with self._lock:
            while not self._keys or self._path(len(self._keys) + 1).exists():
                self._keys.append(AESGCM(_read_key(self._path(len(self._keys) + 1))))

    def _path(self, number: int) -> Path:
        return self._folder / ("master.key" if number == 1 else f"master-{number}.key")


def make_first(folder: Path, clock: Clock) -> None:
    write_once(folder / "master.key", clock.random_bytes(KEY_BYTES), clock)


def _form(number: int) -> bytes:
    if number == 1:
        return _OF_FIRST
    return _OF_NUMBER + number.to_bytes(_NUMBER_BYTES, "big")


def _split(sealed: bytes) -> tuple[int, bytes]:
    """The number of the master key, and what comes after it."""
    if sealed[:1] == _OF_FIRST:
        return 1, sealed[1:]
    head = 1 + _NUMBER_BYTES
    number = int.from_bytes(sealed[1:head], "big")
    if sealed[:1] != _OF_NUMBER or number < 2:
        raise InvalidCiphertext
    return number, sealed[head:]


def _read_key(path: Path) -> bytes:
    key = read_key_file(path)
    if len(key) != KEY_BYTES:
        raise Unavailable(f"{path} does not hold {KEY_BYTES} bytes")
    return key


def read_key_file(path: Path) -> bytes:
    """Raises Unavailable."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Unavailable(f"{path} is not there") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error


def _canonical(context: Mapping[str, str]) -> bytes:
    return json.dumps(dict(context), sort_keys=True, separators=(",", ":")).encode()
