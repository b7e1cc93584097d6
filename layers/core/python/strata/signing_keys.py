"""The keys that sign access tokens: one signs, those that signed lately still verify.

Which keys there are stands in the table; the keys themselves never leave the vault.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strata.model.errors import Unavailable
from strata.platform import Platform

KID_BYTES = 12


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`name` is the vault's, `kid` the one that tokens carry: a hash of the public key, which tells
    no account or region."""

    name: str
    kid: str
    public: EllipticCurvePublicKey


def current(*, platform: Platform) -> SigningKey:
    """The one that signs. Raises Unavailable."""
    return _loaded(platform.vault.first_signing_key(), platform)


def verifying(*, platform: Platform) -> dict[str, SigningKey]:
    """By kid, all that verify. Raises Unavailable."""
    key = current(platform=platform)
    return {key.kid: key}


def _loaded(name: str, platform: Platform) -> SigningKey:
    return platform.memory.recall(("signing key", name), lambda: _load(name, platform))


def _load(name: str, platform: Platform) -> SigningKey:
    der = platform.vault.public_key(name)
    public = load_der_public_key(der)
    if not isinstance(public, EllipticCurvePublicKey):
        raise Unavailable("The signing key is of another kind.")
    digest = hashlib.sha256(der).digest()[:KID_BYTES]
    return SigningKey(name, base64.urlsafe_b64encode(digest).decode(), public)
