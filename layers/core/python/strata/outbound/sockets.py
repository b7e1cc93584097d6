"""Connections to a checked address, under one deadline for all that they do.

A timeout on a socket bounds one wait; a server that drips a byte now and then would never end. So
each wait is given what is left of the whole.
"""

import socket
import ssl
from collections.abc import Sequence
from math import inf
from typing import Any

from strata.clock import Clock
from strata.model.errors import NodeError


class Deadline:
    """When a call must be done, on the clock that never goes back."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds, more than 0; raises TimeoutError when none are left."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class TimedSocket(socket.socket):
    """Every wait of it ends at its deadline, and so does what it takes in at its bound."""

    deadline: Deadline
    room: float = inf
    """Bytes that may still come. Below 0 more came, and nothing further is read."""
    ended = False
    """Whether the other side has said that nothing more will come."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.remaining())
        count = super().recv_into(*args, **kwargs)
        self.ended = self.ended or count == 0
        self.room -= count
        if self.room < 0:
            raise OSError("more came than there is room for")
        return count

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.remaining())
        return super().send(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.deadline.remaining())
        super().sendall(*args, **kwargs)


class TimedTlsSocket(TimedSocket, ssl.SSLSocket):
    """The same over TLS."""


def tls_context() -> ssl.SSLContext:
    """Certificates and host names are checked against the system's authorities."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = TimedTlsSocket
    return context


def connect(addresses: Sequence[str], port: int, deadline: Deadline) -> TimedSocket:
    """To the first of the addresses that answers; each gets its share of the time.

    Raises NodeError `upstream_unreachable`, TimeoutError."""
    for left in range(len(addresses), 0, -1):
        try:
            return _connect(addresses[-left], port, deadline, deadline.remaining() / left)
        except OSError as error:
            last = error
    if isinstance(last, TimeoutError):
        raise last
    message = "The host does not accept the connection"
    raise NodeError("upstream_unreachable", message, retryable=True)


def _connect(address: str, port: int, deadline: Deadline, seconds: float) -> TimedSocket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = TimedSocket(family, socket.SOCK_STREAM)
    try:
        opened.deadline = deadline
        opened.settimeout(seconds)
        opened.connect((address, port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        opened.close()
        raise
    return opened


def secure(plain: TimedSocket, host: str, context: ssl.SSLContext) -> TimedSocket:
    """TLS over the connection, for the host's own name. Raises NodeError, TimeoutError."""
    deadline = plain.deadline
    try:
        plain.settimeout(deadline.remaining())
        secured: Any = context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError:
        plain.close()
        raise NodeError(
            "upstream_certificate", "The host's TLS certificate is not valid for it"
        ) from None
    except OSError as error:
        plain.close()
        if isinstance(error, TimeoutError):
            raise
        message = "The host does not accept the TLS connection"
        raise NodeError("upstream_unreachable", message, retryable=True) from None
    secured.deadline = deadline
    return secured  # type: ignore[no-any-return]
