"""Attempts with growing pauses between them, for what botocore does not try again itself."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from strata.clock import Clock
from strata.model.errors import Conflict

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.05

Result = TypeVar("Result")


def attempts(clock: Clock) -> Iterator[int]:
    """Counts five attempts; before each but the first it waits, up to 50, 100, 200, 400 ms.

    The length of a pause is drawn (full jitter): who collided once shall not collide again."""
    for attempt in range(ATTEMPTS):
        if attempt:
            share = int.from_bytes(clock.random_bytes(2), "big") / 0xFFFF
            clock.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * share)
        yield attempt


def through_conflicts(action: Callable[[], Result], clock: Clock) -> Result:
    """The result of the first attempt that meets no Conflict. Raises Conflict after the last."""
    for _ in attempts(clock):
        with suppress(Conflict):
            return action()
    raise Conflict("Other writes of the same items came first each time.")
