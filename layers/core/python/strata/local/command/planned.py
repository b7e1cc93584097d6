"""The plan of a graph for a person: its levels, and what its state machine takes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from strata.compiler.figures import MOST_DEFINITION_BYTES, MOST_EVENTS, Figures
from strata.local.command.refusals import one_line
from strata.local.command.snapshot import labels_of, span
from strata.model.graph import Graph
from strata.model.plan import Plan, PlannedNode
from strata.plan_views import DOLLARS_PER_TRANSITION, longest_path, near_limits

Json = dict[str, Any]

_MOST_NAMES = 12
"""Of a level in the table; `--json` has all."""


def as_json(plan: Plan, of: Figures) -> Json:
    """With the names that `GET /v1/graphs/{graph_id}/plan` has for the same things."""
    return {
        **asdict(of),
        "levels": [
            {"level": level, "nodes": [node.id for node in row]}
            for level, row in enumerate(plan.levels, start=1)
        ],
        "dollars_per_1000_executions": _dollars(of),
        "longest_path": longest_path(plan),
        "near_limits": near_limits(of),
    }


def print_plan(graph: Graph, plan: Plan, figures: Figures, console: Console) -> None:
    labels = labels_of(graph.model_dump())
    console.print(Text(one_line(graph.name), style="bold"))
    console.print()
    console.print(_levels(plan, labels))
    console.print()
    console.print(_figures(figures))


def _levels(plan: Plan, labels: dict[str, str]) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("Level", justify="right")
    table.add_column("Nodes", justify="right")
    table.add_column("Which")
    for level, row in enumerate(plan.levels, start=1):
        table.add_row(str(level), str(len(row)), _names(row, labels))
    return table


def _names(nodes: Sequence[PlannedNode], labels: dict[str, str]) -> Text:
    parts = [
        Text.assemble(labels[node.id], (f" ({node.block})", "dim")) for node in nodes[:_MOST_NAMES]
    ]
    if len(nodes) > _MOST_NAMES:
        parts.append(Text(f"and {len(nodes) - _MOST_NAMES} more", style="dim"))
    return Text(", ").join(parts)


def _figures(of: Figures) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for row in (
        ("Nodes", f"{of.nodes:,}", f"in {of.levels:,} levels"),
        ("Tasks", f"{of.tasks:,}", "of the state machine"),
        (
            "Definition bytes",
            f"{of.definition_bytes:,}",
            _share(of.definition_bytes, MOST_DEFINITION_BYTES),
        ),
        ("History events", f"{of.history_events:,}", _share(of.history_events, MOST_EVENTS)),
        ("Transitions", f"{of.transitions:,}", "of each run in which nothing fails"),
        ("Price", f"${_dollars(of):,.3f}", "of Step Functions for 1,000 runs"),
        ("Longest run", span(of.longest_run_seconds), "if every retry is used up"),
    ):
        table.add_row(*row)
    return table


def _dollars(of: Figures) -> float:
    return round(of.transitions * 1000 * DOLLARS_PER_TRANSITION, 6)


def _share(number: int, most: int) -> str:
    return f"{number / most:.1%} of the {most:,} that a machine may have"
