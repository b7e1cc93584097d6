"""What a machine costs and how near it comes to the limits of Step Functions."""

from dataclasses import dataclass

from strata.compiler.definition import Level, longest_run_seconds, plan_levels
from strata.model.plan import Plan

MOST_DEFINITION_BYTES = 1_048_576
MOST_EVENTS = 25_000

_EVENTS_OF_A_RUN = 2
_EVENTS_OF_A_TASK = 5
_EVENTS_OF_A_PARALLEL = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run in which nothing fails, the longest run apart; bytes in UTF-8."""

    nodes: int
    levels: int
    states: int
    definition_bytes: int
    transitions: int
    history_events: int
    longest_run_seconds: int
    """The timeout of the machine: what a run takes in which every retry is used up."""


def figures(plan: Plan, definition: str) -> Figures:
    """The figures of a plan and of the definition that was compiled from it."""
    rows = plan_levels(plan)
    return Figures(
        nodes=len(plan.nodes),
        levels=len(rows),
        states=_tasks(plan) + _parallels(rows) + 2,
        definition_bytes=len(definition.encode()),
        transitions=_tasks(plan) + _parallels(rows),
        history_events=history_events(plan),
        longest_run_seconds=longest_run_seconds(rows),
    )


def history_events(plan: Plan) -> int:
    """Of one run in which nothing fails."""
    parallels = _parallels(plan_levels(plan))
    return _EVENTS_OF_A_RUN + _EVENTS_OF_A_TASK * _tasks(plan) + _EVENTS_OF_A_PARALLEL * parallels


def _tasks(plan: Plan) -> int:
    """Those that a run passes: the nodes' and, after a wide last level, the one that ends it."""
    return len(plan.nodes) + (not plan.last)


def _parallels(rows: list[Level]) -> int:
    return sum(len(row) > 1 for row in rows)
