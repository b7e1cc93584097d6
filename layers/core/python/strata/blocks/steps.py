"""Work that is counted while it is done: what was asked for in a few characters has an end."""

from typing import Any

from strata.model.errors import NodeError

_CHARACTERS_PER_STEP = 10


class Steps:
    """How many are left; raises NodeError `too_slow` when none are."""

    def __init__(self, most: int, what: str) -> None:
        self._left = self._most = most
        self._what = what

    def spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise NodeError("too_slow", f"The {self._what} takes over {self._most:,} steps")

    def walk(self, value: Any) -> None:
        """Spends what going through the whole value takes."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self.spend(length(item) + 1)
            if isinstance(item, (list, dict)):
                waiting.extend(item.values() if isinstance(item, dict) else item)


def length(value: Any) -> int:
    """The steps that going through the value's own items takes."""
    if isinstance(value, str):
        return len(value) // _CHARACTERS_PER_STEP
    return len(value) if isinstance(value, (list, dict)) else 0
