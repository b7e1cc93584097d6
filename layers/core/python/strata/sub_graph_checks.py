"""What can be wrong with the graphs that a graph runs: as they are saved and active now.

What is right here may be wrong when it runs, since an active version changes; then the node fails
with the same code.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from strata.compiler.cycles import knots, shortest_cycle
from strata.compiler.levels import levels
from strata.model.control import MOST_NESTED, SUB_GRAPH
from strata.model.errors import NotFound
from strata.model.graph import Graph, Node, Problem
from strata.model.graph_schema import check_graph_inputs
from strata.model.plan import Plan
from strata.platform import Platform
from strata.store import graphs
from strata.store.graphs import Head, Reference

MOST_GRAPHS = 500
"""So many graphs one graph runs directly at most."""

_GRAPH_ID = re.compile(r"gph_[0-9a-z]{26}")
_OWN = Reference("", None)


class _Call(NamedTuple):
    """A node and the version that it would run, if there is one."""

    node: Node
    version: Reference | None
    problem: str = ""
    pin: str = "graph_id"


def problems(
    user_id: str, graph: Graph, graph_id: str | None, platform: Platform
) -> Iterator[Problem]:
    """Every problem; `graph_id` is the graph's own, where it is saved already."""
    nodes = [node for node in graph.nodes if node.block == SUB_GRAPH]
    if not nodes:
        return
    wanted = {node.inputs["graph_id"] for node in nodes if _names_a_graph(node)}
    if len(wanted) > MOST_GRAPHS:
        message = f"The graph runs {len(wanted)} other graphs, {MOST_GRAPHS} are the most."
        yield Problem(code="too_many_sub_graphs", message=message)
        return
    heads = graphs.heads_of(user_id, wanted, platform)
    calls = [_called(node, heads, platform) for node in nodes if _is_told(node)]
    linked = _linked(graph)
    for call in calls:
        if call.version is None:
            yield _problem(call, "no_such_graph", call.problem)
        elif call.version.graph_id != graph_id:
            plan = _plan(user_id, call.version, platform)
            yield from _misfits(call, linked[call.node.id], plan)
    found = {call.version for call in calls if call.version}
    yield from _circles(user_id, graph, graph_id, found, heads, platform)


def _is_told(node: Node) -> bool:
    """What is no text is told by the type of the pin."""
    return isinstance(node.inputs.get("graph_id"), str)


def _names_a_graph(node: Node) -> bool:
    return _is_told(node) and _GRAPH_ID.fullmatch(node.inputs["graph_id"]) is not None


def _called(node: Node, heads: Mapping[str, Head], platform: Platform) -> _Call:
    head = heads.get(node.inputs["graph_id"])
    if head is None:
        return _Call(node, None, "There is no graph with this id.")
    number = node.inputs.get("version")
    if number is None:
        if head.active_version is None:
            return _Call(node, None, "The graph has only drafts, which cannot run.")
        return _Call(node, Reference(head.id, head.active_version))
    known = type(number) is int and 1 <= number <= head.latest_version
    if not known or not _is_runnable(head, number, platform):
        return _Call(node, None, "The graph has no such version that can run.", "version")
    return _Call(node, Reference(head.id, number))


def _is_runnable(head: Head, number: int, platform: Platform) -> bool:
    try:
        return not graphs.load_plan(head.user_id, head.id, number, platform).draft
    except NotFound:
        return False


def _linked(graph: Graph) -> Mapping[str, set[str]]:
    """Which inputs links bring, by node; the empty name where one brings them all."""
    found = defaultdict[str, set[str]](set)
    for link in graph.links:
        if link.pin == "inputs":
            found[link.target].add(link.part.partition(".")[0])
    return found


def _misfits(call: _Call, linked: set[str], plan: Plan) -> Iterator[Problem]:
    """Of the inputs that stand in the graph; what links bring is seen when it runs."""
    given = call.node.inputs.get("inputs", {})
    if "" in linked or not isinstance(given, dict):
        return
    for fault in check_graph_inputs(plan.nodes, {**dict.fromkeys(linked), **given}):
        name = fault.pointer.removeprefix("/inputs/").replace("~1", "/").replace("~0", "~")
        if name not in linked or fault.code == "unknown_input":
            message = f"The graph's input '{name}': {fault.message}."
            yield _problem(call._replace(pin="inputs"), fault.code, message)


def _plan(user_id: str, version: Reference, platform: Platform) -> Plan:
    return graphs.load_plan(user_id, version.graph_id, version.version or 0, platform)


def _problem(call: _Call, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, node=call.node.id, pin=call.pin)


def _circles(
    user_id: str,
    graph: Graph,
    graph_id: str | None,
    called: Iterable[Reference],
    heads: Mapping[str, Head],
    platform: Platform,
) -> Iterator[Problem]:
    """The graphs that those run in their turn, as far as they may lie within each other."""
    names = {"": graph.name}
    edges: list[tuple[str, str]] = []
    known: dict[Reference, str] = {_OWN: ""}
    row = {_OWN: list(called)}
    for _ in range(MOST_NESTED + 1):
        names |= {one.id: one.name for one in heads.values()}
        new = _entered(row, graph_id, edges, known)
        if not new:
            break
        found = graphs.references_of(user_id, new, platform)
        ids = {one.graph_id for targets in found.values() for one in targets}
        heads = graphs.heads_of(user_id, ids, platform)
        row = {source: list(_resolved(targets, heads)) for source, targets in found.items()}
    yield from _told(edges, {name: names[one.graph_id] for one, name in known.items()})


def _entered(
    row: Mapping[Reference, list[Reference]],
    graph_id: str | None,
    edges: list[tuple[str, str]],
    known: dict[Reference, str],
) -> list[Reference]:
    """Adds who runs whom; the versions that are seen for the first time."""
    new = []
    for source, targets in row.items():
        for target in targets:
            at = _OWN if target.graph_id == graph_id else target
            if at not in known:
                known[at] = f"{at.graph_id}@{at.version}"
                new.append(at)
            edges.append((known[source], known[at]))
    return new


def _resolved(targets: Iterable[Reference], heads: Mapping[str, Head]) -> Iterator[Reference]:
    """With the active version where none is named; a graph that is gone runs nothing."""
    for target in targets:
        head = heads.get(target.graph_id)
        number = target.version or (head.active_version if head else None)
        if head is not None and number is not None:
            yield Reference(head.id, number)


def _told(edges: list[tuple[str, str]], names: Mapping[str, str]) -> Iterator[Problem]:
    inside = knots(names, edges)
    if any(target == "" for _, target in edges):
        circle = shortest_cycle("", edges)
    elif inside:
        knot = set(inside[0])
        circle = shortest_cycle(inside[0][0], [one for one in edges if knot.issuperset(one)])
    else:
        if len(levels(list(names), edges)) > MOST_NESTED + 1:
            message = f"More than {MOST_NESTED} sub-graphs would run within each other."
            yield Problem(code="sub_graph_too_deep", message=message)
        return
    named = " → ".join(f"'{names[one]}'" for one in [*circle, circle[0]])
    yield Problem(code="sub_graph_cycle", message=f"Graphs run each other in a circle: {named}.")
