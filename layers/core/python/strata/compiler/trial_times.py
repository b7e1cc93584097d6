"""Guesses how long nodes take, since nobody knows it when a graph is compiled.

A few trials at once in one integer: a lane of bits for each, so that Python adds up and compares
all of them in one go. Nothing here is left to chance: the same node has the same times always.
"""

from collections.abc import Iterable
from functools import cache

TRIALS = 16
LANE = 40
"""Bits: thousands of levels of seconds, summed over all trials, stay within one lane."""

MILLISECONDS = tuple(round(10 * 1000 ** ((at + 0.5) / TRIALS)) for at in range(TRIALS))
"""Each node takes each of these in one trial: 10 ms to 10 s, every magnitude equally often."""

MEAN = sum(MILLISECONDS)
"""What a node takes, summed over all trials."""

_TOPS = sum(1 << LANE * at + LANE - 1 for at in range(TRIALS))
_MULTIPLIER, _INCREMENT, _MASK = 6364136223846793005, 1442695040888963407, (1 << 64) - 1


@cache
def trial(node: int) -> int:
    """The times of a node: a permutation that depends on its number alone (Fisher and Yates with a
    linear congruential generator, the constants are Knuth's)."""
    times = list(MILLISECONDS)
    state = (node + 1) * _MULTIPLIER & _MASK
    for at in range(TRIALS - 1, 0, -1):
        state = (state * _MULTIPLIER + _INCREMENT) & _MASK
        other = (state >> 32) % (at + 1)
        times[at], times[other] = times[other], times[at]
    return sum(time << LANE * at for at, time in enumerate(times))


def longer(one: int, other: int) -> int:
    """In each trial the longer of two times."""
    not_less = ((one | _TOPS) - other) & _TOPS
    return other ^ ((one ^ other) & (not_less - (not_less >> LANE - 1)))


def total(times: int) -> int:
    """Summed over all trials: what is left of it modulo a lane full of ones."""
    return times % ((1 << LANE) - 1)


def longest_of(times: Iterable[int]) -> int:
    """In each trial the longest; nothing for none."""
    longest = 0
    for time in times:
        longest = longer(longest, time) if longest else time
    return longest
