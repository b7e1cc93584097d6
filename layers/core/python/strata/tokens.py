"""Access tokens: ES256, signed by the vault, every claim required and checked."""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

from strata.model.errors import InvalidToken
from strata.model.user import ROLES, Caller, User
from strata.platform import Platform
from strata.ports import Vault

LIFETIME_SECONDS = 900
LEEWAY_SECONDS = 5
MAX_TOKEN_BYTES = 4096
TYPE = "at+jwt"
ALGORITHM = "ES256"
AUDIENCE = "strata-api"
_CLAIMS = ("exp", "iat", "nbf", "sub", "jti", "iss", "aud", "type", "role")
_COORDINATE = 32


@dataclass(frozen=True, slots=True)
class Login:
    """`expires_in` in seconds."""

    access_token: str
    expires_in: int = LIFETIME_SECONDS


class _VaultSignature(ECAlgorithm):
    """ES256 by a key that never leaves the vault: the vault gives DER, JWS wants r and s."""

    def prepare_key(self, key: Any) -> Any:
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        vault: Vault = key
        return der_to_raw_signature(vault.sign(msg), SECP256R1())


def _signer() -> jwt.PyJWS:
    signer = jwt.PyJWS()
    signer.unregister_algorithm(ALGORITHM)
    signer.register_algorithm(ALGORITHM, _VaultSignature(SHA256, SECP256R1))
    return signer


def issue(user: User, *, platform: Platform) -> Login:
    now = platform.clock.now()
    claims = {
        "iss": issuer(platform),
        "aud": AUDIENCE,
        "sub": user.id,
        "jti": platform.clock.new_id("tok"),
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=LIFETIME_SECONDS)).timestamp()),
        "type": "access",
        "role": user.role,
    }
    headers = {"typ": TYPE, "kid": platform.vault.signing_key_id()}
    payload = json.dumps(claims, separators=(",", ":")).encode()
    # PyJWT hands the key to our algorithm as it is, but does not say so in its types.
    key: Any = platform.vault
    return Login(_signer().encode(payload, key, ALGORITHM, headers))


def authenticate(token: str, *, platform: Platform) -> Caller:
    """Who the token speaks for. Raises InvalidToken, Unavailable."""
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken
    try:
        claims = _claims(token, platform)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise InvalidToken from None
    permissions = ROLES.get(claims["role"], frozenset())
    return Caller(claims["sub"], frozenset(map(str, permissions)), claims["jti"])


def _claims(token: str, platform: Platform) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    if header.get("typ") != TYPE:
        raise InvalidToken
    key = _public_keys(platform)[header["kid"]]
    claims = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=issuer(platform),
        options={"require": list(_CLAIMS), "verify_exp": False, "verify_nbf": False,
                 "verify_iat": False, "strict_aud": True},
    )  # fmt: skip
    _check_times(claims, platform)
    if claims["type"] != "access" or not claims["sub"].startswith("usr_"):
        raise InvalidToken
    if not isinstance(claims["role"], str):
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
    keys = [_jwk(kid, key) for kid, key in _public_keys(platform).items()]
    return {"keys": keys}


def _public_keys(platform: Platform) -> dict[str, EllipticCurvePublicKey]:
    return platform.memory.recall("public keys", lambda: _load_keys(platform))


def _load_keys(platform: Platform) -> dict[str, EllipticCurvePublicKey]:
    loaded = {kid: load_der_public_key(der) for kid, der in platform.vault.public_keys().items()}
    return {kid: key for kid, key in loaded.items() if isinstance(key, EllipticCurvePublicKey)}


def _jwk(kid: str, key: EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (_coordinate(number) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": ALGORITHM, "kid": kid, "x": x, "y": y}


def _coordinate(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_COORDINATE, "big")).rstrip(b"=").decode()
