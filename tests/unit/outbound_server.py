"""A server on loopback that does what a test tells it, well-behaved or not."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from strata.model.block import HttpCall

Behave = Callable[["Received", socket.socket], None]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """`received` grows with each request."""

    port: int
    received: list[Received] = field(default_factory=list)

    @property
    def upstream(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.upstream}{path}"


@contextmanager
def serving(behave: Behave, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Answers one connection after the other until the test is done."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        arguments = (listener, server, behave, context, stopped)
        thread = threading.Thread(target=_accept, args=arguments)
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            # A last connection wakes it up.
            socket.create_connection(("127.0.0.1", server.port)).close()
            thread.join()


def _accept(
    listener: socket.socket,
    server: Server,
    behave: Behave,
    context: ssl.SSLContext | None,
    stopped: threading.Event,
) -> None:
    while True:
        connection = listener.accept()[0]
        with connection, suppress(OSError):
            if stopped.is_set():
                return
            _serve(_secured(connection, context), server, behave)


def _secured(connection: socket.socket, context: ssl.SSLContext | None) -> socket.socket:
    return context.wrap_socket(connection, server_side=True) if context else connection


def _serve(connection: socket.socket, server: Server, behave: Behave) -> None:
    with connection, connection.makefile("rb") as stream:
        line = stream.readline().decode().rstrip()
        if not line:
            return
        headers = {}
        while header := stream.readline().decode("latin-1").rstrip():
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        received = Received(line, headers, stream.read(int(headers.get("content-length", 0))))
        server.received.append(received)
        behave(received, connection)


def answering(body: bytes = b"ok", *headers: str, status: str = "200 OK") -> Behave:
    """Always the same answer; its length is told."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return lambda _, connection: connection.sendall("\r\n".join(lines).encode("latin-1") + body)


def saying(raw: bytes) -> Behave:
    """These very bytes, and the end."""
    return lambda _, connection: connection.sendall(raw)


def redirecting(location: str, status: str = "302 Found") -> Behave:
    """From `/` to another place; every other path is answered by its request line."""

    def behave(received: Received, connection: socket.socket) -> None:
        if received.line.split()[1] == "/":
            answering(b"", f"Location: {location}", status=status)(received, connection)
        else:
            answering(received.line.encode())(received, connection)

    return behave


def call(url: str, method: str = "GET", /, **given: object) -> HttpCall:
    fields: dict[str, object] = {"headers": {}, "body": None, "timeout_seconds": 5.0}
    return HttpCall(**{"method": method, "url": url, "max_bytes": 100_000, **fields, **given})  # type: ignore[arg-type]
