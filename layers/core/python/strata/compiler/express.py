"""Which graphs can run as an Express machine: short ones that wait for nobody."""

from collections.abc import Iterator

from strata.compiler.definition import EXPRESS_SECONDS
from strata.compiler.retrying import longest_seconds
from strata.model.block import Registry
from strata.model.graph import Problem
from strata.model.plan import Plan, PlannedNode
from strata.model.shape import Part, Series, Shape, Step, parts_of

LIGHT_SECONDS = 1
"""What a light node takes at most, whatever its timeout says."""


def obstacles(plan: Plan, blocks: Registry) -> Iterator[Problem]:
    """Why the plan cannot run as an Express machine; nothing if it can."""
    for node in plan.nodes:
        if node.behaviour != "run":
            message = f"The block '{node.block}' needs a standard execution, not an express one."
            yield Problem(code="not_express", message=message, node=node.id)
    if any(True for _ in parts_of(plan.shape)):
        message = "The graph is too large for an express execution, which has no nested ones."
        yield Problem(code="not_express", message=message)
    seconds = _seconds(plan.shape, plan, blocks)
    if seconds > EXPRESS_SECONDS:
        message = (
            f"By the timeouts of its nodes the graph may take {seconds:,.0f} seconds, an express "
            f"execution has {EXPRESS_SECONDS}: give its nodes shorter timeouts."
        )
        yield Problem(code="not_express", message=message)


def _seconds(shape: Shape, plan: Plan, blocks: Registry) -> float:
    """Every node with its own attempts, and none of those that the platform adds."""
    if isinstance(shape, Step):
        return sum(_of_node(plan.by_id[node], blocks) for node in shape.nodes)
    if isinstance(shape, Part):
        return _seconds(shape.shape, plan, blocks)
    inner = shape.parts if isinstance(shape, Series) else shape.branches
    seconds = [_seconds(one, plan, blocks) for one in inner]
    return sum(seconds) if isinstance(shape, Series) else max(seconds)


def _of_node(node: PlannedNode, blocks: Registry) -> float:
    block = blocks.get(node.block)
    if block is not None and block.is_light:
        return LIGHT_SECONDS
    return longest_seconds(node.retry, 0, node.timeout_seconds)
