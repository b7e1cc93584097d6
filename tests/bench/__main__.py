"""`make bench`: measures, prints tables, writes build/bench.json."""

import json
import platform
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import compiling, engine, growing, imports, serving, shaping, waiting

RESULT = Path(__file__).parents[2] / "build" / "bench.json"

TITLES = {
    "engine": "Executions on the embedded platform (durable), beside a loop of one commit per node",
    "growth": "The same as graphs grow: joined levels are joined in full",
    "process": "The embedded platform as a process",
    "compiler": "Compiling fully joined levels of ten nodes",
    "shapes": "Makespans of random graphs, simulated from their definitions, in critical paths",
    "shaping": "Finding the shape of a graph",
    "imports": "Imports of a cold start, beside boto3 + Logger + Metrics + a DynamoDB client",
}


def main() -> None:
    results = {
        "engine": engine.measure(),
        "growth": growing.measure(),
        "process": serving.measure(),
        "compiler": compiling.measure(),
        "shapes": waiting.measure(),
        "shaping": shaping.measure(),
        "imports": imports.measure(),
    }
    where = {"python": platform.python_version(), "machine": platform.machine()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({**where, **results}, indent=2) + "\n", "utf-8")
    console = Console(file=sys.stdout, width=180)
    for name, title in TITLES.items():
        console.print(_table(title, results[name]))


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    for at, column in enumerate(columns):
        table.add_column(
            column.replace("_", " "), justify="right" if at else "left", no_wrap=not at
        )
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    return table


main()
