"""The graphs that are measured, and the block that they wait with."""

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from strata.model.block import Block, Context, Example, Values
from strata.model.graph import Graph, Link, Node
from tests.builders import chain, fan, layered

SKEWED = ((0.4, 0.02, 0.4, 0.02), (0.02, 0.4, 0.02, 0.4))
"""Seconds of each node of two chains that never meet; one level has always one slow node."""


def _sleep(values: Values, _: Context) -> Values:
    threading.Event().wait(values["seconds"])
    return {"value": values.get("after")}


SLEEP = Block(
    name="bench_sleep",
    title="Sleep",
    description="Waits, as a slow upstream would make a node wait.",
    category="bench",
    inputs={"seconds": {"type": "number"}, "after": {}},
    outputs={"value": {}},
    run=_sleep,
    example=Example({"seconds": 0}, {"value": None}),
    required=("seconds",),
)


def skewed(chains: Sequence[Sequence[float]] = SKEWED) -> Graph:
    nodes, links = [], []
    for number, row in enumerate(chains):
        ids = [f"c{number}_{at}" for at in range(len(row))]
        nodes += [
            Node(id=one, block=SLEEP.name, inputs={"seconds": seconds})
            for one, seconds in zip(ids, row, strict=True)
        ]
        links += [Link(source=a, output="value", target=b, input="after") for a, b in pairwise(ids)]
    return Graph(name="Skewed", nodes=nodes, links=links)


class Shape(NamedTuple):
    """`most_times` the fsync loop over as many nodes it may take; `critical_seconds` where its
    nodes take their time."""

    graph: Graph
    most_times: float = 1.0
    critical_seconds: float = 0.0


def shapes() -> dict[str, Shape]:
    return {
        "chain of 40": Shape(chain(40), most_times=3.0),
        "10 x 10 full joins": Shape(layered(10, 10)),
        "fan of 100": Shape(fan(99)),
        "skewed, 2 x 4": Shape(skewed(), critical_seconds=max(map(sum, SKEWED))),
    }
