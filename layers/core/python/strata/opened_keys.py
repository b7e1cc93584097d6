"""Data keys that this process has opened: few, for a short time, and overwritten when they go.

A key that is in here is used without asking the vault: what shuts a key in the vault acts here when
the time is over, and `forget` acts at once.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple, TypeVar

from strata.clock import Clock

Result = TypeVar("Result")
SECONDS = 300.0
CAPACITY = 128


class Name(NamedTuple):
    """A key in the very context that it was opened for."""

    wrapped: bytes
    context: bytes


class _Opened(NamedTuple):
    key: bytearray
    until: float


class OpenedKeys:
    """Threads share it; of those that want the same key at the same time one opens it."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._opened: OrderedDict[Name, _Opened] = OrderedDict()
        self._opening: dict[Name, Future[None]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._opened)

    def use(
        self,
        name: Name,
        unwrap: Callable[[], bytes],
        work: Callable[[bytearray], Result],
        clock: Clock,
    ) -> Result:
        """What `work` makes of the key, which it must not keep. Raises what `unwrap` raises: to
        all who wait for it, so that a vault that is down is not asked by each of them in turn."""
        while True:
            with self._lock:
                self._drop_old(clock)
                if name in self._opened:
                    self._opened.move_to_end(name)
                    return work(self._opened[name].key)
                others = self._opening.get(name)
                if others is None:
                    mine = self._opening[name] = Future[None]()
            if others is None:
                return self._open(name, mine, unwrap, work, clock)
            others.result()

    def forget(self, wrapped: bytes) -> None:
        """Also where it is being opened at this moment: then it is used once and not kept."""
        with self._lock:
            for name in [name for name in self._opened if name.wrapped == wrapped]:
                self._drop(name)
            for name in [name for name in self._opening if name.wrapped == wrapped]:
                del self._opening[name]

    def drop_old(self, clock: Clock) -> None:
        """What nobody asks for any more ends too."""
        with self._lock:
            self._drop_old(clock)

    def _open(
        self,
        name: Name,
        mine: "Future[None]",
        unwrap: Callable[[], bytes],
        work: Callable[[bytearray], Result],
        clock: Clock,
    ) -> Result:
        try:
            key = bytearray(unwrap())
            with self._lock:
                result = work(key)
                self._keep(name, mine, key, clock)
        except Exception as error:
            self._no_longer_opening(name, mine)
            mine.set_exception(error)
            raise
        finally:
            self._no_longer_opening(name, mine)
            if not mine.done():
                # Also where this thread is ended: then another one tries.
                mine.set_result(None)
        return result

    def _keep(self, name: Name, mine: "Future[None]", key: bytearray, clock: Clock) -> None:
        if self._opening.get(name) is not mine:
            _overwrite(key)
            return
        self._opened[name] = _Opened(key, clock.monotonic() + SECONDS)
        while len(self._opened) > self._capacity:
            self._drop(next(iter(self._opened)))

    def _no_longer_opening(self, name: Name, mine: "Future[None]") -> None:
        with self._lock:
            if self._opening.get(name) is mine:
                del self._opening[name]

    def _drop_old(self, clock: Clock) -> None:
        now = clock.monotonic()
        for name in [name for name, one in self._opened.items() if one.until <= now]:
            self._drop(name)

    def _drop(self, name: Name) -> None:
        _overwrite(self._opened.pop(name).key)


def _overwrite(key: bytearray) -> None:
    key[:] = bytes(len(key))
