"""Names to addresses by the system's resolver, which knows no deadline of its own."""

import socket
import threading
from collections.abc import Callable, Sequence

from strata.outbound.sockets import Deadline

MOST_LOOKUPS = 32
"""At once. One that was given up goes on for as long as the system likes, and keeps its place."""

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as texts; the port is for the resolver alone. Raises OSError."""


class Resolver:
    """One per client."""

    def __init__(self, resolve: Resolve, most: int = MOST_LOOKUPS) -> None:
        self._resolve = resolve
        self._places = threading.BoundedSemaphore(most)

    def find(self, host: str, port: int, deadline: Deadline) -> Sequence[str]:
        """Raises OSError, and TimeoutError when the deadline comes first."""
        if not self._places.acquire(timeout=deadline.remaining()):
            raise TimeoutError
        lookup = _Lookup(self._resolve, self._places, host, port)
        threading.Thread(target=lookup.run, name="strata-lookup", daemon=True).start()
        if not lookup.done.wait(deadline.remaining()):
            raise TimeoutError
        return lookup.result()


class _Lookup:
    def __init__(
        self, resolve: Resolve, places: threading.BoundedSemaphore, host: str, port: int
    ) -> None:
        self.done = threading.Event()
        self._resolve, self._places = resolve, places
        self._host, self._port = host, port
        self._found: Sequence[str] = ()
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._found = self._resolve(self._host, self._port)
        except BaseException as error:
            self._error = error
        self._places.release()
        self.done.set()

    def result(self) -> Sequence[str]:
        if self._error is not None:
            raise self._error
        return self._found


def system_resolve(host: str, port: int) -> Sequence[str]:
    """By the resolver of the system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))
