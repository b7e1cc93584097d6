"""The bounds that a pin's schema sets to its values, as far as one can tell without a library:
the simple keywords of JSON Schema, one level into arrays, and choices among such schemas."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from strata.model.block import Schema
from strata.model.values import has_type


class Bound(NamedTuple):
    """A keyword: the type that it applies to, what a value must be, and whether one is that."""

    type: str
    sentence: str
    holds: Callable[[Any, Any], bool]


def _matches(text: str, pattern: str) -> bool:
    return _compiled(pattern).search(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A `$` is the end alone, and not also the place before a last line break."""
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern))


BOUNDS: Mapping[str, Bound] = {
    "minimum": Bound("number", "must be at least {}", lambda value, rule: value >= rule),
    "exclusiveMinimum": Bound("number", "must be more than {}", lambda value, rule: value > rule),
    "maximum": Bound("number", "must be at most {}", lambda value, rule: value <= rule),
    "minLength": Bound(
        "string", "must have at least {} characters", lambda value, rule: len(value) >= rule
    ),
    "maxLength": Bound(
        "string", "must have at most {} characters", lambda value, rule: len(value) <= rule
    ),
    "minItems": Bound(
        "array", "must have at least {} items", lambda value, rule: len(value) >= rule
    ),
    "maxItems": Bound(
        "array", "must have at most {} items", lambda value, rule: len(value) <= rule
    ),
    "maxProperties": Bound(
        "object", "must have at most {} entries", lambda value, rule: len(value) <= rule
    ),
    "pattern": Bound("string", "must match {}", _matches),
}


def violation(value: Any, schema: Schema) -> str | None:
    """What the value must be by the schema and is not, as the end of a sentence; None if nothing
    of that kind is wrong. The value's own type is not looked at, those of its items are."""
    return _of_value(value, schema) or _of_choices(value, schema) or _of_items(value, schema)


def _of_value(value: Any, schema: Schema) -> str | None:
    for word, bound in BOUNDS.items():
        if word in schema and has_type(value, bound.type) and not bound.holds(value, schema[word]):
            return bound.sentence.format(schema[word])
    return None


def _of_choices(value: Any, schema: Schema) -> str | None:
    """Of those for a value of this type one must hold; without any, the type is wrong."""
    found = [violation(value, one) for one in schema.get("anyOf", ()) if _may_be(value, one)]
    return found[0] if found and None not in found else None


def _of_items(value: Any, schema: Schema) -> str | None:
    if not isinstance(value, list):
        return None
    of_one = schema.get("items", {})
    for position, item in enumerate(value):
        found = _of_item(item, of_one)
        if found is not None:
            return f"at position {position} {found}"
    return None


def _of_item(item: Any, schema: Schema) -> str | None:
    choices = schema.get("anyOf", [schema])
    if not any(_may_be(item, one) for one in choices):
        return "must be " + " or ".join(" or ".join(_types(one)) for one in choices)
    return _of_value(item, schema) or _of_choices(item, schema)


def _may_be(value: Any, schema: Schema) -> bool:
    return "type" not in schema or any(has_type(value, name) for name in _types(schema))


def _types(schema: Schema) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)
