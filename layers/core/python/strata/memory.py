"""What one process remembers: answers that never change, least recently used ones forgotten."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

Value = TypeVar("Value")
CAPACITY = 256
PARTS = 1000
"""A value of so many parts takes the room of two: one large one must not cost the process."""


def _small(_: object) -> int:
    return 0


class Memory:
    """A bounded cache that threads share; it may make a value twice, never a wrong one.

    `capacity` counts values, a large one for as many as its parts take."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._values: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def recall(
        self, key: Hashable, make: Callable[[], Value], parts_of: Callable[[Value], int] = _small
    ) -> Value:
        """The value under the key, made and kept if it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key][0]  # type: ignore[return-value]
        value = make()
        self._keep(key, value, 1 + parts_of(value) // PARTS)
        return value

    def forget(self, key: Hashable) -> None:
        with self._lock:
            self._values.pop(key, None)

    def _keep(self, key: Hashable, value: object, room: int) -> None:
        with self._lock:
            self._values[key] = value, room
            taken = sum(room for _, room in self._values.values())
            while taken > self._capacity and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                taken -= freed
