"""What `strata` is given: a graph in a file, inputs beside it and on the command line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from strata.http.bodies import read_object
from strata.local.command.refusals import MISUSED, Refusal
from strata.model.errors import StrataError

Json = dict[str, Any]

FILE = "$file"
"""`{"$file": "name"}` as the value of an input stands for the text of that file."""


def read_graph(path: Path) -> Json:
    """The graph as its file has it. Raises Refusal."""
    graph = _parse(read_text(path), str(path))
    # Tells how to save a graph and is no part of it.
    graph.pop("draft", None)
    return graph


def read_inputs(
    graph_path: Path, text: str, pairs: Iterable[str], graph: Mapping[str, Any]
) -> Json:
    """The inputs of an execution: those of the file beside the graph, `seattle.inputs.json` for
    `seattle.json`, then the JSON object `text`, then pairs `name=value`. Raises Refusal.

    A file that `text` names is looked for in the current folder, one that the file beside the
    graph names in the folder of that file."""
    beside = graph_path.with_name(f"{graph_path.stem}.inputs.json")
    inputs: Json = {}
    if beside.is_file():
        inputs = _with_files(_parse(read_text(beside), str(beside)), beside.parent)
    return inputs | parse_inputs(text) | _pairs(pairs, texts_of(graph))


def parse_inputs(text: str) -> Json:
    """The inputs of `--inputs`; none of an empty text. Raises Refusal."""
    return _with_files(_parse(text, "--inputs"), Path()) if text.strip() else {}


def texts_of(graph: Mapping[str, Any]) -> set[str]:
    """The inputs of the graph that are of type string; the graph may be no sound one."""
    inputs = [node.get("inputs") for node in nodes_of(graph) if node.get("block") == "input"]
    return {str(one.get("name")) for one in _objects(inputs) if one.get("type") == "string"}


def nodes_of(graph: Mapping[str, Any]) -> list[Json]:
    """Its nodes as far as they are objects; the graph may be no sound one."""
    return _objects(graph.get("nodes"))


def _objects(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _pairs(pairs: Iterable[str], texts: set[str]) -> Json:
    """A value is JSON where it can be read as such, else a text."""
    found: Json = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise Refusal(f"--input {pair}: write it as name=value", exit_code=MISUSED)
        found[name] = value if name in texts else _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _with_files(inputs: Json, folder: Path) -> Json:
    return {name: _with_file(value, folder) for name, value in inputs.items()}


def _with_file(value: Any, folder: Path) -> Any:
    if isinstance(value, dict) and value.keys() == {FILE} and isinstance(value[FILE], str):
        return read_text(folder / value[FILE])
    return value


def read_text(path: Path) -> str:
    """Raises Refusal."""
    try:
        return decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}", exit_code=MISUSED) from error
    except ValueError as error:
        raise Refusal(f"{path}: no file can have this name", exit_code=MISUSED) from error


def decoded(content: bytes, source: str) -> str:
    """Raises Refusal."""
    try:
        # A byte order mark is no part of the text.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(f"{source}: this is not text in UTF-8", exit_code=MISUSED) from error


def _parse(text: str, source: str) -> Json:
    """As strict as the API is. Raises Refusal."""
    try:
        return read_object(text)
    except StrataError as error:
        fault = error.errors[0]
        said = {"invalid_json": _place(text), "wrong_type": "this is not a JSON object"}
        message = said.get(fault.code, fault.message)
        raise Refusal(f"{source}: {message}", exit_code=MISUSED) from error


def _place(text: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        return "not valid JSON"
    return ""
