"""All that can be wrong with a graph, told at once.

Each check looks at the whole graph and yields its problems; none trusts that another has passed.
"""

from collections.abc import Callable, Container, Iterator

from strata.compiler import (
    control_checks,
    limit_checks,
    link_checks,
    node_checks,
    pinned_checks,
    region_checks,
)
from strata.compiler.wiring import Wiring, wire
from strata.model.block import Registry
from strata.model.graph import Graph, Problem

Check = Callable[[Wiring], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    node_checks.empty_graph,
    node_checks.duplicate_nodes,
    node_checks.unknown_blocks,
    node_checks.unknown_pins,
    node_checks.missing_inputs,
    node_checks.wrong_constants,
    node_checks.wrong_defaults,
    node_checks.duplicate_names,
    node_checks.unknown_credentials,
    pinned_checks.pinned_outputs,
    link_checks.dangling_links,
    link_checks.self_links,
    link_checks.unknown_pins,
    link_checks.links_where_a_constant_must_be,
    link_checks.links_into_no_part,
    link_checks.parts_beside_the_whole,
    link_checks.links_that_cannot_fit,
    link_checks.cycles,
    *region_checks.CHECKS,
    control_checks.callbacks_of_no_event,
    limit_checks.engine_limits,
)


def check(
    graph: Graph, blocks: Registry, credentials: Container[str] | None = None
) -> list[Problem]:
    """Every problem of the graph; none means that it can be compiled and run.

    `credentials` holds the ids that the author may use, None leaves them unchecked. Never raises;
    takes time linear in nodes and links."""
    wiring = wire(graph, blocks, credentials)
    return list(dict.fromkeys(problem for one in CHECKS for problem in one(wiring)))
