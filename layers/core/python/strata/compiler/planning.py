"""From a checked graph to its plan: links sorted in, levels, names of states, shapes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strata.compiler.fusing import fused
from strata.compiler.levels import levels
from strata.compiler.measuring import Measure
from strata.compiler.names import state_names
from strata.compiler.parts import split
from strata.compiler.regions import edge
from strata.compiler.shaping import shape_of
from strata.model.block import ERROR_PIN, Block, Registry
from strata.model.graph import Graph, Link, Node, Retry
from strata.model.plan import NOTHING, Incoming, Plan, PlannedNode, RetryPolicy
from strata.model.shape import Shape, last_steps

MOST_THAT_END_AN_EXECUTION = 10
"""Each node of a last level looks whether it was the last one to end; in a wider level that would
cost more than a state of its own."""

WAIT_PIN = "expires_seconds"
"""The pin of a block that waits for the outside: how long."""
WAIT_SECONDS = 604_800


@dataclass(frozen=True, slots=True)
class _Region:
    """The nodes of one body, or of the graph itself, by level; what waits for what."""

    rows: Sequence[Sequence[str]]
    edges: Sequence[tuple[str, str]]


def plan(graph: Graph, blocks: Registry, *, draft: bool = False) -> Plan:
    """The plan of a graph whose check found no problem (ValueError if it has a cycle)."""
    nodes = {node.id: node for node in graph.nodes}
    regions = _regions(nodes, graph.links)
    planned = _planned_nodes(graph, nodes, regions, blocks)
    shapes = {
        loop: _shape(region, nodes, blocks, fuses=graph.options.fuse_light_nodes)
        for loop, region in regions.items()
    }
    whole = split(shapes.pop(""), Measure({node.id: node for node in planned}, shapes))
    return Plan(
        nodes=planned,
        last=_last(whole, {node.id: node for node in planned}),
        shape=whole,
        bodies=shapes,
        express=graph.options.execution_type == "express",
        draft=draft,
    )


def _regions(nodes: Mapping[str, Node], links: Iterable[Link]) -> dict[str, _Region]:
    """By loop; the graph itself comes first, under the empty text."""
    parents = {node.id: node.parent for node in nodes.values() if node.parent is not None}
    members: dict[str, list[str]] = {"": []}
    for node in nodes:
        members.setdefault(parents.get(node, ""), []).append(node)
    edges = defaultdict[str, list[tuple[str, str]]](list)
    for link in links:
        found = edge(link.source, link.target, parents)
        if found is not None:
            edges[parents.get(found[0], "")].append(found)
    return {
        loop: _Region(_rows(within, edges[loop]), edges[loop]) for loop, within in members.items()
    }


def _rows(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    rows = levels(nodes, edges)
    if sum(map(len, rows)) < len(nodes):
        raise ValueError("a graph with a cycle has no plan")
    return rows


def _shape(region: _Region, nodes: Mapping[str, Node], blocks: Registry, *, fuses: bool) -> Shape:
    # In the author's order, which the order of branches follows.
    members = {node for row in region.rows for node in row}
    ids = [node for node in nodes if node in members]
    if not ids:
        return NOTHING
    kinds = {node: _policy(nodes[node].retry) for node in ids if _is_light(nodes[node], blocks)}
    shape = shape_of(ids, region.edges)
    return fused(shape, kinds) if fuses else shape


def _is_light(node: Node, blocks: Registry) -> bool:
    block = blocks.get(node.block)
    return block is not None and block.is_light


def _planned_nodes(
    graph: Graph, nodes: Mapping[str, Node], regions: Mapping[str, _Region], blocks: Registry
) -> tuple[PlannedNode, ...]:
    incoming, collects = _incoming(graph.links, nodes)
    names = state_names(graph.nodes)
    handled = {link.source for link in graph.links if link.output == ERROR_PIN}
    return tuple(
        _planned(
            nodes[name],
            blocks.get(nodes[name].block),
            incoming[name],
            collects[name],
            level,
            names[name],
            name in handled,
        )
        for region in regions.values()
        for level, row in enumerate(region.rows, start=1)
        for name in row
    )


def _incoming(
    links: Iterable[Link], nodes: Mapping[str, Node]
) -> tuple[Mapping[str, tuple[Incoming, ...]], Mapping[str, tuple[Incoming, ...]]]:
    """The links that enter each node, and those that its own body hands it."""
    entering = defaultdict[str, list[Incoming]](list)
    returning = defaultdict[str, list[Incoming]](list)
    for link in links:
        returns = nodes[link.source].parent == link.target
        (returning if returns else entering)[link.target].append(
            Incoming(link.source, link.output, link.pin, link.part)
        )
    return _frozen(entering), _frozen(returning)


def _frozen(
    found: Mapping[str, list[Incoming]],
) -> defaultdict[str, tuple[Incoming, ...]]:
    frozen = defaultdict[str, tuple[Incoming, ...]](tuple)
    frozen.update((target, tuple(links)) for target, links in found.items())
    return frozen


def _planned(
    node: Node,
    block: Block | None,
    incoming: tuple[Incoming, ...],
    collects: tuple[Incoming, ...],
    level: int,
    state: str,
    handled: bool,
) -> PlannedNode:
    return PlannedNode(
        id=node.id,
        block=node.block,
        inputs=node.inputs,
        incoming=incoming,
        level=level,
        state=state,
        timeout_seconds=_seconds(node, block),
        retry=_policy(node.retry),
        continues=handled or node.on_error == "continue",
        behaviour=block.behaviour if block else "run",
        parent=node.parent or "",
        collects=collects,
        pinned=node.pinned_outputs,
    )


def _seconds(node: Node, block: Block | None) -> int:
    if block is None or block.behaviour != "wait":
        return node.timeout_seconds
    default = block.inputs[WAIT_PIN].get("default", WAIT_SECONDS)
    seconds = node.inputs.get(WAIT_PIN, default)
    return seconds if isinstance(seconds, int) else WAIT_SECONDS


def _policy(retry: Retry) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=retry.max_attempts,
        interval_seconds=retry.interval_seconds,
        backoff_rate=retry.backoff_rate,
        max_delay_seconds=retry.max_delay_seconds,
    )


def _last(shape: Shape, nodes: Mapping[str, PlannedNode]) -> frozenset[str]:
    """Empty also where one of them is told its end by somebody who could not end an execution."""
    last = [step.nodes[-1] for step in last_steps(shape) if step.nodes]
    if len(last) > MOST_THAT_END_AN_EXECUTION:
        return frozenset()
    return frozenset(() if any(nodes[one].behaviour == "wait" for one in last) else last)
