"""The keys that sign access tokens: one signs, those that signed lately still verify.

Which keys there are stands in the table (`store/signing_keys`), by their names and by the hashes
that tokens carry; the keys themselves never leave the vault, so that who writes to the table can
point to keys of this environment and to no others. Without an item the first key signs.

A process remembers the ring. To sign, to publish and for a key that it does not know it looks anew,
at most every 2 seconds, so that forged tokens do not beat the table; for keys that it knows, every
minute. A new key signs `SETTLE_SECONDS` after it was noted, or later where the vault takes longer:
whoever is handed its first token either knows it or may look anew. `keeping_keys` rotates.
"""

import base64
import hashlib
import threading
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strata.model.errors import InvalidToken, Unavailable
from strata.platform import Platform
from strata.store.signing_keys import Listed, Ring, load

KID_BYTES = 12
KNOWN_SECONDS = 60
FRESH_SECONDS = 2
SETTLE_SECONDS = 5
"""Longer than FRESH_SECONDS by what clocks may differ."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`name` is the vault's, `kid` the one that tokens carry: a hash of the public key, which tells
    no account or region."""

    name: str
    kid: str
    public: EllipticCurvePublicKey


def current(*, platform: Platform) -> SigningKey:
    """The one that signs. Raises Unavailable."""
    ring = _ring(FRESH_SECONDS, platform)
    return _loaded(ring.signer_at(_now(platform)).name, platform)


def verifying(*, platform: Platform) -> dict[str, SigningKey]:
    """By kid, all that verify. Raises Unavailable."""
    ring, now = _ring(FRESH_SECONDS, platform), _now(platform)
    alive = (_loaded(key.name, platform) for key in ring.keys if key.verifies_at(now))
    return {key.kid: key for key in alive}


def named(kid: object, *, platform: Platform) -> SigningKey:
    """The one that verifies what carries this kid. Raises InvalidToken, Unavailable."""
    for seconds in (KNOWN_SECONDS, FRESH_SECONDS):
        listed = _find(kid, _ring(seconds, platform), _now(platform))
        if listed is not None:
            return _loaded(listed.name, platform)
    raise InvalidToken


def kid_of(public_key: bytes) -> str:
    """Of a public key in DER."""
    digest = hashlib.sha256(public_key).digest()[:KID_BYTES]
    return base64.urlsafe_b64encode(digest).decode()


def first(*, platform: Platform, since: int = 0) -> Ring:
    """The ring of an environment where no key was ever rotated."""
    name = platform.vault.first_signing_key()
    return Ring((Listed(name, _loaded(name, platform).kid, since),))


def _find(kid: object, ring: Ring, now: float) -> Listed | None:
    return next((key for key in ring.keys if key.kid == kid and key.verifies_at(now)), None)


class _Known:
    """The ring as this process read it last."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._read_at = 0.0
        self._lock = threading.Lock()

    def ring(self, seconds: float, platform: Platform) -> Ring:
        """As it was no longer ago than that. One reads, and others wait for what it finds."""
        with self._lock:
            now = platform.clock.monotonic()
            if self._ring is None or now - self._read_at >= seconds:
                self._ring = load(platform) or first(platform=platform)
                self._read_at = now
            return self._ring


def _ring(seconds: float, platform: Platform) -> Ring:
    known = platform.memory.recall("signing ring", _Known)
    return known.ring(seconds, platform)


def _now(platform: Platform) -> float:
    return platform.clock.now().timestamp()


def _loaded(name: str, platform: Platform) -> SigningKey:
    return platform.memory.recall(("signing key", name), lambda: _load(name, platform))


def _load(name: str, platform: Platform) -> SigningKey:
    der = platform.vault.public_key(name)
    public = load_der_public_key(der)
    if not isinstance(public, EllipticCurvePublicKey):
        raise Unavailable("The signing key is of another kind.")
    return SigningKey(name, kid_of(der), public)
