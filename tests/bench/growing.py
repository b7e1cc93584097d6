"""How the time of an execution grows with its graph, on the embedded platform."""

import math
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from strata.local.platform import LocalPlatform
from strata.model.graph import Graph
from tests.bench.engine import platform, run, saved, user_of
from tests.bench.timing import RUNS, median
from tests.builders import chain, layered

SIZES = (10, 100, 1_000, 10_000)
MOST_EXPONENT = 1.2

Row = dict[str, Any]


def measure() -> list[Row]:
    """A row per size and kind of graph; times in milliseconds. The exponents are of the nodes: from
    the size before, and from the smallest; 1 is linear."""
    with tempfile.TemporaryDirectory() as folder, platform(Path(folder)) as opened:
        user = user_of(opened)
        return [
            row
            for kind in ("chain", "joined levels of 10")
            for fuses in (False, True)
            for row in _rows(kind, opened, user, fuses=fuses)
        ]


def _rows(kind: str, opened: LocalPlatform, user: str, *, fuses: bool) -> list[Row]:
    rows = [_row(kind, size, opened, user, fuses=fuses) for size in SIZES]
    for before, row in pairwise(rows):
        row["exponent"] = _exponent(before, row)
    rows[-1] |= {"exponent_from_10": _exponent(rows[0], rows[-1]), "most": MOST_EXPONENT}
    return rows


def _row(kind: str, size: int, opened: LocalPlatform, user: str, *, fuses: bool) -> Row:
    graph = saved(opened, user, _graph(kind, size), fuses=fuses)
    took = median(lambda: run(opened, user, graph), RUNS if size < SIZES[-1] else 1)
    return {
        "graph": kind,
        "Tasks": "shared" if fuses else "one each",
        "nodes": size,
        "ms": round(took * 1000, 1),
        "ms_per_node": round(took * 1000 / size, 3),
    }


def _graph(kind: str, size: int) -> Graph:
    return chain(size) if kind == "chain" else layered(size // 10, 10)


def _exponent(small: Row, large: Row) -> float:
    return round(math.log(large["ms"] / small["ms"], large["nodes"] / small["nodes"]), 2)
