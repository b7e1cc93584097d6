"""Machines with loops, run by hand: the body once per item, in whatever order is wanted."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from strata import ends, executions, nodes
from strata.model.errors import NodeFailed, NodeRetry
from strata.model.execution import Run
from strata.model.plan import Plan
from strata.model.shape import Shape, steps_of
from strata.platform import Platform
from strata.store.graphs import load_plan
from tests.watched_table import Operation, watched

Json = dict[str, Any]
Order = Callable[[Sequence[str]], Sequence[str]]


def play_loops(run: Run, platform: Platform, order: Order = list) -> Json:
    """Runs everything as the machine would, to the end; the execution as the API shows it.

    `order` puts the iterations of a loop into the order in which they run."""
    plan = plan_of(run, platform)
    try:
        play_shape(run, plan.shape, plan, platform, order)
    except NodeFailed:
        ends.end(run, {"Error": "NodeFailed"}, platform=platform)
    if not plan.last:
        ends.end(run, None, platform=platform)
    return executions.get(run.user_id, run.execution_id, platform=platform)


def play_shape(run: Run, shape: Shape, plan: Plan, platform: Platform, order: Order = list) -> None:
    """Raises NodeFailed as the states of the shape would fail."""
    for step in steps_of(shape):
        told = ask(run, step.nodes, platform)
        if plan.by_id[step.nodes[0]].behaviour == "loop":
            for name in order(told["items"]):
                play_shape(replace(run, iteration=name), plan.bodies[step.nodes[0]], plan,
                           platform, order)  # fmt: skip
            ask(run, step.nodes, platform, phase="end")


def ask(run: Run, names: Sequence[str], platform: Platform, phase: str = "") -> Json:
    """A Task, asked for until it needs no other attempt."""
    while True:
        try:
            if len(names) > 1:
                return nodes.run_together(run, names, platform=platform)
            return nodes.run(run, names[0], phase=phase, platform=platform)
        except NodeRetry:
            continue


def plan_of(run: Run, platform: Platform) -> Plan:
    return load_plan(run.user_id, run.graph_id, run.version, platform)


class Gone(BaseException):
    """The function vanishes: nothing of it runs any more."""


def vanish_after(operation: Operation, number: int, platform: Platform) -> Platform:
    """In whose place nothing runs any more after so many of these operations."""
    left = [number]

    def step(done: Operation, _: Any) -> None:
        left[0] -= done == operation
        if left[0] == 0:
            raise Gone

    return watched(platform, after=step)[0]
