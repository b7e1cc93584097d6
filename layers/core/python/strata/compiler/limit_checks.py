"""What would make a graph too large for Step Functions."""

from collections.abc import Iterator

from strata.compiler import region_checks
from strata.compiler.costs import EVENTS_KEPT_FREE, MOST_EVENTS
from strata.compiler.definition import Arns, compile_graph
from strata.compiler.express import obstacles
from strata.compiler.figures import MOST_DEFINITION_BYTES, figures
from strata.compiler.planning import plan
from strata.compiler.regions import edge
from strata.compiler.wiring import Wiring
from strata.model.graph import Graph, Link, Problem

LONGEST_ARN = "arn:aws:lambda:ap-southeast-2:123456789012:function:strata-staging-end_execution"
_LONGEST_MACHINE = (
    "arn:aws:states:ap-southeast-2:123456789012:stateMachine:strata-staging-"
    "gph_01jv0000000000000000000000-999999-99"
)
LONGEST = Arns(LONGEST_ARN, LONGEST_ARN, _LONGEST_MACHINE)
"""Stands for the ARNs that a check does not know and each node's state repeats."""


def engine_limits(wiring: Wiring) -> Iterator[Problem]:
    """Measured on the machine that the graph would give; links that none can have are left out.

    A graph over a limit falls into parts, but the body of a loop is one."""
    if not wiring.nodes or _has_wrong_bodies(wiring):
        return
    planned = plan(_without_faults(wiring), wiring.blocks)
    found = figures(planned, compile_graph(planned, LONGEST))
    if found.definition_bytes > MOST_DEFINITION_BYTES:
        message = (
            f"A state machine would have {found.definition_bytes:,} bytes, "
            f"{MOST_DEFINITION_BYTES:,} are the most: put fewer nodes into the body of a loop."
        )
        yield Problem(code="definition_too_large", message=message)
    for loop, cost in found.per_item.items():
        if cost.events > MOST_EVENTS - EVENTS_KEPT_FREE:
            message = (
                f"One item would write {cost.events:,} events of history, "
                f"{MOST_EVENTS - EVENTS_KEPT_FREE:,} are the most: put fewer nodes into the body."
            )
            yield Problem(code="history_too_long", message=message, node=loop)
    if planned.express:
        yield from obstacles(planned, wiring.blocks)


def _has_wrong_bodies(wiring: Wiring) -> bool:
    return any(True for one in region_checks.CHECKS for _ in one(wiring))


def _without_faults(wiring: Wiring) -> Graph:
    links = [link for link in wiring.sound if not _is_in_knot(link, wiring)]
    return wiring.graph.model_copy(update={"nodes": list(wiring.nodes.values()), "links": links})


def _is_in_knot(link: Link, wiring: Wiring) -> bool:
    """A link into a body makes its loop wait, so that the loop may be in a knot because of it."""
    waits = edge(link.source, link.target, wiring.parents)
    return waits is not None and wiring.bound.issuperset(waits)
