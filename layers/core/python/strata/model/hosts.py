"""Hosts that a credential may be sent to: in the one form in which requests name theirs."""

import re
from ipaddress import IPv6Address

MAX_PORT = 65_535
_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*")
_MAX_NAME = 253
_WITH_PORT = re.compile(r"(.*[^:]):([0-9]{1,5})", re.DOTALL)


def normal_host(text: str) -> str | None:
    """`example.com`, or `example.com:8443` for one port alone; an IPv6 address stands in brackets.

    Names become ASCII in lower case. None for what no URL has as its host: wildcards, schemes,
    paths."""
    found = _WITH_PORT.fullmatch(text)
    host = _name(found[1] if found else text)
    if host is None or found is None:
        return host
    port = int(found[2])
    return f"{host}:{port}" if 0 < port <= MAX_PORT else None


def _name(text: str) -> str | None:
    if text.startswith("[") and text.endswith("]"):
        return _ipv6(text[1:-1])
    try:
        # The same steps by which the guarded client reads the host of a URL.
        name = text.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        return None
    return name if len(name) <= _MAX_NAME and _NAME.fullmatch(name) else None


def _ipv6(text: str) -> str | None:
    try:
        return str(IPv6Address(text))
    except ValueError:
        return None
