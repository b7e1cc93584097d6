"""What machines wait for though no link asks for it: the corpus, simulated from its definitions.

Times are told in critical paths: 1 is the least that any machine can take.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import fmean
from typing import Any, NamedTuple

from strata.blocks import registry
from strata.compiler.definition import compile_graph
from strata.compiler.levels import levels
from strata.compiler.planning import MOST_THAT_END_AN_EXECUTION, plan
from tests.bench.corpus import Case, Times, corpus
from tests.bench.makespan import makespan, passed
from tests.builders import ARNS, joined, traced

ALL = "all"
MOST = {"stages": 1.0, "chains": 1.0, ALL: 1.15}
"""What a run may take on average."""

Row = dict[str, Any]


class Waited(NamedTuple):
    """Of one graph: times are means over those of its nodes, transitions are per node."""

    plain: float
    ours: float
    plain_transitions: float
    transitions: float


def measure() -> list[Row]:
    """A row per kind of graph, beside plain levels that run one after the other; one for all."""
    by_kind = groupby(corpus(), key=lambda case: case.kind)
    found = {kind: [waited(case) for case in cases] for kind, cases in by_kind}
    found[ALL] = [one for graphs in found.values() for one in graphs]
    return [_row(kind, graphs) for kind, graphs in found.items()]


def _row(kind: str, graphs: Sequence[Waited]) -> Row:
    means = Waited(*map(fmean, zip(*graphs, strict=True)))
    most = MOST.get(kind)
    row = {
        "graphs": kind,
        "count": len(graphs),
        "plain_levels": round(means.plain, 3),
        "ours": round(means.ours, 3),
        "at_most": most or "",
        "worst": round(max(one.ours for one in graphs), 2),
        "plain_transitions_per_node": round(means.plain_transitions, 3),
        "transitions_per_node": round(means.transitions, 3),
    }
    if most:
        fewer = means.transitions <= means.plain_transitions
        row["holds"] = "yes" if round(means.ours, 9) <= most and fewer else "NO"
    return row


def waited(case: Case) -> Waited:
    """Each node in a Task of its own."""
    ids = [f"n{at:03}" for at in range(case.nodes)]
    edges = [(ids[source], ids[target]) for source, target in case.edges]
    rows = levels(ids, edges)
    graph = traced(joined(ids, edges))
    machine = json.loads(compile_graph(plan(graph, registry()), ARNS).main)
    plain, ours = [], []
    for times in case.times:
        seconds = dict(zip(ids, times, strict=True))
        least = critical_path(case.edges, times)
        plain.append(sum(max(seconds[node] for node in row) for row in rows) / least)
        ours.append(makespan(machine, seconds) / least)
    transitions = passed(machine).transitions / case.nodes
    return Waited(fmean(plain), fmean(ours), plain_transitions(rows) / case.nodes, transitions)


def plain_transitions(rows: Sequence[Sequence[str]]) -> int:
    """Of a machine that runs level by level: Tasks, Parallels and, after a wide last level, the
    Task that records the end."""
    wide = sum(len(row) > 1 for row in rows)
    return sum(map(len, rows)) + wide + (len(rows[-1]) > MOST_THAT_END_AN_EXECUTION)


def critical_path(edges: Iterable[tuple[int, int]], times: Times) -> float:
    """Seconds; each edge leads from a lower number to a higher one."""
    entering: list[list[int]] = [[] for _ in times]
    for source, target in edges:
        entering[target].append(source)
    ended: list[float] = []
    for sources, seconds in zip(entering, times, strict=True):
        ended.append(max((ended[source] for source in sources), default=0.0) + seconds)
    return max(ended)
