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

    def delete(self, name: str) -> None:
        """What is not there is deleted already."""
        ...

    def delete_under(self, folder: str, most: int) -> bool:
        """Deletes up to `most` (no more than 1,000) of those whose names begin with `folder/` and
        have no further `/`; whether nothing of them is left. Raises Unavailable."""
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

    @property
    def settle_seconds(self) -> int:
        """So long after a signing key was made it may take until every process can use it."""
        ...

    def new_data_key(self, context: Mapping[str, str]) -> DataKey: ...

    def open_data_key(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Raises InvalidCiphertext."""
        ...

    def rotate(self) -> None:
        """From here on data keys are wrapped by a new key; what older ones wrapped still opens."""
        ...

    def first_signing_key(self) -> str:
        """The name of the signing key that the environment was made with."""
        ...

    def new_signing_key(self) -> str:
        """Makes another one; its name, once this process can use it."""
        ...

    def signing_keys(self) -> list[str]:
        """The names of all that `new_signing_key` made and that are not retired: also of those
        that nobody has noted."""
        ...

    def sign(self, key: str, message: bytes) -> bytes:
        """ECDSA on P-256 with SHA-256 over the message (up to 4,096 bytes), as DER."""
        ...

    def public_key(self, key: str) -> bytes:
        """In DER (SubjectPublicKeyInfo)."""
        ...

    def retire_signing_key(self, key: str) -> None:
        """Lets go of a key that nothing needs to verify any more; the first one stays. Twice is
        once."""
        ...


class InvalidCiphertext(Exception):
    """What was to be opened was not sealed here, or not for this context."""
