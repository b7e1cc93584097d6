"""The plan of a graph for a person: its levels, and what its state machine takes."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from strata.compiler.figures import MOST_DEFINITION_BYTES, MOST_EVENTS, Figures
from strata.local.command.refusals import one_line
from strata.local.command.snapshot import labels_of, span
from strata.model.graph import Graph
from strata.model.plan import Plan, PlannedNode
from strata.plan_views import dollars

_MOST_NAMES = 12
"""Of a level in the table; `--json` has all."""


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
        ("States", f"{of.states:,}", _machines(of)),
        (
            "Definition bytes",
            f"{of.definition_bytes:,}",
            _share(of.definition_bytes, MOST_DEFINITION_BYTES),
        ),
        ("History events", f"{of.history_events:,}", _share(of.history_events, MOST_EVENTS)),
        ("Transitions", f"{of.transitions:,}", "of each run in which nothing fails"),
        ("Price", f"${dollars(of.transitions):,.3f}", "of Step Functions for 1,000 runs"),
        ("Longest run", span(of.longest_run_seconds), "if every retry is used up"),
    ):
        table.add_row(*row)
    return table


def _machines(of: Figures) -> str:
    told = "of the state machine" if of.machines == 1 else f"of {of.machines} state machines"
    together = sum(map(len, of.fused))
    return f"{told}; {together} light nodes in {len(of.fused)} Tasks" if of.fused else told


def _share(number: int, most: int) -> str:
    return f"{number / most:.1%} of the {most:,} that a machine may have"
