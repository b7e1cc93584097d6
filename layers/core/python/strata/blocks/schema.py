"""The words in which a block declares its pins: each makes a JSON Schema with its description."""

from typing import Any

from strata.model.block import Schema


def anything(description: str, **more: Any) -> Schema:
    return {"description": description, **more}


def text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def boolean(description: str, **more: Any) -> Schema:
    return {"type": "boolean", "description": description, **more}


def integer(description: str, **more: Any) -> Schema:
    return {"type": "integer", "description": description, **more}


def number(description: str, **more: Any) -> Schema:
    return {"type": "number", "description": description, **more}


def mapping(description: str, **more: Any) -> Schema:
    return {"type": "object", "description": description, **more}


def array(description: str, items: Schema | None = None, **more: Any) -> Schema:
    of = {} if items is None else {"items": items}
    return {"type": "array", **of, "description": description, **more}
