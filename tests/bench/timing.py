"""How long a thing takes: the median of several runs, in seconds."""

import statistics
from collections.abc import Callable
from time import perf_counter

RUNS = 5


def seconds(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def medians(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Of each, warm: by turns, so that what else the machine does weighs on both."""
    one()
    other()
    pairs = [(seconds(one), seconds(other)) for _ in range(2 * RUNS + 1)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


def median(work: Callable[[], object], runs: int = RUNS) -> float:
    """Warm: the first run does not count."""
    work()
    return statistics.median(seconds(work) for _ in range(runs))
