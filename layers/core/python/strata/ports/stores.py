"""Where large values and keys lie: the blobs and the vault of a platform."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

REFRESH_DAYS = 7
"""A value that is put again begins a new life if its old one is older than this."""


class Blobs(Protocol):
    """Bytes under a name, written once and never changed. A platform may end what was put under
    `values/`, long after it was last put."""

    def put(self, name: str, data: bytes) -> None: ...

    def keep(self, name: str) -> bool:
        """Lets what is there live on as if it had just been put; whether there is anything."""
        ...

    def get(self, name: str) -> bytes:
        """Raises NotFound."""
        ...

    def link(self, name: str, seconds: int) -> str:
        """An address where anybody may read the bytes for so long: absolute, or a path of the
        server that answers. Does not look whether there are any."""
        ...


class DataKey(NamedTuple):
    plaintext: bytes
    """32 bytes."""
    wrapped: bytes


class Vault(Protocol):
    """Keys that never leave it. `context` is bound to a data key: without the very same map the
    wrapped key does not open. Raises Unavailable; never falls back."""

    def new_data_key(self, context: Mapping[str, str]) -> DataKey: ...

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Raises InvalidCiphertext."""
        ...

    def sign(self, message: bytes) -> bytes:
        """ECDSA on P-256 with SHA-256 over the message (up to 4,096 bytes), as DER, by the
        signing key."""
        ...

    def signing_key_id(self) -> str: ...

    def public_keys(self) -> Mapping[str, bytes]:
        """Key id to public key in DER (SubjectPublicKeyInfo), for each key that verifies."""
        ...


class InvalidCiphertext(Exception):
    """What was to be opened was not sealed here, or not for this context."""
