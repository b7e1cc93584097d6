"""Why a definition is refused, in the words of AWS."""

from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

Json = dict[str, Any]
Default = TypeVar("Default", int, None)

MAX_WHOLE = 99_999_999


class InvalidDefinition(ValueError):
    """AWS would refuse to make the machine, or this engine cannot run it."""


def refuse(message: str, place: str, code: str = "SCHEMA_VALIDATION_FAILED") -> InvalidDefinition:
    where = place or "/"
    return InvalidDefinition(f"Invalid State Machine Definition: '{code}: {message} at {where}'")


def check_fields(document: Any, known: AbstractSet[str], place: str) -> None:
    if not isinstance(document, dict):
        raise refuse("Value must be an object", place)
    for name in document:
        if name not in known:
            raise refuse(f"Field '{name}' is not supported", f"{place}/{name}")
    if not isinstance(document.get("Comment", ""), str):
        raise refuse("Comment must be a string", f"{place}/Comment")


def check_whole(
    document: Json, field: str, default: Default, place: str, least: int, most: int = MAX_WHOLE
) -> int | Default:
    """A whole number of the document, within bounds."""
    if field not in document:
        return default
    value = document[field]
    if type(value) is not int or not least <= value <= most:
        raise refuse(f"Value must be an integer from {least} to {most}", f"{place}/{field}")
    return value
