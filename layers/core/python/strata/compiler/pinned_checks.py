"""What can be wrong with the outputs that the author of a draft has pinned to a node."""

from collections.abc import Iterator
from typing import Any

from strata.compiler.wiring import Wiring
from strata.model.block import Schema
from strata.model.graph import Node, Problem
from strata.model.schemas import types_of
from strata.model.values import fault, has_type, type_of


def pinned_outputs(wiring: Wiring) -> Iterator[Problem]:
    for node, block in wiring.with_block():
        for pin, value in (node.pinned_outputs or {}).items():
            schema = block.output_schema(pin, node.inputs)
            if schema is None:
                message = f"The block '{block.name}' has no output '{pin}' that could be pinned."
                yield Problem(code="unknown_pin", message=message, node=node.id, pin=pin)
            else:
                yield from _wrong_value(node, pin, value, schema)


def _wrong_value(node: Node, pin: str, value: Any, schema: Schema) -> Iterator[Problem]:
    found, allowed = fault(value), types_of(schema)
    if found is not None:
        message = f"What is pinned to '{pin}' {found}."
        yield Problem(code="invalid_value", message=message, node=node.id, pin=pin)
    elif not any(has_type(value, one) for one in allowed):
        wanted = " or ".join(sorted(allowed))
        message = f"What is pinned to '{pin}' must be {wanted}, not {type_of(value)}."
        yield Problem(code="type_mismatch", message=message, node=node.id, pin=pin)
