"""How else a text may be written: escaped, quoted, encoded, as others do who repeat it."""

import json
import re
from base64 import b16encode, b32encode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from html import escape
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

HEAD = 8
MOST_CHARACTERS = 4096
"""Of a longer text no pattern is made: it would take long to compile."""

_ENCODINGS = ((b64encode, 6, 3), (urlsafe_b64encode, 6, 3), (b32encode, 5, 5), (b16encode, 4, 1))
"""How many bits a character stands for, and at how many places a text can begin within a group."""

_PARTS = re.compile(r"\\+|.", re.DOTALL)
_SHORT = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}


def spellings(text: str) -> list[str]:
    """Of a text as a whole, itself among them; the longest first. Each has at least as many
    characters as the text.

    An encoding packs what stands around the text into its outermost characters: looked for are
    those between."""
    raw = text.encode("utf-8", "surrogatepass")
    # UTF-16 and UTF-32 that are taken for one byte a character.
    spaced = {"\0".join(text), "\0\0\0".join(text)}
    found = {text, *_quoted(text), *_numbered(text, raw), *_cores(raw), *spaced}
    return sorted(found, key=lambda one: (-len(one), one))


def escapes(text: str) -> re.Pattern[str] | None:
    """Finds the text where signs, blanks and letters beyond ASCII are written in any way of JSON,
    URLs, forms and HTML, one this way and the next another. None where nothing needs it.

    It looks at each character but a few times, whatever it searches: no group goes back, and where
    the text begins again within itself there is no pattern, as each beginning would be followed."""
    if len(text) > MOST_CHARACTERS or text.find(text[:HEAD], 1) >= 0:
        return None
    if all(map(_is_plain, text)):
        return None
    return re.compile("".join(map(_token, _PARTS.findall(text))))


def _quoted(text: str) -> set[str]:
    """Some characters are escaped, as the usual writers choose them."""
    short, plain = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    twice = json.dumps(plain)[1:-1]
    raw = text.encode("utf-8", "surrogatepass")
    urls = {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    lower = {re.sub("%..", lambda one: one[0].lower(), url) for url in urls}
    return {short, plain, plain.replace("/", "\\/"), twice, escape(text), *urls, *lower}


def _numbered(text: str, raw: bytes) -> Iterator[str]:
    """Every character is escaped."""
    units = _units(text)
    for digits in ("x", "X"):
        yield "".join(f"\\u{unit:04{digits}}" for unit in units)
        yield "".join(f"%{byte:02{digits}}" for byte in raw)
        yield "".join(f"\\x{byte:02{digits}}" for byte in raw)
        yield "".join(f"&#x{ord(one):{digits}};" for one in text)
    yield "".join(f"&#{ord(one)};" for one in text)


def _cores(raw: bytes) -> Iterator[str]:
    yield raw.hex()
    for encode, bits, places in _ENCODINGS:
        for before in range(places):
            whole = encode(bytes(before) + raw).decode()
            yield whole[-(-before * 8 // bits) : (before + len(raw)) * 8 // bits]


def _is_plain(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _token(part: str) -> str:
    """The pattern of one character, or of some backslashes: they stand doubled in JSON, and doubled
    again in JSON within JSON, and so on."""
    character, count = part[0], len(part)
    if _is_plain(character):
        return character
    if character == "\\":
        ways = [rf"\\{{{times * count}}}" for times in (8, 4, 2, 1)]
    else:
        ways = [rf"\\{{0,8}}{re.escape(character)}"]
    return f"(?>(?:{_escaped(character)}){{{count}}}|{'|'.join(ways)})"


def _escaped(character: str) -> str:
    code, name = ord(character), codepoint2name.get(ord(character))
    raw = character.encode("utf-8", "surrogatepass")
    hexadecimal = [
        "".join(rf"\\{{1,8}}u{unit:04x}" for unit in _units(character)),
        "".join(f"%(?:25){{0,2}}{byte:02x}" for byte in raw),
        f"&#x0{{0,5}}{code:x};",
        *([rf"\\{{1,8}}x{code:02x}"] if code < 256 else []),
    ]
    others = [
        f"&#0{{0,5}}{code};",
        *([f"&{name};"] if name else []),
        *([rf"\\{{1,8}}{_SHORT[character]}"] if character in _SHORT else []),
        *([r"\+"] if character == " " else []),
    ]
    return f"(?i:{'|'.join(hexadecimal)})|{'|'.join(others)}"


def _units(text: str) -> list[int]:
    """Of UTF-16."""
    raw = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
