"""What a machine costs and how near it comes to the limits of Step Functions."""

from dataclasses import dataclass

from strata.compiler.costs import RUN, TASK, Cost, cost_of, cost_of_item, sum_of
from strata.compiler.definition import Compiled, longest_run_seconds
from strata.model.plan import Plan
from strata.model.shape import Parallel, Series, Shape, parts_of, steps_of, within

MOST_DEFINITION_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run in which nothing fails, the longest run apart; bytes in UTF-8.

    Loops count without their items: `per_item` tells what one item costs, by loop."""

    nodes: int
    levels: int
    machines: int
    """The graph's own, and one for each part that it falls into."""
    states: int
    """Of all machines together."""
    tasks: int
    parallels: int
    fused: list[list[str]]
    """The nodes that share a Task."""
    definition_bytes: int
    """Of the largest machine."""
    transitions: int
    """Of all machines together."""
    history_events: int
    """Of the machine that has the most."""
    longest_run_seconds: int
    """The timeout of the machine: what a run takes in which every retry is used up."""
    per_item: dict[str, Cost]


def figures(plan: Plan, compiled: Compiled) -> Figures:
    """The figures of a plan and of what was compiled from it."""
    machines = [plan.shape, *(part.shape for part in parts_of(plan.shape))]
    costs = [cost_of(shape, plan) for shape in machines]
    # After a wide end a Task of its own records it.
    costs[0] += TASK if not plan.last else Cost()
    steps = list(steps_of(plan.shape))
    return Figures(
        nodes=len(plan.nodes),
        levels=max(node.level for node in plan.top),
        machines=len(machines),
        states=sum(map(_states, (compiled.main, *compiled.parts))),
        tasks=len(steps) + (not plan.last),
        parallels=sum(map(_parallels, machines)),
        fused=[list(step.nodes) for step in steps if len(step.nodes) > 1],
        definition_bytes=max(len(one.encode()) for one in (compiled.main, *compiled.parts)),
        transitions=sum_of(costs).transitions,
        history_events=max(one.events for one in costs) + RUN.events,
        longest_run_seconds=longest_run_seconds(plan),
        per_item={loop: cost_of_item(loop, plan) for loop in plan.bodies},
    )


def _states(definition: str) -> int:
    """Each has a type, and no text of a user's can hold these quotes."""
    return definition.count('"Type":"')


def _parallels(shape: Shape) -> int:
    """Without those of parts."""
    if not isinstance(shape, Series | Parallel):
        return 0
    return isinstance(shape, Parallel) + sum(map(_parallels, within(shape)))
