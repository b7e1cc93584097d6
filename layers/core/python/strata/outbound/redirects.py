"""A request, and the one that follows an answer, as browsers do it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin

from strata.model.block import HttpAnswer
from strata.model.errors import NodeError
from strata.outbound.targets import InvalidUrl, Target, read_target

_URL = "%/:?#[]@!$&'()*+,;=~-._"
_STATUSES = frozenset((301, 302, 303, 307, 308))
_KEEP_METHOD = frozenset((307, 308))
_OF_THE_HOST = re.compile(r"auth|cookie|token|secret|password|session|signature|(api|access)-?key")
"""Names of headers that prove who asks, whatever each API calls its own."""
_OF_THE_BODY = frozenset(("content-type", "content-encoding", "content-language"))


@dataclass(frozen=True, slots=True)
class Request:
    """Header names are in lower case; `credential` are the headers for the allowed hosts alone."""

    method: str
    target: Target
    headers: Mapping[str, str]
    credential: Mapping[str, str]
    body: bytes | None

    def all_headers(self) -> dict[str, str]:
        return {**self.headers, **self.credential, "host": self.target.authority}


def leads_on(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the answer sends the client elsewhere."""
    return status in _STATUSES and "location" in headers


def following(
    request: Request, answer: HttpAnswer, allowed_upstream: tuple[str, int] | None
) -> Request:
    """The request to where the answer leads. Raises NodeError if that is no place to go."""
    # Headers come as Latin-1; a URL in UTF-8 is encoded byte by byte.
    location = quote(answer.headers["location"].strip().encode("latin-1"), safe=_URL)
    target = _target(request.target.url, location, allowed_upstream)
    request = _with_method(request, answer.status)
    return replace(_without_secrets(request, target), target=target)


def _target(url: str, location: str, allowed_upstream: tuple[str, int] | None) -> Target:
    try:
        return read_target(_joined(url, location), allowed_upstream)
    except NodeError as error:
        raise NodeError(error.code, f"{error.message} (after a redirect)") from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise InvalidUrl("has a host or port that cannot be read") from None


def _with_method(request: Request, status: int) -> Request:
    """303 asks for the result by GET; 301 and 302 are treated so after a POST."""
    becomes_get = (status == 303 and request.method != "HEAD") or (
        status not in _KEEP_METHOD and request.method == "POST"
    )
    if not becomes_get:
        return request
    headers = {name: text for name, text in request.headers.items() if name not in _OF_THE_BODY}
    return replace(request, method="GET", body=None, headers=headers)


def _without_secrets(request: Request, target: Target) -> Request:
    """To another host, or from https to http, neither credential nor the author's own go along."""
    old = request.target
    is_same = (old.scheme, old.host, old.port) == (target.scheme, target.host, target.port)
    is_upgrade = old.host == target.host and (old.port, target.port) == (80, 443)
    if is_same or is_upgrade:
        return request
    headers = {
        name: text for name, text in request.headers.items() if not _OF_THE_HOST.search(name)
    }
    return replace(request, headers=headers, credential={})
