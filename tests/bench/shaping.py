"""The time that it takes to find a shape, from 10 to 10,000 nodes."""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from strata.compiler.shaping import shape_of
from tests.bench.corpus import Dice, Edges, layered_of, local_of
from tests.bench.timing import median

SIZES = (10, 100, 1_000, 10_000)


def measure() -> list[dict[str, Any]]:
    """A row per kind of graph; times in milliseconds.

    The exponent tells how the time grows with nodes and links together: 1 is linear."""
    return [_row(kind, draw) for kind, draw in KINDS.items()]


def _row(kind: str, draw: Callable[[int], Edges]) -> dict[str, Any]:
    row: dict[str, Any] = {"graphs": kind}
    amounts, times = [], []
    for size in SIZES:
        edges = sorted(draw(size))
        ids = [f"n{at}" for at in range(1 + max(max(edge) for edge in edges))]
        links = [(ids[source], ids[target]) for source, target in edges]
        times.append(median(partial(shape_of, ids, links)))
        amounts.append(len(ids) + len(links))
        row[f"ms_of_{size}"] = round(times[-1] * 1000, 2)
    row["exponent"] = round(math.log(times[-1] / times[0], amounts[-1] / amounts[0]), 2)
    return row


def _joined(size: int) -> Edges:
    # The smallest has one level more, or it would have no links.
    rows = [range(start, start + 10) for start in range(0, max(size, 20), 10)]
    return {(a, b) for above, row in pairwise(rows) for a in above for b in row}


def _comb(size: int) -> Edges:
    """A chain, each node of which has another one that nothing depends on: as deep as can be."""
    spine = range(0, size, 2)
    return {*pairwise(spine), *((at, at + 1) for at in spine)}


KINDS: dict[str, Callable[[int], Edges]] = {
    "chain": lambda size: set(pairwise(range(size))),
    "joined levels of 10": _joined,
    "comb": _comb,
    "layered": lambda size: layered_of(Dice(1), size, 10)[1],
    "local": lambda size: local_of(Dice(1), size, 6, 3),
}
