"""What a URL asks for: only http and https, usual ports, and a host that is what it looks like."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from strata.model.errors import NodeError
from strata.model.hosts import (
    ALLOWED_PORTS,
    MAX_PORT,
    NoHost,
    UnusualAddress,
    in_url,
    read_host,
    with_port,
)

MAX_URL = 8192
_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_NETLOC = re.compile(r"(?:\[([^\[\]]*:[^\[\]]*)\]|([^\[\]:]*))(?::([0-9]{0,5}))?")
_UNREADABLE = "has a host or port that cannot be read"
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
        if self.port != _PORTS[self.scheme]:
            return self.host_and_port
        return in_url(self.host)

    @property
    def host_and_port(self) -> str:
        return with_port(self.host, self.port)

    @property
    def normal_hosts(self) -> frozenset[str]:
        """Both forms in which a credential may name it; see `model.hosts.normal_host`."""
        return frozenset((in_url(self.host), self.host_and_port))

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_target(url: str, allowed_upstream: tuple[str, int] | None = None) -> Target:
    """Raises InvalidUrl, ForbiddenAddress. `allowed_upstream` may have any port."""
    if len(url) > MAX_URL:
        raise InvalidUrl(f"is longer than {MAX_URL} characters")
    if _FORBIDDEN.search(url):
        raise InvalidUrl("holds a space, a backslash or a control character")
    parts = _split(url)
    if parts.scheme not in _PORTS:
        raise ForbiddenAddress("only http and https are allowed")
    if "@" in parts.netloc:
        raise ForbiddenAddress("the URL holds a user name; use a credential")
    host, port = _host_and_port(parts)
    target = Target(parts.scheme, host, port, _path(parts))
    if target.port not in ALLOWED_PORTS and (target.host, target.port) != allowed_upstream:
        raise ForbiddenAddress("only the ports 80, 443, 8080 and 8443 are allowed")
    return target


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise InvalidUrl(_UNREADABLE) from None


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    """Read here and not by the library, whose versions differ in what they overlook."""
    found = _NETLOC.fullmatch(parts.netloc)
    if found is None or int(found[3] or 0) > MAX_PORT:
        raise InvalidUrl(_UNREADABLE)
    try:
        host = read_host(found[1] or found[2])
    except UnusualAddress as unusual:
        raise ForbiddenAddress(unusual.reason) from None
    except NoHost as none:
        raise InvalidUrl(none.reason) from None
    return host, int(found[3]) if found[3] else _PORTS[parts.scheme]


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_SAFE)
