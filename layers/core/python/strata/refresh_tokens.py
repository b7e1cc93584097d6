"""Refresh tokens: opaque, found by user and session, each made of the one before it.

    srt_<user><session><secret><checksum>

A successor's secret is an HMAC under its predecessor's of a nonce that the session keeps. So who
holds the predecessor is told the same successor again, and the table alone tells nobody any.
"""

import hmac
from dataclasses import dataclass, field

from strata import opaque
from strata.clock import Clock
from strata.opaque import Opaque

PREFIX = "srt_"
_ID = 26
_IDS = f"[0-9a-z]{{{2 * _ID}}}"
_NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The family that it belongs to, and what proves it."""

    user_id: str
    session_id: str
    secret: str = field(repr=False)

    def written(self) -> str:
        """As it is handed out."""
        ids = self.user_id.removeprefix("usr_") + self.session_id.removeprefix("ses_")
        return opaque.written(PREFIX, Opaque(ids, self.secret))


def new(user_id: str, session_id: str, clock: Clock) -> RefreshToken:
    """The first one of a family."""
    return RefreshToken(user_id, session_id, opaque.new_secret(clock))


def read(text: str) -> RefreshToken | None:
    """None for what is no refresh token, or was mistyped."""
    found = opaque.read(PREFIX, _IDS, text)
    if found is None:
        return None
    return RefreshToken(f"usr_{found.id[:_ID]}", f"ses_{found.id[_ID:]}", found.secret)


def new_nonce(clock: Clock) -> str:
    return clock.random_bytes(_NONCE_BYTES).hex()


def successor(token: RefreshToken, nonce: str) -> RefreshToken:
    """The one that it is exchanged for: 256 bits that need both."""
    digest = hmac.digest(token.secret.encode(), bytes.fromhex(nonce), "sha256")
    return RefreshToken(token.user_id, token.session_id, opaque.encoded(digest))
