"""What a graph compiles to and what that costs, before it has run once."""

import json
from collections.abc import Iterator
from typing import Any

from strata import graph_versions
from strata.compiler.definition import Arns, compile_graph
from strata.compiler.figures import MOST_DEFINITION_BYTES, MOST_EVENTS, Figures, figures
from strata.compiler.limit_checks import LONGEST
from strata.model.plan import Incoming, Plan, PlannedNode
from strata.platform import Platform

Json = dict[str, Any]

DOLLARS_PER_TRANSITION = 25 / 1_000_000
"""Of a Standard state machine, beyond the free ones."""
NEAR = 0.8

# What stands in the definition that is shown, in place of ARNs with the account's number.
_SHOWN = Arns("run_node", "end_execution", "machine")


def get(user_id: str, graph_id: str, version: int | None = None, *, platform: Platform) -> Json:
    """The plan of a version, by default of the active one. Raises NotFound, NotRunnable."""
    number, plan = graph_versions.plan_of(user_id, graph_id, version, platform=platform)
    told = figures(plan, compile_graph(plan, LONGEST))
    shown = compile_graph(plan, _SHOWN)
    return {
        "graph_id": graph_id,
        "version": number,
        "levels": [
            {"level": level, "nodes": [node.id for node in row]}
            for level, row in enumerate(plan.levels, start=1)
        ],
        "definition": json.loads(shown.main),
        "parts": [json.loads(part) for part in shown.parts],
        "fused": told.fused,
        "definition_bytes": told.definition_bytes,
        "transitions": told.transitions,
        "history_events": told.history_events,
        "dollars_per_1000_executions": round(told.transitions * 1000 * DOLLARS_PER_TRANSITION, 6),
        "longest_path": longest_path(plan),
        "longest_run_seconds": told.longest_run_seconds,
        "near_limits": near_limits(told),
    }


def longest_path(plan: Plan) -> list[str]:
    """The ids of a chain of nodes, one of each level: nothing can make a run shorter than this."""
    path: list[PlannedNode] = [plan.top[-1]]
    while path[-1].level > 1:
        sources = [plan.by_id[link.source] for link in _entering(path[-1], plan)]
        path.append(next(node for node in sources if node.level == path[-1].level - 1))
    return [node.id for node in reversed(path)]


def _entering(node: PlannedNode, plan: Plan) -> Iterator[Incoming]:
    """The links that make it wait; of a loop also those that lead into its body."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield from (link for link in one.incoming if not plan.by_id[link.source].parent)
        waiting += plan.by_parent.get(one.id, ())


def near_limits(told: Figures) -> list[Json]:
    """The limits of Step Functions that this graph uses to a large part."""
    used = (
        ("definition_bytes", told.definition_bytes, MOST_DEFINITION_BYTES),
        ("history_events", told.history_events, MOST_EVENTS),
    )
    return [
        {"limit": name, "value": value, "most": most}
        for name, value, most in used
        if value >= NEAR * most
    ]
