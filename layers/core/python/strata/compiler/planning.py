"""From a checked graph to its plan: links sorted in, levels, names of states."""

from collections import defaultdict
from collections.abc import Iterable

from strata.compiler.levels import levels
from strata.compiler.names import state_names
from strata.model.block import ERROR_PIN
from strata.model.graph import Graph, Link, Node, Retry
from strata.model.plan import Incoming, Plan, PlannedNode, RetryPolicy

MOST_THAT_END_AN_EXECUTION = 10
"""Each node of a last level looks whether it was the last one to end; in a wider level that would
cost more than a state of its own."""


def plan(graph: Graph) -> Plan:
    """The plan of a graph whose check found no problem (ValueError if it has a cycle)."""
    nodes = {node.id: node for node in graph.nodes}
    incoming = _incoming(graph.links)
    names = state_names(graph.nodes)
    handled = {link.source for link in graph.links if link.output == ERROR_PIN}
    rows = levels(list(nodes), ((link.source, link.target) for link in graph.links))
    planned = tuple(
        _planned(nodes[name], incoming[name], level, names[name], name in handled)
        for level, row in enumerate(rows, start=1)
        for name in row
    )
    if len(planned) < len(graph.nodes):
        raise ValueError("a graph with a cycle has no plan")
    return Plan(planned, _last(rows))


def _incoming(links: Iterable[Link]) -> dict[str, tuple[Incoming, ...]]:
    found = defaultdict[str, tuple[Incoming, ...]](tuple)
    by_target = defaultdict[str, list[Incoming]](list)
    for link in links:
        by_target[link.target].append(Incoming(link.source, link.output, link.pin, link.part))
    found.update((target, tuple(entering)) for target, entering in by_target.items())
    return found


def _planned(
    node: Node, incoming: tuple[Incoming, ...], level: int, state: str, handled: bool
) -> PlannedNode:
    return PlannedNode(
        id=node.id,
        block=node.block,
        inputs=node.inputs,
        incoming=incoming,
        level=level,
        state=state,
        timeout_seconds=node.timeout_seconds,
        retry=_policy(node.retry),
        continues=handled or node.on_error == "continue",
    )


def _policy(retry: Retry) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=retry.max_attempts,
        interval_seconds=retry.interval_seconds,
        backoff_rate=retry.backoff_rate,
        max_delay_seconds=retry.max_delay_seconds,
    )


def _last(rows: list[list[str]]) -> frozenset[str]:
    last = rows[-1] if rows else []
    return frozenset(last if len(last) <= MOST_THAT_END_AN_EXECUTION else ())
