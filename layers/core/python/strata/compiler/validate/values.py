"""What a field's value may be, by itself: its type, its bounds, its form."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeGuard

from strata.compiler.validate.problems import Place, Problem, Problems, kind_of, told

Check = Callable[[Any, Place], Problems]

MOST_SECONDS = 99_999_999

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T"
    r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d|23:59:60(?=(?:\.\d+)?Z))(?:\.\d+)?"
    r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


def wrong_type(value: Any, wanted: str, place: Place) -> Problem:
    return place.problem("wrong_type", f"must be {wanted}, not {kind_of(value)}")


def anything(_value: Any, _place: Place) -> Problems:
    return ()


def text(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield wrong_type(value, "a text", place)


def name(value: Any, place: Place) -> Iterator[Problem]:
    """A text that is not empty."""
    yield from text(value, place)
    if value == "":
        yield place.problem("invalid_value", "must not be empty")


def boolean(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield wrong_type(value, "true or false", place)


def true(value: Any, place: Place) -> Iterator[Problem]:
    """`"End": false` says nothing, and tools differ about it."""
    if value is not True:
        yield place.problem("invalid_value", "must be true where it is given")


def is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(least: float | None = None) -> Check:
    def check(value: Any, place: Place) -> Iterator[Problem]:
        if not is_number(value):
            yield wrong_type(value, "a number", place)
        elif least is not None and not value >= least:
            yield place.problem("out_of_range", f"must be at least {least}")

    return check


def whole(least: int, most: int | None = None) -> Check:
    bounds = f"at least {least}" if most is None else f"from {least} to {most:,}"

    def check(value: Any, place: Place) -> Iterator[Problem]:
        # 2.0 is a whole number too, but the service asks for an integer as it is written.
        if not isinstance(value, int) or isinstance(value, bool):
            yield wrong_type(value, "a whole number", place)
        elif value < least or (most is not None and value > most):
            yield place.problem("out_of_range", f"must be a whole number {bounds}")

    return check


def one_of(*allowed: str) -> Check:
    listed = ", ".join(allowed)

    def check(value: Any, place: Place) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield wrong_type(value, f"one of {listed}", place)
        elif value not in allowed:
            yield place.problem("invalid_value", f"must be one of {listed}, not {told(value)}")

    return check


def array_of(check_one: Check, least: int = 0) -> Check:
    def check(value: Any, place: Place) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield wrong_type(value, "an array", place)
            return
        if len(value) < least:
            yield place.problem("empty_array", "must have at least one entry")
        for at, one in enumerate(value):
            yield from check_one(one, place.at(at))

    return check


def timestamp(value: Any, place: Place) -> Iterator[Problem]:
    """RFC 3339 with an uppercase T and, where there is no offset, an uppercase Z."""
    if not isinstance(value, str):
        yield wrong_type(value, "a time", place)
    elif not is_timestamp(value):
        message = "must be a time in the form of RFC 3339, such as 2026-11-22T09:30:00Z"
        yield place.problem("invalid_timestamp", message)


def is_timestamp(value: str) -> bool:
    found = _TIMESTAMP.fullmatch(value)
    if found is None:
        return False
    try:
        date(*map(int, found.group(1, 2, 3)))
    except ValueError:
        return False
    return True
