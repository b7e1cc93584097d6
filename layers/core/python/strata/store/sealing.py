"""Secrets at rest: AES-256-GCM under a data key of their own, bound to their context.

The sealed form is text: base64 of version (1 byte, 1), length of the wrapped key (2 bytes), the
wrapped key, nonce (12 bytes), ciphertext with its tag. The context is the associated data of the
ciphertext and the context of the data key; a copy in another place opens neither.

A data key that was opened stays in memory for 5 minutes (`opened_keys`), so that nodes that use the
same secret one after the other, or at once, ask the vault once.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strata.opened_keys import Name
from strata.platform import Platform
from strata.ports import InvalidCiphertext

_VERSION = 1
_NONCE = 12

Context = Mapping[str, str]


def seal(plaintext: bytes, context: Context, platform: Platform) -> str:
    """Raises Unavailable where the vault does."""
    key = platform.vault.new_data_key(context)
    nonce = platform.clock.random_bytes(_NONCE)
    ciphertext = AESGCM(key.plaintext).encrypt(nonce, plaintext, _associated(context))
    head = bytes([_VERSION]) + len(key.wrapped).to_bytes(2, "big")
    return base64.b64encode(head + key.wrapped + nonce + ciphertext).decode()


def open_sealed(sealed: str, context: Context, platform: Platform) -> bytes:
    """Raises InvalidCiphertext for anything but what `seal` made for this context; Unavailable
    where the vault does."""
    wrapped, nonce, ciphertext = _split(sealed)
    associated = _associated(context)
    cipher = platform.opened_keys.use(
        Name(wrapped, associated),
        lambda: platform.vault.open_data_key(wrapped, context),
        AESGCM,
        platform.clock,
    )
    try:
        return cipher.decrypt(nonce, ciphertext, associated)
    except InvalidTag:
        raise InvalidCiphertext from None


def forget(sealed: str, platform: Platform) -> None:
    """For what is deleted: this process opens it no more without the vault. Whatever is no sealed
    text is forgotten already."""
    with suppress(InvalidCiphertext):
        platform.opened_keys.forget(_split(sealed)[0])


def _split(sealed: str) -> tuple[bytes, bytes, bytes]:
    try:
        data = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidCiphertext from None
    if len(data) < 3 or data[0] != _VERSION:
        raise InvalidCiphertext
    start = 3 + int.from_bytes(data[1:3], "big")
    if len(data) < start + _NONCE:
        raise InvalidCiphertext
    return data[3:start], data[start : start + _NONCE], data[start + _NONCE :]


def _associated(context: Context) -> bytes:
    return json.dumps(dict(context), sort_keys=True, separators=(",", ":")).encode()
