"""Items as DynamoDB's JSON has them: each value in a map that names its type."""

from collections.abc import Mapping
from typing import Any

from strata.ports import Item, Key

MAX_INTEGER = 10**38 - 1
STAMP = "_write"
"""The attribute that says which call wrote the item last; no reader sees it."""

Wire = dict[str, Any]


def to_wire(value: Any) -> Wire:
    """Raises TypeError for what an item cannot hold, ValueError for an integer over 38 digits."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": _digits(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": item_to_wire(value)}
        case list() | tuple():
            return {"L": [to_wire(element) for element in value]}
    raise TypeError(f"{type(value).__name__} cannot stand in an item")


def _digits(value: int) -> str:
    if abs(value) > MAX_INTEGER:
        raise ValueError("an integer over 38 digits cannot stand in an item")
    return str(value)


def item_to_wire(item: Mapping[str, Any]) -> Wire:
    return {name: to_wire(value) for name, value in item.items()}


def key_to_wire(key: Key) -> Wire:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def from_wire(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return {name: from_wire(one) for name, one in value.items()}
        case "L":
            return [from_wire(one) for one in value]
        case "NULL":
            return None
    return value


def item_from_wire(wire: Mapping[str, Any]) -> Item:
    """The item as its writers gave it."""
    return {name: from_wire(value) for name, value in wire.items() if name != STAMP}
