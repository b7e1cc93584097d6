"""The vault of the embedded platform: what KMS does on AWS, with keys in files of mode 0600."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from strata.clock import Clock
from strata.local.files import write_once
from strata.model.errors import Unavailable
from strata.ports import DataKey, InvalidCiphertext

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = b"\x01"
"""Of what is sealed: this byte, a nonce, the ciphertext with its tag."""
_SIGNING_CONTEXT = {"purpose": "signing"}
FIRST = "signing"


class LocalVault:
    """`strata.ports.Vault`. Makes `master.key` and `signing.key` once; a master key that is lost or
    changed is told as Unavailable and never replaced, since it would open nothing."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock
        self._master = AESGCM(_master_key(folder, clock))
        self._folder = folder
        self._signing = {FIRST: self._signing_key(FIRST)}

    def new_data_key(self, context: Mapping[str, str]) -> DataKey:
        plaintext = self._clock.random_bytes(KEY_BYTES)
        return DataKey(plaintext, self._seal(plaintext, context))

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        if wrapped[:1] != _FORM or not sealed:
            raise InvalidCiphertext
        try:
            return self._master.decrypt(nonce, sealed, _canonical(context))
        except InvalidTag as error:
            raise InvalidCiphertext from error

    def first_signing_key(self) -> str:
        return FIRST

    def new_signing_key(self) -> str:
        name = self._clock.new_id("signing")
        self._signing[name] = self._signing_key(name)
        return name

    def sign(self, key: str, message: bytes) -> bytes:
        return self._loaded(key).sign(message, ECDSA(SHA256()))

    def public_key(self, key: str) -> bytes:
        public = self._loaded(key).public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def _loaded(self, name: str) -> EllipticCurvePrivateKey:
        """Another process may have made it."""
        if name not in self._signing:
            self._signing[name] = self._signing_key(name)
        return self._signing[name]

    def _seal(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        nonce = self._clock.random_bytes(_NONCE_BYTES)
        return _FORM + nonce + self._master.encrypt(nonce, plaintext, _canonical(context))

    def _signing_key(self, name: str) -> EllipticCurvePrivateKey:
        path = self._folder / f"{name}.key"
        if not path.exists():
            write_once(path, self._seal(_new_signing_key(), _SIGNING_CONTEXT), self._clock)
        try:
            der = self.open_data_key(_read(path), _SIGNING_CONTEXT)
        except InvalidCiphertext as error:
            raise Unavailable(f"{path} was not sealed with the master key beside it") from error
        # Sealed by this vault, so it is what this vault made.
        return cast("EllipticCurvePrivateKey", load_der_private_key(der, password=None))


def _master_key(folder: Path, clock: Clock) -> bytes:
    path = folder / "master.key"
    if not path.exists():
        if (folder / "signing.key").exists():
            raise Unavailable(f"{path} is lost: what it sealed cannot be opened any more")
        write_once(path, clock.random_bytes(KEY_BYTES), clock)
    key = _read(path)
    if len(key) != KEY_BYTES:
        raise Unavailable(f"{path} does not hold {KEY_BYTES} bytes")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}") from error


def _new_signing_key() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _canonical(context: Mapping[str, str]) -> bytes:
    return json.dumps(dict(context), sort_keys=True, separators=(",", ":")).encode()
