"""What a shape costs when it runs once and nothing fails: transitions, and events of history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from strata.compiler.retrying import (
    MARGIN_SECONDS,
    longest_seconds,
    platform_retries,
    together,
)
from strata.model.plan import Plan, PlannedNode
from strata.model.shape import Part, Series, Shape, Step, parts_of, within

MOST_EVENTS = 25_000
"""Of one execution's history."""
EVENTS_KEPT_FREE = 5_000
"""For retries."""
MOST_ITEMS = 10_000
"""Of a loop."""
MOST_INLINE_ITEMS = 1_000
"""More items than that are not run within the loop's own execution."""
MOST_INLINE_AT_ONCE = 40
"""So many of these run at the same time, whatever is asked for."""
AT_ONCE_PIN, AT_ONCE = "max_concurrency", 10
MOST_SECONDS = 31_536_000
"""A year: no Standard execution lives longer."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`seconds` is the longest that it can take, every retry used up."""

    transitions: int = 0
    events: int = 0
    seconds: float = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.transitions + other.transitions,
            self.events + other.events,
            self.seconds + other.seconds,
        )


_TASK, _TASK_WITH_TOKEN, _NESTED = Cost(1, 5), Cost(1, 6), Cost(1, 6)
_WAIT, _CHOICE, _PARALLEL, _MAP = Cost(1, 2), Cost(1, 2), Cost(1, 4), Cost(1, 4)
_ITEM = Cost(0, 2)
RUN = Cost(0, 2)
"""Of the execution itself."""
TASK = _TASK


def cost_of(shape: Shape, plan: Plan, width: int = 1) -> Cost:
    """Loops count as if they had no items, a part of its own as what the machine around it sees."""
    if isinstance(shape, Part):
        return _NESTED + Cost(0, 0, cost_of(shape.shape, plan, width).seconds)
    if isinstance(shape, Step):
        return _step(shape, plan, width)
    if isinstance(shape, Series):
        return sum_of(cost_of(part, plan, width) for part in shape.parts)
    width = max(width, len(shape.branches))
    branches = [cost_of(branch, plan, width) for branch in shape.branches]
    whole = _PARALLEL + sum_of(branches)
    return Cost(whole.transitions, whole.events, max(one.seconds for one in branches))


def cost_of_item(loop: str, plan: Plan) -> Cost:
    """Of one item of an inline loop."""
    return _ITEM + cost_of(plan.bodies[loop], plan)


def most_inline_items(loop: str, plan: Plan, *, history: str = "", times: int = 1) -> int:
    """So many items a loop runs, each time of `times`, within a history that it shares: with the
    machine that it lies in, or with one item of the loop `history`, which has a history for each.

    All loops of one history, those within loops too, have the same share of it."""
    shape = plan.bodies[history] if history else _machine_of(loop, plan)
    used = RUN.events + cost_of(shape, plan).events + EVENTS_KEPT_FREE
    share = max(0, MOST_EVENTS - used) // _loops_of(shape, plan)
    return min(MOST_INLINE_ITEMS, share // cost_of_item(loop, plan).events // times)


def _machine_of(loop: str, plan: Plan) -> Shape:
    """The graph's own shape, or the part of it, that the loop stands in with all loops around."""
    while plan.by_id[loop].parent:
        loop = plan.by_id[loop].parent
    parts = (part.shape for part in parts_of(plan.shape))
    return next((part for part in parts if loop in _nodes_of(part)), plan.shape)


def _nodes_of(shape: Shape) -> Iterator[str]:
    """Without those that run in a part of their own."""
    if isinstance(shape, Step):
        yield from shape.nodes
    elif not isinstance(shape, Part):
        for inner in within(shape):
            yield from _nodes_of(inner)


def _loops_of(shape: Shape, plan: Plan) -> int:
    waiting, count = [shape], 0
    while waiting:
        loops = [node for node in _nodes_of(waiting.pop()) if node in plan.bodies]
        waiting += (plan.bodies[node] for node in loops)
        count += len(loops)
    return count


def sum_of(costs: Iterable[Cost]) -> Cost:
    return sum(costs, start=Cost())


def seconds_of(step: Step, plan: Plan) -> int:
    """How long one try of the Task may take."""
    nodes = [plan.by_id[node] for node in step.nodes]
    if len(nodes) == 1:
        return nodes[0].timeout_seconds + MARGIN_SECONDS
    return together([node.timeout_seconds for node in nodes]) + MARGIN_SECONDS


def _step(step: Step, plan: Plan, width: int) -> Cost:
    if not step.nodes:
        return Cost()
    node = plan.by_id[step.nodes[0]]
    retries = platform_retries(width)
    tries = longest_seconds(node.retry, retries, seconds_of(step, plan), len(step.nodes))
    took = Cost(seconds=tries)
    if node.behaviour == "delay":
        return _TASK + _WAIT + _TASK + took + took + Cost(seconds=_delay(node))
    if node.behaviour == "loop":
        items = Cost(seconds=_of_items(node, plan))
        return _TASK + _CHOICE + _MAP + _TASK + took + items + took
    return (_TASK_WITH_TOKEN if node.behaviour == "wait" else _TASK) + took


def _of_items(node: PlannedNode, plan: Plan) -> float:
    """As many items as there may be, so many at once as in one history."""
    at_once = min(items_at_once(node), MOST_INLINE_AT_ONCE)
    turns = ceil(MOST_ITEMS / at_once)
    return min(turns * cost_of(plan.bodies[node.id], plan, at_once).seconds, MOST_SECONDS)


def items_at_once(loop: PlannedNode) -> int:
    """What its author asks for; the constant may be wrong in every way."""
    asked = loop.inputs.get(AT_ONCE_PIN, AT_ONCE)
    return max(1, int(asked)) if isinstance(asked, int | float) else AT_ONCE


def _delay(node: PlannedNode) -> float:
    """A year where only the run knows."""
    linked = {link.pin for link in node.incoming} & {"seconds", "until"}
    seconds = node.inputs.get("seconds")
    if linked or not isinstance(seconds, int | float):
        return MOST_SECONDS
    return ceil(seconds)
