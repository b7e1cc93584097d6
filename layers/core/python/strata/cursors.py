"""Cursors: where a list goes on, told to a client who can neither read it into nor change it.

    base64url( HMAC-SHA256 over binding and position  |  position as JSON )

The binding (user, list and filters) is not in the cursor: a reader must have the same one.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping

from strata.model.errors import InvalidCursor

_MAC_BYTES = 32
_MAX_CHARACTERS = 8192


def seal_cursor(position: Mapping[str, str], binding: str, key: bytes) -> str:
    """The position as an opaque text that opens only with this binding and key."""
    content = json.dumps(dict(position), separators=(",", ":")).encode()
    return _encode(_mac(content, binding, key) + content)


def open_cursor(text: str, binding: str, key: bytes) -> dict[str, str]:
    """The position that `seal_cursor` was given. Raises InvalidCursor for any other text."""
    data = _decode(text)
    mac, content = data[:_MAC_BYTES], data[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(content, binding, key)):
        raise InvalidCursor
    position: dict[str, str] = json.loads(content)
    return position


def _mac(content: bytes, binding: str, key: bytes) -> bytes:
    # The digest of the binding has a fixed length, so that no other split gives the same bytes.
    bound = hashlib.sha256(binding.encode("utf-8", "surrogatepass")).digest()
    return hmac.digest(key, bound + content, "sha256")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    if len(text) > _MAX_CHARACTERS:
        raise InvalidCursor
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidCursor from None
    # Two texts may decode to the same bytes; only the one that was given out is taken back.
    if _encode(data) != text:
        raise InvalidCursor
    return data
