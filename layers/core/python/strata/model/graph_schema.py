"""The inputs and outputs of a graph, read from its nodes of the blocks `input` and `output`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from strata.model.errors import Detail
from strata.model.pointers import pointer
from strata.model.schemas import SIMPLE_TYPES, is_simple, simple_schema
from strata.model.values import fault

INPUT_BLOCK = "input"
OUTPUT_BLOCK = "output"
GIVEN = "value"
"""The key under which the run of an `input` node finds the value that the execution was given."""

MASK = "****"
"""What is shown instead of a value that is secret."""


class AnyNode(Protocol):
    """A node, as its author wrote it or as it is planned."""

    @property
    def id(self) -> str: ...

    @property
    def block(self) -> str: ...

    @property
    def inputs(self) -> Mapping[str, Any]: ...


def input_schema(nodes: Iterable[AnyNode]) -> dict[str, Any]:
    """The JSON Schema of what an execution takes as inputs."""
    named = _named(nodes, INPUT_BLOCK)
    return {
        "type": "object",
        "properties": {name: _input(node) for name, node in named.items()},
        "required": [name for name, node in named.items() if is_required(node)],
        "additionalProperties": False,
    }


def output_schema(nodes: Iterable[AnyNode]) -> dict[str, Any]:
    """The JSON Schema of an execution's outputs; a node may be skipped, so each may be absent."""
    named = _named(nodes, OUTPUT_BLOCK)
    return {
        "type": "object",
        "properties": {name: _described(node) for name, node in named.items()},
        "required": [],
        "additionalProperties": False,
    }


def check_graph_inputs(nodes: Iterable[AnyNode], given: Mapping[str, Any]) -> list[Detail]:
    """Every fault of the inputs given to an execution; a message never repeats a value."""
    named = _named(nodes, INPUT_BLOCK)
    unknown = [
        _detail(name, "unknown_input", "The graph has no input of this name")
        for name in given
        if name not in named
    ]
    return unknown + [found for name, node in named.items() for found in _faults(name, node, given)]


def _faults(name: str, node: AnyNode, given: Mapping[str, Any]) -> Iterator[Detail]:
    if name not in given:
        if is_required(node):
            yield _detail(name, "missing_input", "This input is required")
        return
    wanted = type_of_input(node)
    if not is_simple(given[name], wanted):
        yield _detail(name, "wrong_type", f"This input must be of the type {wanted}")
    elif (found := fault(given[name])) is not None:
        yield _detail(name, "invalid_value", f"This input {found}")


def secret_inputs(nodes: Iterable[AnyNode]) -> set[str]:
    """The names of the inputs whose values are never shown."""
    return {name for name, node in _named(nodes, INPUT_BLOCK).items() if is_secret_input(node)}


def is_secret_input(node: AnyNode) -> bool:
    return node.block == INPUT_BLOCK and node.inputs.get("secret", False) is True


def is_required(node: AnyNode) -> bool:
    """Whether an execution must give this `input` a value: not if it has a default."""
    return node.inputs.get("required", True) is True and "default" not in node.inputs


def type_of_input(node: AnyNode) -> str:
    """The type that an `input` node asks for; `any` if it names none that there is."""
    wanted = node.inputs.get("type", "any")
    return wanted if wanted in SIMPLE_TYPES else "any"


def _named(nodes: Iterable[AnyNode], block: str) -> dict[str, AnyNode]:
    """Nodes of the block by the name they give; of several with one name the first counts."""
    found: dict[str, AnyNode] = {}
    for node in nodes:
        name = node.inputs.get("name")
        if node.block == block and isinstance(name, str):
            found.setdefault(name, node)
    return found


def _input(node: AnyNode) -> dict[str, Any]:
    schema = simple_schema(type_of_input(node)) | _described(node)
    if "default" in node.inputs:
        schema["default"] = node.inputs["default"]
    if is_secret_input(node):
        schema["writeOnly"] = True
    return schema


def _described(node: AnyNode) -> dict[str, Any]:
    description = node.inputs.get("description")
    return {"description": description} if isinstance(description, str) else {}


def _detail(name: str, code: str, message: str) -> Detail:
    return Detail(pointer(("inputs", name)), code, message)
