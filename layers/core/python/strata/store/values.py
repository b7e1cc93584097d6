"""Values of any size: small ones stand in their item, large ones in a blob named by its content."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

from strata.clock import timestamp
from strata.model.errors import NodeError, NotFound
from strata.model.values import MAX_BYTES
from strata.platform import Platform

INLINE_BYTES = 100_000
"""A value up to this size stands in its item."""
ITEM_BYTES = 300_000
"""What the inline values of one item may take together; DynamoDB ends at 400 KB."""
MAX_VALUE_BYTES = MAX_BYTES
MAX_TOGETHER_BYTES = 2 * MAX_BYTES
"""Of what one node emits: what a function's memory holds."""
ANSWER_BYTES = 3_000_000
"""What the values of one answer may take together: Lambda answers 6 MB, its escapes included."""
_ENVELOPE_BYTES = 32
_REFERENCE_BYTES = 200
"""A blob for less than it takes to name the blob would gain nothing."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

Shelf = Literal["values", "graphs"]
"""Where a blob stands: what executions used comes to an end (see `Blobs`), graphs do not."""

Packed = dict[str, Any]
"""{"json": text} or {"blob": name, "bytes": size}."""


def encode(value: Any) -> str:
    """The one JSON text of a value: compact, UTF-8, in the order of its keys."""
    return _ENCODER.encode(value)


def pack(value: Any, owner: str, platform: Platform, shelf: Shelf = "values") -> Packed:
    """The value in its stored form; a large one is written to the owner's blobs.

    Raises NodeError `value_too_large` over 50 MB."""
    text = encode(value)
    size = _bytes_of(text)
    if size > MAX_VALUE_BYTES:
        raise NodeError("value_too_large", f"A value has {size} bytes, 50 MB is the most.")
    return _packed(text, owner, platform, shelf)


def pack_all(
    values: Mapping[str, Any], owner: str, platform: Platform, room: int = ITEM_BYTES
) -> dict[str, Packed]:
    """Values by name, such that they fit one item together.

    Raises NodeError `too_large` where one is over 50 MB, or they are over 100 MB together."""
    texts = {name: encode(value) for name, value in values.items()}
    sizes = {name: _bytes_of(text) for name, text in texts.items()}
    for name, size in sizes.items():
        if size > MAX_VALUE_BYTES:
            told = f"Output '{name}' is larger than {MAX_VALUE_BYTES:,} bytes"
            raise NodeError("too_large", told)
    if sum(sizes.values()) > MAX_TOGETHER_BYTES:
        told = f"The outputs are larger than {MAX_TOGETHER_BYTES:,} bytes together"
        raise NodeError("too_large", told)
    packed = {name: _packed(text, owner, platform) for name, text in texts.items()}
    return fit(packed, owner, platform, room)


def fit(
    packed: Mapping[str, Packed], owner: str, platform: Platform, room: int
) -> dict[str, Packed]:
    """The same values in so many bytes: the first ones stay inline, the rest goes to blobs."""
    fitted = {}
    for name, one in packed.items():
        if "json" in one and _size(name, one) > max(room, _REFERENCE_BYTES):
            one = _in_blob(one["json"].encode(), owner, platform)
        room -= _size(name, one)
        fitted[name] = one
    return fitted


def _packed(text: str, owner: str, platform: Platform, shelf: Shelf = "values") -> Packed:
    if _bytes_of(text) <= INLINE_BYTES:
        return {"json": text}
    return _in_blob(text.encode(), owner, platform, shelf)


def _in_blob(data: bytes, owner: str, platform: Platform, shelf: Shelf = "values") -> Packed:
    name = f"{shelf}/{owner}/{hashlib.sha256(data).hexdigest()}"
    platform.blobs.put(name, data)
    return {"blob": name, "bytes": len(data)}


def keep(packed: Iterable[Packed], platform: Platform) -> None:
    """Lets large values live on that another execution takes over. Nothing is said of one that
    has come to its end: who needs it finds that out."""
    for one in packed:
        if "blob" in one:
            platform.blobs.keep(one["blob"])


def _size(name: str, packed: Packed) -> int:
    """About what the value takes of an item, its name included."""
    return _bytes_of(name) + room_of(packed)


def room_of(packed: Packed) -> int:
    """About what the value takes of an item, without its name."""
    return _bytes_of(packed["json"] if "json" in packed else packed["blob"]) + _ENVELOPE_BYTES


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def unpack(packed: Packed, platform: Platform) -> Any:
    """Raises NotFound for a large value that has come to its end."""
    if "json" in packed:
        return json.loads(packed["json"])
    return json.loads(platform.blobs.get(packed["blob"]))


Show = Callable[[Packed], Any]
"""How an answer tells a value: whole; {"$large": {"bytes", "url"?, "expires_at"?}} where it would
burst the answer; {"$expired": {"bytes"}} where it has come to its end."""

LINK_SECONDS = 900


def show_within(
    platform: Platform,
    room: int = ANSWER_BYTES,
    *,
    each: int = MAX_VALUE_BYTES,
    owner: str | None = None,
) -> Show:
    """Values are told whole as long as they fit one answer together and none is over `each`.

    With an `owner` the others have a link where anybody may read them for a while: not for values
    of which a part is to be hidden."""

    def show(packed: Packed) -> Any:
        nonlocal room
        size = size_of(packed)
        if size > min(room, each):
            link = _link(packed, owner, platform) if owner else {}
            return {"$large": {"bytes": size, **link}}
        try:
            shown = unpack(packed, platform)
        except NotFound:
            return {"$expired": {"bytes": size}}
        room -= size
        return shown

    return show


def _link(packed: Packed, owner: str, platform: Platform) -> dict[str, str]:
    """A value that stands in its item is put where links lead to: its bytes name it there."""
    if "json" in packed:
        packed = _in_blob(packed["json"].encode(), owner, platform)
    end = platform.clock.now() + timedelta(seconds=LINK_SECONDS)
    url = platform.blobs.link(packed["blob"], LINK_SECONDS)
    if url.startswith("/"):
        url = platform.settings.public_url + url
    return {"url": url, "expires_at": timestamp(end)}


def size_of(packed: Packed) -> int:
    """Bytes of the value's JSON text."""
    size: int = packed["bytes"] if "blob" in packed else len(packed["json"].encode())
    return size
