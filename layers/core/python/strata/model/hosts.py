"""Hosts in the one form in which they are checked, resolved, compared with those of a credential,
and named to the server. Whoever reads a host reads it here.

Names in other scripts are read by IDNA 2003, whose mapping the standard library has. Where IDNA
2008 and today's Unicode lead elsewhere (ß, ς, joiners, letters younger than that mapping), a name
could mean one host here and another in a browser: it is refused, and can be written in punycode.
"""

import re
from collections.abc import Iterable
from encodings.idna import nameprep
from ipaddress import IPv4Address, IPv6Address
from unicodedata import normalize

MAX_PORT = 65_535
ALLOWED_PORTS = frozenset((80, 443, 8080, 8443))
"""Those that a request of Strata may go to."""
MAX_WRITTEN = 1000
"""Characters that are looked at; the longest name has 253."""
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_WITH_PORT = re.compile(r"(.*[^:]):([0-9]{1,5})", re.DOTALL)
_READ_IN_TWO_WAYS = frozenset("ßẞς\u200c\u200d")


class NoHost(ValueError):
    """What is written is neither a name nor an address; `reason` ends a sentence on its URL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnusualAddress(NoHost):
    """An address in a form that systems read differently: octal, hexadecimal, fewer parts, with
    the name of an interface."""


def read_host(written: str) -> str:
    """A name in ASCII and lower case without a dot at its end, or an address as `ipaddress` writes
    it; IPv6 is written without brackets. Raises NoHost, UnusualAddress."""
    if ":" in written:
        return _ipv6(written)
    name = _ascii(written).removesuffix(".")
    if not _NAME.fullmatch(name):
        raise NoHost("has no host, or one that is not a name")
    if _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name)
    return name


def in_url(host: str) -> str:
    """A host as `read_host` tells it, with the brackets that IPv6 has in a URL."""
    return f"[{host}]" if ":" in host else host


def with_port(host: str, port: int) -> str:
    return f"{in_url(host)}:{port}"


def normal_host(text: str) -> str | None:
    """A host that a credential may be sent to: `example.com`, or `example.com:8443` for one port
    alone; an IPv6 address stands in brackets. What it gives it takes again, and gives the same.

    None for what no URL has as its host: wildcards, schemes, paths."""
    found = _WITH_PORT.fullmatch(text)
    written = found[1] if found else text
    in_brackets = written.startswith("[") and written.endswith("]")
    if in_brackets != (":" in written):
        return None
    try:
        host = read_host(written[1:-1] if in_brackets else written)
    except NoHost:
        return None
    if found is None:
        return in_url(host)
    port = int(found[2])
    return with_port(host, port) if 0 < port <= MAX_PORT else None


def normal_hosts(texts: Iterable[str]) -> list[str]:
    """Each of those that are hosts, once."""
    return list(dict.fromkeys(filter(None, map(normal_host, texts))))


def includes(hosts: Iterable[str], host: str) -> bool:
    """Whether the host is one of these, or a port of one; all as `normal_host` tells them."""
    return host in hosts or _without_port(host) in hosts


def hosts_in_both(some: list[str], others: list[str]) -> list[str]:
    """The narrower one where one names a port, and the other the same host without."""
    narrow = [one for one in some if includes(others, one)]
    return list(dict.fromkeys([*narrow, *(one for one in others if includes(some, one))]))


def _without_port(host: str) -> str:
    found = _WITH_PORT.fullmatch(host)
    return found[1] if found else host


def kept_hosts(texts: Iterable[str]) -> list[str]:
    """As an earlier release has kept them: there IPv6 without a port had no brackets."""
    return [normal_host(one) or normal_host(f"[{one}]") or one for one in texts]


def _ascii(name: str) -> str:
    """Full-width digits and dots become plain ones, other letters punycode."""
    if len(name) > MAX_WRITTEN or any(map(_is_read_in_two_ways, name)):
        raise NoHost("has a host that is not a name; some letters must be written in punycode")
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        raise NoHost("has a host that is not a name") from None


def _is_read_in_two_ways(letter: str) -> bool:
    if letter.isascii():
        return False
    try:
        old = nameprep(letter)
    except UnicodeError:
        return True
    today = normalize("NFKC", normalize("NFKC", letter).casefold())
    return letter in _READ_IN_TWO_WAYS or old != today


def _ipv4(name: str) -> str:
    """Numbers that only some systems read as an address (octal, hex, fewer parts) are refused."""
    try:
        return str(IPv4Address(name))
    except ValueError:
        raise UnusualAddress("the host is an address in an unusual form") from None


def _ipv6(written: str) -> str:
    try:
        address = IPv6Address(written)
    except ValueError:
        raise NoHost("has an address that cannot be read") from None
    if address.scope_id is not None:
        raise UnusualAddress("the address names a network interface")
    return str(address)
