"""The vault of the embedded platform: what KMS does on AWS, with keys in files of mode 0600.

    master.key, master-2.key …    wrap data keys, and seal the signing keys beside them
    signing.key                   the first signing key
    signing_<id>.key              those that were made later

Another process may rotate or retire keys at any time, so that a file is looked for when it is used.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from strata.clock import Clock
from strata.local.files import rewrite, write_once
from strata.local.master_keys import KEY_BYTES, MasterKeys, make_first, read_key_file
from strata.model.errors import Unavailable
from strata.ports import DataKey, InvalidCiphertext

_SIGNING_CONTEXT = {"purpose": "signing"}
FIRST = "signing"
_LATER = re.compile(r"signing_[0-9a-z]{26}")


class LocalVault:
    """`strata.ports.Vault`. Makes `master.key` and `signing.key` once; a master key that is lost or
    changed is told as Unavailable and never replaced, since it would open nothing."""

    settle_seconds = 0

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock
        self._folder = folder
        self._make_what_is_missing()
        self._masters = MasterKeys(folder, clock)
        if not self._path(FIRST).exists():
            self._keep_new(FIRST)
        self._signing = {FIRST: self._open(FIRST)}

    def new_data_key(self, context: Mapping[str, str]) -> DataKey:
        plaintext = self._clock.random_bytes(KEY_BYTES)
        return DataKey(plaintext, self._masters.seal(plaintext, context))

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        return self._masters.open(wrapped, context)

    def rotate(self) -> None:
        """The signing keys are sealed anew too: so the folder tells when its newest master key is
        lost."""
        self._masters.rotate()
        for name in (FIRST, *self.signing_keys()):
            der = self._unsealed(name)
            sealed = self._masters.seal(der, _SIGNING_CONTEXT)
            rewrite(self._path(name), sealed, self._clock)

    def first_signing_key(self) -> str:
        return FIRST

    def new_signing_key(self) -> str:
        name = self._clock.new_id(FIRST)
        self._keep_new(name)
        return name

    def signing_keys(self) -> list[str]:
        return sorted(
            path.stem for path in self._folder.glob("*.key") if _LATER.fullmatch(path.stem)
        )

    def sign(self, key: str, message: bytes) -> bytes:
        return self._loaded(key).sign(message, ECDSA(SHA256()))

    def public_key(self, key: str) -> bytes:
        public = self._loaded(key).public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def retire_signing_key(self, key: str) -> None:
        if _LATER.fullmatch(key):
            self._path(key).unlink(missing_ok=True)
            self._signing.pop(key, None)

    def _make_what_is_missing(self) -> None:
        if (self._folder / "master.key").exists():
            return
        if any(self._folder.glob("*.key")):
            path = self._folder / "master.key"
            raise Unavailable(f"{path} is lost: what it sealed cannot be opened any more")
        make_first(self._folder, self._clock)

    def _keep_new(self, name: str) -> None:
        sealed = self._masters.seal(_new_signing_key(), _SIGNING_CONTEXT)
        write_once(self._path(name), sealed, self._clock)

    def _loaded(self, name: str) -> EllipticCurvePrivateKey:
        if not self._path(name).exists():
            self._signing.pop(name, None)
            raise Unavailable("This signing key has been retired.")
        if name not in self._signing:
            self._signing[name] = self._open(name)
        return self._signing[name]

    def _open(self, name: str) -> EllipticCurvePrivateKey:
        # Sealed by this vault, so it is what this vault made.
        key = load_der_private_key(self._unsealed(name), password=None)
        return cast("EllipticCurvePrivateKey", key)

    def _unsealed(self, name: str) -> bytes:
        path = self._path(name)
        try:
            return self._masters.open(read_key_file(path), _SIGNING_CONTEXT)
        except InvalidCiphertext as error:
            message = f"{path} was not sealed with the master key beside it, or that is lost"
            raise Unavailable(message) from error

    def _path(self, name: str) -> Path:
        """Names come out of the table: none leads out of the folder."""
        if name != FIRST and not _LATER.fullmatch(name):
            raise Unavailable("No signing key has such a name.")
        return self._folder / f"{name}.key"


def _new_signing_key() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
