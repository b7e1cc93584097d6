"""Values of any size: small ones stand in their item, large ones in a blob named by its content."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from strata.model.errors import NodeError
from strata.platform import Platform

INLINE_BYTES = 100_000
"""A value up to this size stands in its item."""
ITEM_BYTES = 300_000
"""What the inline values of one item may take together; DynamoDB ends at 400 KB."""
MAX_VALUE_BYTES = 50_000_000

Packed = dict[str, Any]
"""{"json": text} or {"blob": name, "bytes": size}."""


def encode(value: Any) -> str:
    """The one JSON text of a value: compact, UTF-8, in the order of its keys."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def pack(value: Any, owner: str, platform: Platform, *, inline_bytes: int = INLINE_BYTES) -> Packed:
    """The value in its stored form; a large one is written to the owner's blobs.

    Raises NodeError `value_too_large` over 50 MB."""
    text = encode(value)
    data = text.encode()
    if len(data) <= inline_bytes:
        return {"json": text}
    if len(data) > MAX_VALUE_BYTES:
        raise NodeError("value_too_large", f"A value has {len(data)} bytes, 50 MB is the most.")
    name = f"values/{owner}/{hashlib.sha256(data).hexdigest()}"
    platform.blobs.put(name, data)
    return {"blob": name, "bytes": len(data)}


def pack_all(values: Mapping[str, Any], owner: str, platform: Platform) -> dict[str, Packed]:
    """Values by name, such that they fit one item together."""
    room = ITEM_BYTES
    packed = {}
    for name, value in values.items():
        packed[name] = pack(value, owner, platform, inline_bytes=min(room, INLINE_BYTES))
        room -= len(packed[name].get("json", "").encode())
    return packed


def unpack(packed: Packed, platform: Platform) -> Any:
    if "json" in packed:
        return json.loads(packed["json"])
    return json.loads(platform.blobs.get(packed["blob"]))


def unpack_all(packed: Mapping[str, Packed], platform: Platform) -> dict[str, Any]:
    return {name: unpack(one, platform) for name, one in packed.items()}


def show(packed: Mapping[str, Packed], platform: Platform) -> dict[str, Any]:
    """The values for an answer, which a large one would burst: it is told by its size instead."""
    return {
        name: unpack(one, platform) if "json" in one else {"$large": {"bytes": one["bytes"]}}
        for name, one in packed.items()
    }
