"""Access tokens: ES256 (RFC 9068, RFC 8725), signed by the vault, every claim required and checked.

Whether their session still lasts, and what their user may do by now, is asked in `identities`.
"""

import base64
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import jwt

from strata import jws, signing_keys
from strata.model.errors import InvalidToken
from strata.model.user import User
from strata.platform import Platform
from strata.signing_keys import SigningKey

LIFETIME_SECONDS = 900
LEEWAY_SECONDS = 5
MAX_TOKEN_BYTES = 4096
TYPE = "at+jwt"
AUDIENCE = "strata-api"
_TEXTS = ("sub", "jti", "sid", "iss", "type", "role")
_CLAIMS = (*_TEXTS, "exp", "iat", "nbf", "aud", "epoch")
_IDS = {"sub": "usr_[0-9a-z]{26}", "sid": "ses_[0-9a-z]{26}", "jti": "tok_[0-9a-z]{26}"}
_COORDINATE = 32


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says; `epoch` is its user's when it was issued."""

    user_id: str
    token_id: str
    session_id: str
    role: str
    epoch: int


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
    key = signing_keys.current(platform=platform)
    header = {"typ": TYPE, "kid": key.kid}
    return jws.signed(claims, header, partial(platform.vault.sign, key.name))


def verify(token: str, *, platform: Platform) -> Claims:
    """What the token says, once all of it has been checked. Raises InvalidToken, Unavailable."""
    key = signing_keys.named(_kid(token), platform=platform)
    claims = _signed_claims(token, key, platform)
    _check_times(claims, platform)
    _check_kinds(claims)
    return Claims(claims["sub"], claims["jti"], claims["sid"], claims["role"], claims["epoch"])


def _kid(token: str) -> str:
    """The key that it says it was signed by. A header is as we write it and holds nothing besides:
    no `crit`, no key of its own or where to find one, no mark of a nested token."""
    if len(token) > MAX_TOKEN_BYTES:
        raise InvalidToken
    try:
        header, _ = jws.unverified(token)
    except ValueError:
        raise InvalidToken from None
    kid = header.get("kid")
    if not isinstance(kid, str) or header != {"typ": TYPE, "alg": jws.ALGORITHM, "kid": kid}:
        raise InvalidToken
    return kid


def _signed_claims(token: str, key: SigningKey, platform: Platform) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.public,
            algorithms=[jws.ALGORITHM],
            audience=AUDIENCE,
            issuer=issuer(platform),
            options={"require": list(_CLAIMS), "verify_exp": False, "verify_nbf": False,
                     "verify_iat": False, "strict_aud": True},
        )  # fmt: skip
    except jwt.PyJWTError:
        raise InvalidToken from None
    return claims


def _check_kinds(claims: dict[str, Any]) -> None:
    if claims["type"] != "access" or type(claims["epoch"]) is not int:
        raise InvalidToken
    if not all(isinstance(claims[name], str) for name in _TEXTS):
        raise InvalidToken
    if not all(re.fullmatch(form, claims[name]) for name, form in _IDS.items()):
        raise InvalidToken


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
    named = {"kid": key.kid, "use": "sig", "alg": jws.ALGORITHM}
    return {"kty": "EC", "crv": "P-256", **named, "x": x, "y": y}


def _coordinate(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(_COORDINATE, "big")).rstrip(b"=").decode()
