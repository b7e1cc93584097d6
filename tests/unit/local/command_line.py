"""The command as a test calls it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from strata.local.command.app import app
from strata.model.graph import Graph
from tests.builders import graph, node, traced


def strata(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], env=environment)


def written(folder: Path, document: Graph | Mapping[str, Any] | str, name: str = "graph") -> Path:
    """A file with that content."""
    path = folder / f"{name}.json"
    if isinstance(document, Graph):
        document = document.model_dump(mode="json")
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def doubling() -> Graph:
    """Gives `twice` the integer input `number`; each node has a Task of its own."""
    doubled = graph(
        [
            node("number", "input", name="number", type="integer", label="A number"),
            node("double", "calculate", expression="2 * number", label="Двойное ☂"),
            node("twice", "output", name="twice"),
        ],
        "number.value -> double.values.number",
        "double.result -> twice.value",
        name="Doubling",
    )
    return traced(doubled)


def dividing() -> Graph:
    """Fails for the input 0."""
    return graph(
        [
            node("number", "input", name="number", type="number"),
            node("divide", "calculate", expression="1 / number", label="One by it"),
            node("quotient", "output", name="quotient"),
        ],
        "number.value -> divide.values.number",
        "divide.result -> quotient.value",
    )
