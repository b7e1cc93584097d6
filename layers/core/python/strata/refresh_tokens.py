"""Refresh tokens: opaque, found by user and session, each made of the one before it.

    srt_<user><session><tag><secret><checksum>

Anybody may know the ids: they stand in access tokens and in the audit log. So a tag, which the
environment's key makes of ids and secret, proves of an old token that it once was of the family,
though nothing is kept of it.

A successor's secret is an HMAC under its predecessor's of a nonce that the session keeps. So who
holds the predecessor is told the same successor again, and the table alone tells nobody any.
"""

import hmac
from dataclasses import dataclass, field

from strata import opaque
from strata.clock import Clock
from strata.opaque import Opaque
from strata.paging import cursor_key
from strata.platform import Platform

PREFIX = "srt_"
_ID = 26
_TAG = 16
"""80 bits."""
_PARTS = f"[0-9a-z]{{{2 * _ID + _TAG}}}"
_NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The family that it belongs to, and what proves it."""

    user_id: str
    session_id: str
    secret: str = field(repr=False)

    @property
    def ids(self) -> str:
        return self.user_id.removeprefix("usr_") + self.session_id.removeprefix("ses_")

    def written(self, key: bytes) -> str:
        """As it is handed out; `key` as `key_of` tells it."""
        return opaque.written(PREFIX, Opaque(self.ids + _tag(self, key), self.secret))


def new(user_id: str, session_id: str, clock: Clock) -> RefreshToken:
    """The first one of a family."""
    return RefreshToken(user_id, session_id, opaque.new_secret(clock))


def key_of(platform: Platform) -> bytes:
    """The environment's, for this purpose alone. Raises Unavailable."""
    return hmac.digest(cursor_key(platform), b"refresh tokens", "sha256")


def read(text: str, key: bytes) -> RefreshToken | None:
    """None for what was never handed out as a refresh token, or was mistyped."""
    found = opaque.read(PREFIX, _PARTS, text)
    if found is None:
        return None
    user, session, tag = found.id[:_ID], found.id[_ID : 2 * _ID], found.id[2 * _ID :]
    token = RefreshToken(f"usr_{user}", f"ses_{session}", found.secret)
    # ASCII on both sides, as the pattern says.
    return token if hmac.compare_digest(tag, _tag(token, key)) else None


def new_nonce(clock: Clock) -> str:
    return clock.random_bytes(_NONCE_BYTES).hex()


def successor(token: RefreshToken, nonce: str) -> RefreshToken:
    """The one that it is exchanged for: 256 bits that need both."""
    digest = hmac.digest(token.secret.encode(), bytes.fromhex(nonce), "sha256")
    return RefreshToken(token.user_id, token.session_id, opaque.encoded(digest))


def _tag(token: RefreshToken, key: bytes) -> str:
    digest = hmac.digest(key, (token.ids + token.secret).encode(), "sha256")
    return opaque.encoded(digest)[-_TAG:]
