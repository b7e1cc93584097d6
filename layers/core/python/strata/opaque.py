"""Opaque tokens: an id that finds the record, a secret that proves it, a checksum against slips.

    <prefix>_<id><secret><checksum>         all but the prefix in Crockford's base 32, small letters

The record keeps a hash of the secret alone. 256 random bits need no slow hash.
"""

import hashlib
import hmac
import re
from typing import NamedTuple
from zlib import crc32

from strata.clock import CROCKFORD, Clock, crockford

SECRET_BYTES = 32
_SECRET, _CHECKSUM = 52, 7


class Opaque(NamedTuple):
    """`id` is what the maker gave, without anything of the secret."""

    id: str
    secret: str


def new_secret(clock: Clock) -> str:
    """256 bits, as 52 characters."""
    return encoded(clock.random_bytes(SECRET_BYTES))


def encoded(secret: bytes) -> str:
    """32 bytes as a secret."""
    return crockford(int.from_bytes(secret, "big"), _SECRET)


def written(prefix: str, opaque: Opaque) -> str:
    """The token as it is handed out; `prefix` ends with what separates it from the id."""
    body = f"{prefix}{opaque.id}{opaque.secret}"
    return body + _checksum(body)


def read(prefix: str, id_pattern: str, token: str) -> Opaque | None:
    """What the token consists of; None if it is none of this kind, or was mistyped."""
    digit = f"[{CROCKFORD}]"
    form = f"({re.escape(prefix)})({id_pattern})({digit}{{{_SECRET}}})({digit}{{{_CHECKSUM}}})"
    found = re.fullmatch(form, token, re.ASCII)
    if found is None or found[4] != _checksum(token[:-_CHECKSUM]):
        return None
    return Opaque(found[2], found[3])


def hashed(secret: str) -> str:
    """What a record keeps: SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def proves(secret: str, kept: str) -> bool:
    """Whether it is the secret of which the record keeps the hash."""
    return hmac.compare_digest(hashed(secret), kept)


def _checksum(body: str) -> str:
    return crockford(crc32(body.encode()), _CHECKSUM)
