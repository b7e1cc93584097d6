"""What a graph compiles to and what that costs, before it has run once."""

import json
from collections.abc import Iterator
from typing import Any

from strata import graph_versions
from strata.compiler.costs import MOST_EVENTS, MOST_SECONDS
from strata.compiler.definition import EXPRESS_SECONDS, Arns, compile_graph
from strata.compiler.express import obstacles
from strata.compiler.figures import MOST_DEFINITION_BYTES, Figures, figures
from strata.compiler.limit_checks import LONGEST
from strata.compiler.planning import plan as plan_graph
from strata.model.block import Registry
from strata.model.graph import MOST_LINKS, MOST_NODES, Graph
from strata.model.plan import Incoming, Plan, PlannedNode
from strata.platform import Platform

Json = dict[str, Any]

DOLLARS_PER_TRANSITION = 25 / 1_000_000
"""Of a Standard state machine, beyond the free ones."""
EXPRESS_DOLLARS_PER_1000 = 0.001
"""For the requests; the time of each execution costs besides."""
EXPRESS_DOLLARS_PER_1000_SECONDS = 0.00001667 * 1000 * 64 / 1024
"""Of executions that take up to 64 MB, which ids do."""

# What stands in the definition that is shown, in place of ARNs with the account's number.
_SHOWN = Arns("${run_node}", "${end_execution}", "${machine}")


def get(user_id: str, graph_id: str, version: int | None = None, *, platform: Platform) -> Json:
    """The plan of a version, by default of the active one. Raises NotFound, NotRunnable."""
    number, plan, graph = graph_versions.plan_and_graph(
        user_id, graph_id, version, platform=platform
    )
    shown = compile_graph(plan, _SHOWN)
    return {
        "graph_id": graph_id,
        "version": number,
        **describe(graph, plan, platform.blocks()),
        "definition": json.loads(shown.main),
        "parts": [json.loads(part) for part in shown.parts],
    }


def describe(graph: Graph, plan: Plan, blocks: Registry) -> Json:
    """All that is known of a run before it: counts, price, limits."""
    told = figures(plan, compile_graph(plan, LONGEST))
    return {
        "nodes": told.nodes,
        "levels": [
            {"level": level, "nodes": [node.id for node in row]}
            for level, row in enumerate(plan.levels, start=1)
        ],
        "fused": told.fused,
        "machines": told.machines,
        "states": told.states,
        "definition_bytes": told.definition_bytes,
        "transitions": told.transitions,
        "history_events": told.history_events,
        "dollars_per_1000_executions": dollars(told.transitions),
        "per_item": {
            loop: {
                "transitions": cost.transitions,
                "history_events": cost.events,
                "dollars_per_1000_items": dollars(cost.transitions),
            }
            for loop, cost in told.per_item.items()
        },
        "fusing": _fusing(graph, plan, told, blocks),
        "express": _express(plan, blocks),
        "longest_path": longest_path(plan),
        "longest_run_seconds": told.longest_run_seconds,
        "limits": limits(told, len(graph.links), express=plan.express),
    }


def dollars(transitions: int) -> float:
    """Per 1,000 executions that make so many transitions each."""
    return round(transitions * 1000 * DOLLARS_PER_TRANSITION, 6)


def _fusing(graph: Graph, plan: Plan, told: Figures, blocks: Registry) -> Json:
    """What it saves that light nodes share Tasks, or would save."""
    is_on = graph.options.fuse_light_nodes
    options = graph.options.model_copy(update={"fuse_light_nodes": not is_on})
    other = plan_graph(graph.model_copy(update={"options": options}), blocks, draft=plan.draft)
    others = figures(other, compile_graph(other, LONGEST)).transitions
    saved = abs(others - told.transitions)
    return {
        "enabled": is_on,
        "saves_transitions": saved,
        "saves_dollars_per_1000_executions": dollars(saved),
    }


def _express(plan: Plan, blocks: Registry) -> Json:
    found = list(obstacles(plan, blocks))
    return {
        "enabled": plan.express,
        "possible": not found,
        "obstacles": [problem.model_dump() for problem in found],
        "dollars_per_1000_executions": EXPRESS_DOLLARS_PER_1000,
        "dollars_per_1000_seconds": round(EXPRESS_DOLLARS_PER_1000_SECONDS, 6),
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


def limits(told: Figures, links: int, *, express: bool = False) -> list[Json]:
    """Each limit of the engine, and how near the graph comes to it: 1 is the limit itself. The
    history of an express execution has none."""
    seconds = EXPRESS_SECONDS if express else MOST_SECONDS
    used = [
        ("nodes", told.nodes, MOST_NODES),
        ("links", links, MOST_LINKS),
        ("definition_bytes", told.definition_bytes, MOST_DEFINITION_BYTES),
        ("longest_run_seconds", told.longest_run_seconds, seconds),
    ]
    if not express:
        used.append(("history_events", told.history_events, MOST_EVENTS))
    return [
        {"limit": name, "value": value, "most": most, "share": round(value / most, 4)}
        for name, value, most in used
    ]
