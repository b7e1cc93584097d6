"""What can be wrong with a node by itself: its id, its block, its constants."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from strata.compiler.wiring import Wiring
from strata.model.block import Schema
from strata.model.bounds import violation
from strata.model.graph import Node, Problem
from strata.model.graph_schema import INPUT_BLOCK, OUTPUT_BLOCK, type_of_input
from strata.model.schemas import is_simple, types_of
from strata.model.values import fault, has_type, type_of


def empty_graph(wiring: Wiring) -> Iterator[Problem]:
    if not wiring.graph.nodes:
        yield Problem(code="empty_graph", message="The graph has no node.")


def duplicate_nodes(wiring: Wiring) -> Iterator[Problem]:
    for node, count in Counter(node.id for node in wiring.graph.nodes).items():
        if count > 1:
            message = f"{count} nodes have the id '{node}'."
            yield Problem(code="duplicate_node", message=message, node=node)


def unknown_blocks(wiring: Wiring) -> Iterator[Problem]:
    for node in wiring.graph.nodes:
        if node.block not in wiring.blocks:
            message = f"There is no block '{node.block}'."
            yield Problem(code="unknown_block", message=message, node=node.id)


def unknown_pins(wiring: Wiring) -> Iterator[Problem]:
    for node, block in wiring.with_block():
        for pin in node.inputs:
            if pin not in block.inputs:
                message = f"The block '{block.name}' has no input '{pin}'."
                yield Problem(code="unknown_pin", message=message, node=node.id, pin=pin)


def missing_inputs(wiring: Wiring) -> Iterator[Problem]:
    for node, block in wiring.with_block():
        linked = {link.pin for link in wiring.entering.get(node.id, ())}
        for pin in block.required:
            has_default = "default" in block.inputs.get(pin, {})
            if pin not in node.inputs and pin not in linked and not has_default:
                message = f"The input '{pin}' is required and has neither a value nor a link."
                yield Problem(code="missing_input", message=message, node=node.id, pin=pin)


def wrong_constants(wiring: Wiring) -> Iterator[Problem]:
    """By type, by list of values, by bounds and by what the block itself says of them; what else is
    wrong is seen when the node runs."""
    for node, block in wiring.with_block():
        linked = {link.pin for link in wiring.entering.get(node.id, ())}
        for pin, value in node.inputs.items():
            if pin in block.inputs:
                yield from _wrong_constant(node, pin, value, block.inputs[pin], pin in linked)
        for pin, sentence in block.faults(node.inputs, linked) if block.faults else ():
            message = f"The value of '{pin}' {sentence}."
            yield Problem(code="invalid_value", message=message, node=node.id, pin=pin)


def _wrong_constant(
    node: Node, pin: str, value: Any, schema: Schema, is_linked: bool
) -> Iterator[Problem]:
    """The bounds are for what the node gets: a link may replace the constant or add to it."""
    found = fault(value)
    if found is not None:
        message = f"The value of '{pin}' {found}."
        yield Problem(code="invalid_value", message=message, node=node.id, pin=pin)
    elif not _has_type(value, schema):
        message = f"The value of '{pin}' must be {_kinds(schema)}, not {type_of(value)}."
        yield Problem(code="type_mismatch", message=message, node=node.id, pin=pin)
    elif "enum" in schema and value not in schema["enum"]:
        message = f"The value of '{pin}' must be one of {_listed(schema['enum'])}."
        yield Problem(code="invalid_value", message=message, node=node.id, pin=pin)
    elif not is_linked and (exceeded := violation(value, schema)) is not None:
        message = f"The value of '{pin}' {exceeded}."
        yield Problem(code="invalid_value", message=message, node=node.id, pin=pin)


def _has_type(value: Any, schema: Schema) -> bool:
    if schema.get("type") == "integer":
        return has_type(value, "integer")
    return type_of(value) in types_of(schema)


def _kinds(schema: Schema) -> str:
    return "integer" if schema.get("type") == "integer" else " or ".join(sorted(types_of(schema)))


def _listed(values: list[Any]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def wrong_defaults(wiring: Wiring) -> Iterator[Problem]:
    """The default of a graph's input must have the input's own type."""
    for node in wiring.graph.nodes:
        if node.block == INPUT_BLOCK and "default" in node.inputs:
            wanted = type_of_input(node)
            if not is_simple(node.inputs["default"], wanted):
                message = f"The default must have the type of the input, {wanted}."
                yield Problem(code="type_mismatch", message=message, node=node.id, pin="default")


def duplicate_names(wiring: Wiring) -> Iterator[Problem]:
    """One problem for each node that takes a name which another has before it."""
    first: dict[tuple[str, str], str] = {}
    for node in wiring.graph.nodes:
        name = node.inputs.get("name")
        if node.block in (INPUT_BLOCK, OUTPUT_BLOCK) and isinstance(name, str):
            taken_by = first.setdefault((node.block, name), node.id)
            if taken_by != node.id:
                yield _taken_name(node, name, taken_by)


def _taken_name(node: Node, name: str, taken_by: str) -> Problem:
    if node.block == INPUT_BLOCK:
        taken = f"The node '{taken_by}' is the input '{name}' already."
        return Problem(code="duplicate_input_name", message=taken, node=node.id, pin="name")
    given = f"The node '{taken_by}' is the output '{name}' already."
    return Problem(code="duplicate_output_name", message=given, node=node.id, pin="name")


def unknown_credentials(wiring: Wiring) -> Iterator[Problem]:
    if wiring.credentials is None:
        return
    for node, block in wiring.with_block():
        for pin in block.credential_pins:
            value = node.inputs.get(pin)
            if isinstance(value, str) and value not in wiring.credentials:
                message = f"There is no credential with the id that '{pin}' names."
                yield Problem(code="unknown_credential", message=message, node=node.id, pin=pin)
