"""What a provider must be: addresses that are encrypted, hosts that a URL can name."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from strata.credential_checks import host_problems, is_header_value
from strata.model.addresses import is_public
from strata.model.errors import Detail
from strata.model.headers import OF_THE_CONNECTION
from strata.model.hosts import ALLOWED_PORTS, normal_host
from strata.model.provider import Provider

SCOPE = re.compile(r"[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,256}")
"""RFC 6749, appendix A.4, without the comma by which some providers separate scopes."""
_HEADER = re.compile(r"[a-z0-9-]{1,64}")
_OURS = frozenset(
    (
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    )
)
"""Parameters of an authorisation that are each request's own."""
_MAX_URL = 2048


def problems_of(provider: Provider, allowed_upstream: str) -> list[Detail]:
    """All at once. `allowed_upstream` is the one host and port that may be reached by http."""
    return [
        Detail("/definition" + one.pointer, one.code, one.message)
        for one in [
            *_url_problems(provider, allowed_upstream),
            *host_problems(provider.allowed_hosts),
            *scope_problems(provider.scopes),
            *_parameter_problems(provider.authorize_parameters),
            *_header_problems(provider.request_headers),
        ]
    ]


def scope_problems(scopes: list[str]) -> Iterator[Detail]:
    for index, scope in enumerate(scopes):
        if not SCOPE.fullmatch(scope):
            sentence = "A scope is visible ASCII without quotes, commas and backslashes."
            yield Detail(f"/scopes/{index}", "invalid_scope", sentence)


def _url_problems(provider: Provider, allowed_upstream: str) -> Iterator[Detail]:
    if not _is_safe(provider.authorize_url, allowed_upstream):
        sentence = "This must be an https URL without user name and fragment."
        yield Detail("/authorize_url", "invalid_url", sentence)
    for name in ("token_url", "revoke_url"):
        url = getattr(provider, name)
        if url is not None and not _can_be_reached(url, allowed_upstream):
            sentence = (
                "This must be an https URL of a public host without user name and fragment, "
                "at port 443, 80, 8080 or 8443."
            )
            yield Detail(f"/{name}", "invalid_url", sentence)


def _is_safe(url: str, allowed_upstream: str) -> bool:
    parts = _split(url)
    if parts is None or parts.fragment or "@" in parts.netloc:
        return False
    if parts.scheme == "http":
        return bool(allowed_upstream) and parts.netloc == allowed_upstream
    return parts.scheme == "https" and normal_host(parts.netloc) is not None


def _can_be_reached(url: str, allowed_upstream: str) -> bool:
    """Whether a request of ours could go there: to a usual port, and to no private address. What a
    name stands for is seen at each request."""
    if not _is_safe(url, allowed_upstream):
        return False
    host = normal_host(urlsplit(url).netloc)
    if host == allowed_upstream:
        return True
    parts = urlsplit(f"//{host}")
    return _is_open(parts.hostname or "") and parts.port in {None, *ALLOWED_PORTS}


def _is_open(host: str) -> bool:
    try:
        return is_public(ip_address(host))
    except ValueError:
        # RFC 6761: names of this very machine.
        return f".{host}".rpartition(".")[2] != "localhost"


def _split(url: str) -> SplitResult | None:
    if len(url) > _MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _parameter_problems(parameters: Mapping[str, str]) -> Iterator[Detail]:
    if not _OURS.isdisjoint(parameters):
        sentence = "A parameter that each request sets by itself cannot be set here."
        yield Detail("/authorize_parameters", "reserved_parameter", sentence)


def _header_problems(headers: Mapping[str, str]) -> Iterator[Detail]:
    taken = OF_THE_CONNECTION | {"accept", "authorization", "content-type"}
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name in taken or not is_header_value(value):
            sentence = "A header has a name in small letters that is not taken, and visible ASCII."
            yield Detail("/request_headers", "invalid_header", sentence)
