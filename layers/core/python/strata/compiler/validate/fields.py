"""Which fields an object may have, which it must, and which not together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from strata.compiler.validate.problems import Json, Place, Problem, told
from strata.compiler.validate.values import Check, wrong_type

Checks = Mapping[str, Check]

NONE: Checks = {}

_OF_THEIR_OWN = frozenset({"Result"})
"""ResultPath is where a result goes, and no result itself."""


def check_object(
    value: Any, place: Place, checks: Checks, required: Sequence[str] = ()
) -> Iterator[Problem]:
    """An object that has these fields and no others; without checks, any."""
    if not isinstance(value, dict):
        yield wrong_type(value, "an object", place)
        return
    yield from missing(value, place, required)
    if checks:
        yield from check_fields(value, place, checks)


def check_fields(
    value: Json, place: Place, checks: Checks, other: Checks = NONE
) -> Iterator[Problem]:
    """Each field by its check; `other` are those of the other query language."""
    for field, one in value.items():
        check = checks.get(field)
        if check:
            yield from check(one, place.at(field))
        elif field in other:
            message = "belongs to the other query language, and cannot stand here"
            yield place.at(field).problem("wrong_query_language", message)
        else:
            message = "is no field that can stand here"
            yield place.at(field).problem("unknown_field", message)


def missing(value: Json, place: Place, required: Sequence[str]) -> Iterator[Problem]:
    for field in required:
        if field not in value:
            yield place.problem("missing_field", f"must have {told(field)}")


def exactly_one(value: Json, place: Place, fields: Sequence[str]) -> Iterator[Problem]:
    yield from at_most_one(value, place, fields)
    if not any(field in value for field in fields):
        yield place.problem("missing_field", f"must have one of {', '.join(fields)}")


def at_most_one(value: Json, place: Place, fields: Sequence[str]) -> Iterator[Problem]:
    found = [field for field in fields if field in value]
    if len(found) > 1:
        message = f"cannot have {' and '.join(found)} together"
        yield place.problem("exclusive_fields", message)


def no_pairs(value: Json, place: Place) -> Iterator[Problem]:
    """A field and the path that would be in its place, such as `Error` and `ErrorPath`."""
    for field in value:
        if f"{field}Path" in value and field not in _OF_THEIR_OWN:
            yield from at_most_one(value, place, (field, f"{field}Path"))
