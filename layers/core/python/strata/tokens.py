"""Access tokens: ES256 (RFC 9068, RFC 8725), signed by the vault, every claim required and checked.

Whether their session still lasts, and what their user may do by now, is asked in `identities`.
"""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

from strata import signing_keys
from strata.model.errors import InvalidToken
from strata.model.user import User
from strata.platform import Platform
from strata.signing_keys import SigningKey

LIFETIME_SECONDS = 900
LEEWAY_SECONDS = 5
MAX_TOKEN_BYTES = 4096
TYPE = "at+jwt"
ALGORITHM = "ES256"
AUDIENCE = "strata-api"
_TEXTS = ("sub", "jti", "sid", "iss", "type", "role")
_CLAIMS = (*_TEXTS, "exp", "iat", "nbf", "aud", "epoch")
_COORDINATE = 32


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; `epoch` is its user's when it was issued."""

    user_id: str
    token_id: str
    session_id: str
    role: str
    epoch: int


class _VaultSignature(ECAlgorithm):
    """ES256 by a key that never leaves the vault: the vault gives DER, JWS wants r and s."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        return der_to_raw_signature(key(msg), SECP256R1())


def _signer() -> jwt.PyJWS:
    signer = jwt.PyJWS()
    signer.unregister_algorithm(ALGORITHM)
    signer.register_algorithm(ALGORITHM, _VaultSignature(SHA256, SECP256R1))
    return signer


def issue(user: User, session_id: str, *, platform: Platform) -> str:
    """An access token of that session, for 15 minutes. Raises Unavailable."""
    now = platform.clock.now()
    claims = {
        "iss": issuer(platform),
        "aud": AUDIENCE,
        "sub": user.id,
        "jti": platform.clock.new_id("tok"),
        "sid": session_id,
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=LIFETIME_SECONDS)).timestamp()),
        "type": "access",
        "role": user.role,
        "epoch": user.epoch,
    }
    signing = signing_keys.current(platform=platform)
    headers = {"typ": TYPE, "kid": signing.kid}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    # PyJWT hands the key to our algorithm as it is, but does not say so in its types.
    key: Any = partial(platform.vault.sign, signing.name)
    return _signer().encode(payload, key, ALGORITHM, headers)


def verify(token: str, *, platform: Platform) -> Claims:
    """What the token says, once all of it has been checked. Raises InvalidToken, Unavailable."""
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken
    try:
        claims = _claims(token, platform)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise InvalidToken from None
    return Claims(claims["sub"], claims["jti"], claims["sid"], claims["role"], claims["epoch"])


def _claims(token: str, platform: Platform) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    if header.get("typ") != TYPE:
        raise InvalidToken
    key = signing_keys.verifying(platform=platform)[header["kid"]]
    claims = jwt.decode(
        token,
        key.public,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=issuer(platform),
        options={"require": list(_CLAIMS), "verify_exp": False, "verify_nbf": False,
                 "verify_iat": False, "strict_aud": True},
    )  # fmt: skip
    _check_times(claims, platform)
    if not all(isinstance(claims[name], str) for name in _TEXTS):
        raise InvalidToken
    if claims["type"] != "access" or not claims["sub"].startswith("usr_"):
        raise InvalidToken
    if type(claims["epoch"]) is not int:
        raise InvalidToken
    return claims


def _check_times(claims: dict[str, Any], platform: Platform) -> None:
    """By the platform's clock, which PyJWT does not know."""
    now = platform.clock.now().timestamp()
    begin, issued, end = (claims[name] for name in ("nbf", "iat", "exp"))
    if not all(type(one) is int for one in (begin, issued, end)):
        raise InvalidToken
    if not max(begin, issued) - LEEWAY_SECONDS <= now < end + LEEWAY_SECONDS:
        raise InvalidToken
    if end - issued > LIFETIME_SECONDS:
        raise InvalidToken


def issuer(platform: Platform) -> str:
    """Tokens of one environment are worth nothing in another."""
    return f"strata:{platform.settings.stage}"


def jwks(*, platform: Platform) -> dict[str, Any]:
    """The public keys as a JSON Web Key Set (RFC 7517)."""
    return {"keys": [_jwk(key) for key in signing_keys.verifying(platform=platform).values()]}


def _jwk(key: SigningKey) -> dict[str, str]:
    numbers = key.public.public_numbers()
    x, y = (_coordinate(number) for number in (numbers.x, numbers.y))
    named = {"kid": key.kid, "use": "sig", "alg": ALGORITHM}
    return {"kty": "EC", "crv": "P-256", **named, "x": x, "y": y}


def _coordinate(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_COORDINATE, "big")).rstrip(b"=").decode()
