"""The plan of a graph for a person: its levels, and what its state machine takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from strata.local.command.figured import figured
from strata.local.command.refusals import one_line
from strata.local.command.snapshot import labels_of
from strata.model.graph import Graph
from strata.model.plan import Plan, PlannedNode

_MOST_NAMES = 12
"""Of a level in the table; `--json` has all."""


def print_plan(graph: Graph, plan: Plan, told: Mapping[str, Any], console: Console) -> None:
    """`told` is what `plan_views.describe` tells of them."""
    labels = labels_of(graph.model_dump())
    console.print(Text(one_line(graph.name), style="bold"))
    console.print()
    console.print(_levels(plan, labels))
    console.print()
    console.print(figured(told, labels))


def _levels(plan: Plan, labels: dict[str, str]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("Level", justify="right")
    table.add_column("Nodes", justify="right")
    table.add_column("Which")
    for level, row in enumerate(plan.levels, start=1):
        table.add_row(str(level), str(len(row)), _names(row, plan, labels))
    return table


def _names(nodes: Sequence[PlannedNode], plan: Plan, labels: dict[str, str]) -> Text:
    parts = [
        Text.assemble(labels[node.id], (f" ({_kind(node, plan)})", "dim"))
        for node in nodes[:_MOST_NAMES]
    ]
    if len(nodes) > _MOST_NAMES:
        parts.append(Text(f"and {len(nodes) - _MOST_NAMES} more", style="dim"))
    return Text(", ").join(parts)


def _kind(node: PlannedNode, plan: Plan) -> str:
    """Of a loop also how many nodes its body has: they have no levels of the graph."""
    within = len(plan.by_parent.get(node.id, ()))
    return f"{node.block} of {within} node{'s' * (within != 1)}" if within else node.block
