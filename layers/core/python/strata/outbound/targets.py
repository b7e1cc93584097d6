"""What a URL asks for: only http and https, usual ports, and a host that is what it looks like."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

from strata.model.errors import NodeError

MAX_URL = 8192
_PORTS = {"http": 80, "https": 443}
_ALLOWED_PORTS = frozenset((80, 443, 8080, 8443))
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "%/:@!$&'()*+,;=~-._?[]"


class InvalidUrl(NodeError):
    """Not a URL that a request can be sent to."""

    def __init__(self, reason: str) -> None:
        super().__init__("invalid_url", f"The URL {reason}")
        self.reason = reason


class ForbiddenAddress(NodeError):
    """A place that nodes may not reach; another try does not help."""

    def __init__(self, reason: str) -> None:
        super().__init__("forbidden_address", f"The request may not be sent: {reason}")


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is a name in ASCII and lower case, or an address as `ipaddress` writes it; `path` is
    what follows the host, with the query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As it stands in the header `Host`: without the port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_target(url: str, allowed_upstream: tuple[str, int] | None = None) -> Target:
    """Raises InvalidUrl, ForbiddenAddress. `allowed_upstream` may have any port."""
    if len(url) > MAX_URL:
        raise InvalidUrl(f"is longer than {MAX_URL} characters")
    if _FORBIDDEN.search(url):
        raise InvalidUrl("holds a space, a backslash or a control character")
    parts, port = _split(url)
    if parts.scheme not in _PORTS:
        raise ForbiddenAddress("only http and https are allowed")
    if "@" in parts.netloc:
        raise ForbiddenAddress("the URL holds a user name; use a credential")
    target = Target(
        scheme=parts.scheme,
        host=_host(parts.hostname or ""),
        port=_PORTS[parts.scheme] if port is None else port,
        path=_path(parts),
    )
    if target.port not in _ALLOWED_PORTS and (target.host, target.port) != allowed_upstream:
        raise ForbiddenAddress("only the ports 80, 443, 8080 and 8443 are allowed")
    return target


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise InvalidUrl("has a host or port that cannot be read") from None


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_SAFE)


def _host(written: str) -> str:
    """The host in the one form in which it is checked, resolved, named to the server and shown."""
    if ":" in written:
        return _ipv6(written)
    name = _ascii(written).removesuffix(".")
    if not _NAME.fullmatch(name):
        raise InvalidUrl("has no host, or one that is not a name")
    if _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name)
    return name


def _ascii(name: str) -> str:
    """Full-width digits and dots become plain ones, other letters punycode."""
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError:
        raise InvalidUrl("has a host that is not a name") from None


def _ipv4(name: str) -> str:
    """Numbers that only some systems read as an address (octal, hex, fewer parts) are refused."""
    try:
        return str(IPv4Address(name))
    except ValueError:
        raise ForbiddenAddress("the host is an address in an unusual form") from None


def _ipv6(written: str) -> str:
    try:
        address = IPv6Address(written)
    except ValueError:
        raise InvalidUrl("has an address that cannot be read") from None
    if address.scope_id is not None:
        raise ForbiddenAddress("the address names a network interface")
    return str(address)
