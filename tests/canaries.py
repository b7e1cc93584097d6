"""Secrets that are planted to be looked for, and who finds them again in whatever spelling.

Looked for are the text itself, base64 in both alphabets and at each of the three places where it
can begin in what was encoded, base 32, hexadecimal, percent-encoding, escapes of JSON, HTML and
Python, UTF-16, backwards; and all of these within what is packed by gzip or zlib.
"""

import base64
import html
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import quote, quote_plus

from strata.clock import SystemClock

ODD = 'q"uote\\ /+&<é%'
"""What stands in a planted text besides its random part, so that each escape changes it."""
_LEAST_PACKED = 10


@dataclass(frozen=True)
class Canary:
    """`may_stand_in` are the places, by the beginnings of their names, where it belongs."""

    kind: str
    text: str
    may_stand_in: tuple[str, ...] = ()

    @cached_property
    def spellings(self) -> dict[str, bytes]:
        return spellings(self.text)


@dataclass
class Cage:
    """The canaries of a story."""

    birds: list[Canary] = field(default_factory=list)

    def plant(self, kind: str, *allowed: str, odd: bool = False) -> str:
        """A new secret to give away."""
        text = f"cnry-{SystemClock().random_bytes(15).hex()}"
        return self.keep(kind, text + ODD if odd else text, *allowed)

    def keep(self, kind: str, secret: str, *allowed: str) -> str:
        """A secret that somebody else has made."""
        assert len(secret) >= 12, "too short to be told from chance"
        self.birds.append(Canary(kind, secret, allowed))
        return secret

    def without(self, *places: str) -> "Cage":
        """The same canaries, for which these are no places any more."""
        kept = [
            replace(bird, may_stand_in=()) if set(places) & set(bird.may_stand_in) else bird
            for bird in self.birds
        ]
        return Cage(kept)

    def seen_in(self, places: Iterable[tuple[str, bytes]]) -> list[str]:
        """Who sits where none may, and how it is written there."""
        found: dict[str, None] = {}
        for name, data in places:
            for layer, content in layers(data):
                for bird in self.birds:
                    if not name.startswith(bird.may_stand_in or ("\0",)):
                        found |= {
                            f"{bird.kind} as {spelling}{layer} in {name}": None
                            for spelling, written in bird.spellings.items()
                            if written in content
                        }
        return list(found)


def spellings(text: str) -> dict[str, bytes]:
    raw = text.encode()
    found = {
        "text": raw,
        "utf-16": text.encode("utf-16-le"),
        "hexadecimal": raw.hex().encode(),
        "HEXADECIMAL": raw.hex().upper().encode(),
        "URL": quote(text, safe="").encode(),
        "URL with slashes": quote(text).encode(),
        "form": quote_plus(text).encode(),
        "percent": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "JSON": json.dumps(text)[1:-1].encode(),
        "JSON, not ASCII": json.dumps(text, ensure_ascii=False)[1:-1].encode(),
        "JSON in JSON": json.dumps(json.dumps(text)[1:-1])[1:-1].encode(),
        "unicode escapes": "".join(f"\\u{ord(one):04x}" for one in text).encode(),
        "HTML": html.escape(text).encode(),
        "Python": repr(text)[1:-1].encode(),
        "backwards": text[::-1].encode(),
        "base32": base64.b32encode(raw[: len(raw) // 5 * 5]),
    }
    for offset in range(3):
        found[f"base64 at {offset}"] = _base64(raw, offset)
        found[f"base64url at {offset}"] = _base64(raw, offset).translate(_TO_URL)
    return found


_TO_URL = bytes.maketrans(b"+/", b"-_")


def _base64(raw: bytes, offset: int) -> bytes:
    """Those characters of the code that depend on the secret alone, when it begins there."""
    whole = base64.b64encode(bytes(offset) + raw)
    first = -(-offset * 8 // 6)
    last = (offset + len(raw)) * 8 // 6
    return whole[first:last]


def layers(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes themselves, and what they hold packed, wherever it begins."""
    yield "", data
    for name, marks, unpack in _PACKERS:
        for mark in marks:
            at = data.find(mark)
            while at >= 0:
                content = unpack(data[at:])
                if len(content) >= _LEAST_PACKED:
                    yield f" in {name}", content
                at = data.find(mark, at + 1)


def _gunzipped(data: bytes) -> bytes:
    return _inflated(data, 31)


def _inflated(data: bytes, bits: int = 15) -> bytes:
    """What can be read of it."""
    try:
        return zlib.decompressobj(bits).decompress(data, 50_000_000)
    except zlib.error:
        return b""


_PACKERS = (
    ("gzip", (b"\x1f\x8b\x08",), _gunzipped),
    ("zlib", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), _inflated),
)
