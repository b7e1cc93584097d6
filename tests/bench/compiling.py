"""The compiler's time, and the size of what it writes."""

import math
from itertools import pairwise
from typing import Any

from strata.blocks import registry
from strata.compiler.checks import check
from strata.compiler.definition import compile_graph
from strata.compiler.figures import figures
from strata.compiler.planning import plan
from tests.bench.timing import median
from tests.builders import ARNS, layered, traced

SIZES = (10, 100, 1_000, 10_000)


def measure() -> list[dict[str, Any]]:
    """A row per size of fully joined levels of ten nodes; times in milliseconds.

    The exponents tell how the time grows with nodes and links together, since the smallest graph
    has no links: 1 is linear."""
    rows = [_row(size) for size in SIZES]
    for before, row in pairwise(rows):
        row["exponent"] = _exponent(before, row)
    rows[-1]["exponent_from_10"] = _exponent(rows[0], rows[-1])
    return rows


def _exponent(small: dict[str, Any], large: dict[str, Any]) -> float:
    grown = (large["nodes"] + large["links"]) / (small["nodes"] + small["links"])
    return round(math.log(large["ms"] / small["ms"], grown), 2)


def _row(size: int) -> dict[str, Any]:
    graph = traced(layered(size // 10, 10))
    planned = plan(graph, registry())
    compiled = compile_graph(planned, ARNS)
    told = figures(planned, compiled)
    definition = "".join((compiled.main, *compiled.parts))
    took = median(lambda: compile_graph(plan(graph, registry()), ARNS))
    checked = median(lambda: check(graph, registry(), None))
    return {
        "nodes": size,
        "links": len(graph.links),
        "ms": round(took * 1000, 2),
        "check_ms": round(checked * 1000, 2),
        "bytes": len(definition.encode()),
        "bytes_per_node": round(len(definition.encode()) / size, 1),
        "transitions_per_node": round(told.transitions / size, 3),
        "events_per_node": round(told.history_events / size, 3),
    }
