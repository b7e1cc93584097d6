"""Signed texts in JWS' compact form (RFC 7515), read as strictly as they are written.

    base64url(header) . base64url(payload) . base64url(signature)

A text has one form: no padding, no bits left over, no name twice in an object.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm
from jwt.utils import der_to_raw_signature

ALGORITHM = "ES256"
_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")

Json = dict[str, Any]


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


def signed(payload: Json, header: Mapping[str, str], sign: Callable[[bytes], bytes]) -> str:
    """`sign` answers with a signature in DER."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    # PyJWT hands the key to our algorithm as it is, but does not say so in its types.
    key: Any = sign
    return _signer().encode(body, key, ALGORITHM, dict(header))


def unverified(text: str) -> tuple[Json, Json]:
    """Header and payload, whoever wrote them. Raises ValueError for a text that is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("not in compact form")
    header, payload, _ = map(_decoded, found.groups())
    return _object(header), _object(payload)


def _decoded(part: str) -> bytes:
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    # The last character may have bits that decode to nothing.
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise ValueError("not canonical")
    return data


def _object(data: bytes) -> Json:
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name twice")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
