"""What is generated: the definitions of the gallery, the references; `python -m tests.golden`.

What changes there is read in review like code: it is what AWS will run.
"""

import json
from pathlib import Path
from typing import Any

from strata.blocks import registry
from strata.compiler.definition import Compiled, compile_graph
from strata.compiler.planning import plan
from strata.model.graph import Graph
from tests.builders import ARNS
from tests.references import references

GALLERY = Path(__file__).parents[1] / "statemachines" / "gallery"
WIDTH = 100


def shapes() -> list[Path]:
    return sorted(path.parent for path in GALLERY.glob("*/graph.json"))


def load_graph(shape: Path) -> Graph:
    return Graph.model_validate_json((shape / "graph.json").read_text("utf-8"))


def compiled(graph: Graph) -> str:
    """As compact as AWS gets it."""
    return compiled_whole(graph).main


def compiled_whole(graph: Graph) -> Compiled:
    return compile_graph(plan(graph, registry()), ARNS)


def pretty(definition: str) -> str:
    return _laid_out(json.loads(definition), "", "") + "\n"


def _laid_out(value: Any, start: str, indent: str) -> str:
    """What fits on a line stands on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(start) + len(line) < WIDTH or not isinstance(value, dict | list):
        return start + line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = [
            _laid_out(one, f"{json.dumps(key, ensure_ascii=False)}: ", inner)
            for key, one in value.items()
        ]
    else:
        parts = [_laid_out(one, "", inner) for one in value]
    first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
    body = ",\n".join(inner + part for part in parts)
    return f"{start}{first}\n{body}\n{indent}{last}"


def main() -> None:
    for path, text in references().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    for shape in shapes():
        golden = pretty(compiled(load_graph(shape)))
        (shape / "definition.json").write_text(golden, "utf-8")


if __name__ == "__main__":
    main()
