"""Who may ask the embedded server: programs of this machine, and not a page that a browser shows.

A page of any site may send requests to loopback, and by a name whose address changes (DNS
rebinding) even read the answers. Its requests name the site: in `Host`, `Origin`, `Sec-Fetch-Site`.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from strata.model.errors import CrossSite, Misdirected

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?", re.IGNORECASE)
LOOPBACK: frozenset[str | None] = frozenset(("127.0.0.1", "localhost", "[::1]"))
_ONLY_READ = frozenset(("GET", "HEAD", "OPTIONS"))


def check(method: str, headers: Mapping[str, str], public_urls: Iterable[str]) -> None:
    """Raises Misdirected, CrossSite. Names of headers are in lower case; `public_urls` are where
    the server is reached besides, through a proxy."""
    known = LOOPBACK | {_host(urlsplit(url).netloc) for url in public_urls if url}
    if _host(headers.get("host", "")) not in known:
        raise Misdirected
    if method not in _ONLY_READ and _is_foreign(headers, known):
        raise CrossSite


def _is_foreign(headers: Mapping[str, str], known: frozenset[str | None]) -> bool:
    origin = headers.get("origin")
    if origin is not None and _host(urlsplit(origin).netloc) not in known:
        return True
    return headers.get("sec-fetch-site") == "cross-site"


def _host(written: str) -> str | None:
    """Without its port; None for what is no host."""
    found = _HOST.fullmatch(written)
    return found[1].lower().removesuffix(".") if found else None
