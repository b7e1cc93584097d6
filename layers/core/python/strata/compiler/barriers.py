"""Where to cut a section that has no free cut: then something waits that no link makes wait.

Between whole levels alone: so no two nodes of one level are ever ordered, a way through the machine
passes each level once at most, and whatever the nodes take it is never slower than plain levels.
"""

from collections.abc import Sequence
from itertools import accumulate

from strata.compiler.sections import Section
from strata.compiler.trial_times import longer, longest_of, total, trial


def middle_cut(section: Section) -> int:
    """The level in the section's middle half after which a cut costs least, all else left free.

    Takes time linear in nodes and links."""
    ended = _longest(section.rows(), section.net.sources)
    to_come = _longest(section.rows()[::-1], section.net.targets)[::-1]
    costs = [total(ended[at] + to_come[at + 1]) for at in range(section.levels - 1)]
    margin = (len(costs) - 1) // 4
    middle = range(margin, len(costs) - margin)
    return section.first + min(middle, key=costs.__getitem__)


def _longest(rows: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[int]:
    """For each row the times of the longest way along links that ends in it or in one before it."""
    took: dict[int, int] = {}
    longest = []
    for row in rows:
        for node in row:
            took[node] = trial(node) + longest_of(took.get(one, 0) for one in before[node])
        longest.append(longest_of(took[node] for node in row))
    return list(accumulate(longest, longer))
