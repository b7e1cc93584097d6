"""The same at the same time: threads that wait for each other before they begin."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def at_once(times: int, act: Callable[[int], Result]) -> list[Result]:
    """What each of them returns; `act` gets its number."""
    together = threading.Barrier(times)

    def wait_and_act(number: int) -> Result:
        together.wait(30)
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_act, range(times)))
