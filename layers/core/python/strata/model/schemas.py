"""Questions about the JSON Schemas of pins: can a link fit, and what is the schema of a part."""

from collections.abc import Iterable, Mapping
from typing import Any

from strata.model.block import Schema
from strata.model.values import TYPES, has_type

ANY: Schema = {}
SIMPLE_TYPES = ("string", "number", "integer", "boolean", "object", "array", "any")
"""What the author of a graph may ask of an input."""


def is_simple(value: Any, name: str) -> bool:
    """Whether the value is of one of `SIMPLE_TYPES`: 2.0 is an integer, true is not a number."""
    return name == "any" or has_type(value, name)


def simple_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one of `SIMPLE_TYPES`."""
    return {} if name == "any" else {"type": name}


def fits(output: Schema, target: Schema) -> bool:
    """Whether some value of the one schema may be one of the other: false only if none can be,
    an empty array aside."""
    shared = types_of(output) & types_of(target)
    if shared == {"array"}:
        return fits(output.get("items", ANY), target.get("items", ANY))
    return bool(shared)


def types_of(schema: Schema) -> frozenset[str]:
    """The JSON types that a value of the schema may have; an integer counts as a number."""
    found = _declared(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            found &= frozenset[str]().union(*map(types_of, schema[word]))
    return found


def _declared(schema: Schema) -> frozenset[str]:
    if "const" in schema:
        return _types_of_values([schema["const"]])
    if "enum" in schema:
        return _types_of_values(schema["enum"])
    declared = schema.get("type", TYPES)
    names = (declared,) if isinstance(declared, str) else declared
    return frozenset("number" if name == "integer" else name for name in names)


def _types_of_values(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(
        name for value in values for name in TYPES if name != "integer" and has_type(value, name)
    )


def part_schema(schema: Schema, part: str) -> Schema | None:
    """The schema of a part of a pin, `city` of an object, `0` of an array, `rows.0.city` further
    down; None if it has none. Only a pin that is declared an object or an array has parts."""
    if "type" not in schema:
        return None
    found: Schema | None = schema
    for step in part.split("."):
        found = _step(found, step) if found is not None and step else None
    return found


def _step(schema: Schema, step: str) -> Schema | None:
    types = types_of(schema)
    if "array" in types and step.isascii() and step.isdigit():
        return _or_any(schema.get("items"))
    return _property(schema, step) if "object" in types else None


def _property(schema: Schema, name: str) -> Schema | None:
    declared = schema.get("properties", {})
    if name in declared:
        return _or_any(declared[name])
    others = schema.get("additionalProperties", True)
    return None if others is False else _or_any(others)


def _or_any(schema: Any) -> Schema:
    return schema if isinstance(schema, Mapping) else ANY
