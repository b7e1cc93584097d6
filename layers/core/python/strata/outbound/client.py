"""The guarded client: sends a node's request to public addresses only, and follows redirects."""

import re
import ssl
from collections.abc import Mapping
from functools import cached_property, partial
from ipaddress import ip_address

from strata.clock import Clock, SystemClock
from strata.model.block import HttpAnswer, HttpCall
from strata.model.errors import InvalidInput, NodeError
from strata.model.headers import MAX_HEADER_BYTES, OF_THE_CONNECTION
from strata.outbound.addresses import addresses_of
from strata.outbound.exchange import exchange
from strata.outbound.redirects import Request, following, leads_on
from strata.outbound.resolving import Resolve, Resolver, system_resolve
from strata.outbound.sockets import Deadline, connect, secure, tls_context
from strata.outbound.targets import InvalidUrl, Target, read_target

MAX_REDIRECTS = 5
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


class GuardedClient:
    """One per process; it keeps no connection open.

    `allowed_upstream` is one `host:port` on loopback that may be reached all the same: for tests.
    """

    def __init__(
        self,
        allowed_upstream: str = "",
        clock: Clock | None = None,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._upstream = _upstream(allowed_upstream) if allowed_upstream else None
        self._clock = clock or SystemClock()
        self._resolver = Resolver(resolve)

    def send(
        self, call: HttpCall, headers: Mapping[str, str], hosts: frozenset[str] | None
    ) -> HttpAnswer:
        """See strata.platform.Outbound. Raises NodeError."""
        request = self._request(call, headers, hosts)
        deadline = Deadline(self._clock, call.timeout_seconds)
        try:
            return self._follow(request, call, deadline)
        except TimeoutError:
            message = f"The host took longer than {call.timeout_seconds:g} s"
            raise NodeError("upstream_timeout", message, retryable=True) from None

    def _request(
        self, call: HttpCall, headers: Mapping[str, str], hosts: frozenset[str] | None
    ) -> Request:
        try:
            target = read_target(call.url, self._upstream)
        except InvalidUrl as error:
            raise InvalidInput("url", error.reason) from None
        if hosts is not None:
            self._check_credential(target, hosts)
        return Request(
            method=call.method,
            target=target,
            headers={"accept-encoding": "gzip", "user-agent": "strata", **_checked(call.headers)},
            credential={name.lower(): text for name, text in headers.items()},
            body=call.body,
        )

    def _check_credential(self, target: Target, hosts: frozenset[str]) -> None:
        if not hosts & target.normal_hosts:
            raise NodeError("credential_host", "The credential is not for the host of this URL")
        if target.scheme != "https" and (target.host, target.port) != self._upstream:
            raise NodeError("credential_host", "A credential is sent over https only")

    def _follow(self, request: Request, call: HttpCall, deadline: Deadline) -> HttpAnswer:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._exchange(request, call.max_bytes, deadline)
            if not call.follows or not leads_on(answer.status, answer.headers):
                return answer
            request = following(request, answer, self._upstream)
        raise NodeError("too_many_redirects", f"There were more than {MAX_REDIRECTS} redirects")

    def _exchange(self, request: Request, max_bytes: int, deadline: Deadline) -> HttpAnswer:
        target = request.target
        find = partial(self._resolver.find, deadline=deadline)
        addresses = addresses_of(target, find, self._upstream)
        connection = connect(addresses, target.port, deadline)
        if target.scheme == "https":
            connection = secure(connection, target.host, self._tls)
        return exchange(request, connection, max_bytes)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Loading the authorities takes tens of milliseconds, so once, and not for http."""
        return tls_context()


def _upstream(text: str) -> tuple[str, int]:
    """Raises ValueError, with a sentence, unless it is `host:port` with a host on loopback."""
    host, _, port = text.rpartition(":")
    found = _on_loopback(host.strip("[]").lower())
    if found is None or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("The allowed upstream must be host:port, the host on loopback")
    return found, int(port)


def _on_loopback(host: str) -> str | None:
    """The host as URLs are compared with it; None if it is not on loopback."""
    if host == "localhost":
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return str(address) if address.is_loopback else None


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """The author's headers by name in lower case. Raises InvalidInput for the pin `headers`."""
    for name, text in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(text):
            raise InvalidInput("headers", "holds a header that HTTP cannot carry")
        if name.lower() in OF_THE_CONNECTION:
            raise InvalidInput("headers", f"must not set {name}: that is the connection's own")
    if sum(len(name) + len(text) for name, text in headers.items()) > MAX_HEADER_BYTES:
        raise InvalidInput("headers", f"is larger than {MAX_HEADER_BYTES:,} bytes")
    return {name.lower(): text for name, text in headers.items()}
