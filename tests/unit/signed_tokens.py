"""Access tokens as this suite signs them itself, right or wrong."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from jwt.utils import der_to_raw_signature

from strata import signing_keys, tokens
from strata.model.errors import InvalidToken
from strata.model.user import User
from strata.platform import Platform
from tests.held_clock import START
from tests.held_platform import USER

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
SESSION = "ses_00000000000000000000000001"
NOW = int(START.timestamp())
GOOD = {
    "iss": "strata:local",
    "aud": "strata-api",
    "sub": USER,
    "jti": "tok_00000000000000000000000001",
    "sid": SESSION,
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "type": "access",
    "role": "member",
    "epoch": 0,
}


def signed(platform: Platform, claims: Mapping[str, Any] = GOOD, **header: Any) -> str:
    """A token that the vault has signed: its owner alone could make it."""
    return signed_texts(platform, json.dumps(header_of(platform, **header)), json.dumps(claims))


def header_of(platform: Platform, **header: Any) -> dict[str, Any]:
    kid = signing_keys.current(platform=platform).kid
    return {"alg": "ES256", "typ": "at+jwt", "kid": kid, **header}


def signed_texts(platform: Platform, *parts: str) -> str:
    key = signing_keys.current(platform=platform)
    message = ".".join(encoded(part.encode()) for part in parts)
    signature = der_to_raw_signature(platform.vault.sign(key.name, message.encode()), SECP256R1())
    return f"{message}.{encoded(signature)}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def issued(platform: Platform) -> str:
    return tokens.issue(ADA, SESSION, platform=platform)


def assert_refused(token: str, platform: Platform) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(token, platform=platform)
