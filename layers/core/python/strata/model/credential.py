"""What a credential is made of, kind by kind: the headers that it puts on a request, and its mask.

A secret is {key} for kind api_key, {headers: {name: value}} for kind header, {username, password}
for kind user_password. Kind oauth2 has none that a user could hand in.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

DEFAULT_PLACEMENT = {"header": "Authorization", "prefix": "Bearer "}
SHOWN = 4
"""So many characters at the end of a long secret stay readable, for a person to tell two apart."""

FIELDS: Mapping[str, frozenset[str]] = {
    "api_key": frozenset(("key",)),
    "header": frozenset(("headers",)),
    "user_password": frozenset(("username", "password")),
    "oauth2": frozenset(),
}
"""What the secret of each kind holds."""

Secret = Mapping[str, Any]

_BETWEEN = re.compile(r"[\s,;]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def full_placement(kind: str, given: Mapping[str, str] | None) -> dict[str, str] | None:
    """Where a key stands; a header of one's own has no prefix unless one is given."""
    if kind != "api_key":
        return None
    if not given:
        return dict(DEFAULT_PLACEMENT)
    prefix = "" if "header" in given else DEFAULT_PLACEMENT["prefix"]
    return {"header": DEFAULT_PLACEMENT["header"], "prefix": prefix, **given}


def headers_of(kind: str, secret: Secret, placement: Mapping[str, str] | None) -> dict[str, str]:
    """Whatever the kind, a secret is the headers that it puts on a request."""
    if kind == "user_password":
        return {"Authorization": basic(secret["username"], secret["password"])}
    if placement is None:
        return dict(secret["headers"])
    return {placement["header"]: placement["prefix"] + secret["key"]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(username: str, password: str) -> str:
    """RFC 7617 in UTF-8."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def texts_of(headers: Mapping[str, str], prefix: str = "") -> list[str]:
    """Whatever an answer must not show of these: the values, and what a server that reads them
    would repeat of them. That is a key without its prefix, a value without its scheme, each of
    several words, the values of cookies and parameters, name and password of a Basic one."""
    return [text for value in headers.values() for text in _parts(value, prefix)]


def _parts(value: str, prefix: str) -> Iterator[str]:
    yield from (value, value.removeprefix(prefix), _scheme(value)[1])
    yield from _within(value)
    yield from _QUOTED.findall(value)
    for word in _BETWEEN.split(value):
        yield from _ways(word)
        for sign in "=:":
            yield from _ways(word.partition(sign)[2])


def _ways(text: str) -> tuple[str, ...]:
    """A server that reads a cookie or parameter takes off its quotes and decodes it."""
    plain = text.strip('"')
    return text, plain, unquote(plain)


def _scheme(value: str) -> tuple[str, str]:
    """The scheme, in small letters, and what follows it: all of the value where there is none."""
    scheme, _, rest = value.partition(" ")
    return (scheme.lower(), rest.strip()) if rest else ("", value)


def _within(value: str) -> list[str]:
    scheme, rest = _scheme(value)
    if scheme != "basic":
        return []
    try:
        pair = base64.b64decode(rest, validate=True).decode()
    except ValueError:
        return []
    username, _, password = pair.partition(":")
    # Some servers take the secret as the name, and any text as the password.
    return [pair, username, password]


def mask_of(kind: str, secret: Secret) -> str:
    if kind == "header":
        return ", ".join(f"{name}: {masked(value)}" for name, value in secret["headers"].items())
    if kind == "user_password":
        # Some servers take the secret as the name and any text as the password.
        return f"{masked(secret['username'])}:****"
    return masked(secret["key"])


def masked(text: str) -> str:
    """No more than the end of a long text."""
    return "****" + (text[-SHOWN:] if len(text) >= 4 * SHOWN else "")
