"""Payloads as a state writes them: JSON in which some texts are asked for their value.

JSONPath   the value of a field whose name ends in `.$` is a path or an intrinsic function
JSONata    a text `{% … %}` is an expression
"""

import re
from collections.abc import Iterator
from typing import Any

from strata.compiler.validate import intrinsics
from strata.compiler.validate.jsonata import fault as jsonata_fault
from strata.compiler.validate.paths import is_path, is_reference
from strata.compiler.validate.problems import Place, Problem, kind_of, told
from strata.compiler.validate.values import Check, wrong_type

MOST_VARIABLE_NAME = 80
RESERVED_VARIABLE = "states"

_CALLS = "States."


def values(value: Any, place: Place) -> Iterator[tuple[Any, Place]]:
    """The value and all that it holds, in order; without recursion."""
    yield value, place
    waiting = [_parts(value, place)]
    while waiting:
        for one, where in waiting[-1]:
            yield one, where
            if isinstance(one, dict | list):
                waiting.append(_parts(one, where))
                break
        else:
            waiting.pop()


def _parts(value: Any, place: Place) -> Iterator[tuple[Any, Place]]:
    """Made one by one: a place deep down in much data is a long text."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield part, place.at(name)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield part, place.at(number)


def payload(value: Any, place: Place) -> Iterator[Problem]:
    """Parameters, ResultSelector, ItemSelector of a JSONPath state."""
    for one, where in values(value, place):
        if isinstance(one, dict):
            yield from _evaluated(one, where)


def _evaluated(part: dict[str, Any], place: Place) -> Iterator[Problem]:
    for name, value in part.items():
        if not name.endswith(".$"):
            continue
        if name[:-2] in part:
            message = f"has both {told(name[:-2])} and {told(name)}, which give the same field"
            yield place.problem("duplicate_after_evaluation", message)
        yield from path_or_call(value, place.at(name))


def path_or_call(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield wrong_type(value, "a path or an intrinsic function", place)
    elif value.startswith(_CALLS):
        fault = intrinsics.fault(value)
        if fault:
            yield place.problem("invalid_intrinsic", fault)
    elif not is_path(value):
        message = f"must be a path or an intrinsic function, not {told(value)}"
        yield place.problem("invalid_path", message)


def text_path(value: Any, place: Place) -> Iterator[Problem]:
    """ErrorPath, CausePath: a reference path, or a function that gives a text."""
    if isinstance(value, str) and is_reference(value):
        return
    if isinstance(value, str) and value.startswith(_CALLS) and intrinsics.gives_text(value):
        yield from path_or_call(value, place)
        return
    message = "must be a reference path, or an intrinsic function that gives a text"
    yield place.problem("invalid_path", message)


def object_payload(value: Any, place: Place) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield wrong_type(value, "an object", place)
    yield from payload(value, place)


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def expression(value: Any, place: Place) -> Iterator[Problem]:
    """A text `{% … %}`."""
    if not isinstance(value, str):
        message = f"must be a JSONata expression in {{% %}}, not {kind_of(value)}"
        yield place.problem("wrong_type", message)
    elif not is_expression(value):
        message = f"must be a JSONata expression in {{% %}}, not {told(value)}"
        yield place.problem("invalid_jsonata", message)
    else:
        yield from maybe_expression(value, place)


def maybe_expression(value: str, place: Place) -> Iterator[Problem]:
    """Any text: an expression if it stands in `{% %}`, which must open and close."""
    opens, closes = value.startswith("{%"), value.endswith("%}")
    if opens and closes and len(value) >= len("{%%}"):
        fault = jsonata_fault(value[2:-2])
        if fault:
            yield place.problem("invalid_jsonata", fault)
    elif opens or closes:
        message = f"must begin with {{% and end with %}} to be an expression, unlike {told(value)}"
        yield place.problem("invalid_jsonata", message)


def json_with_expressions(value: Any, place: Place) -> Iterator[Problem]:
    """Output and whatever else may be any JSON of a JSONata state."""
    for one, where in values(value, place):
        if isinstance(one, str):
            yield from maybe_expression(one, where)


def object_or_expression(value: Any, place: Place) -> Iterator[Problem]:
    """Arguments, Credentials."""
    if isinstance(value, dict):
        yield from json_with_expressions(value, place)
    else:
        yield from expression(value, place)


def or_expression(check: Check) -> Check:
    """What the check takes, or an expression for it."""

    def checked(value: Any, place: Place) -> Iterator[Problem]:
        if isinstance(value, str) and value.startswith("{%"):
            yield from maybe_expression(value, place)
        else:
            yield from check(value, place)

    return checked


def array_with_expressions(value: Any, place: Place) -> Iterator[Problem]:
    """Items: an array, or an expression for one."""
    if isinstance(value, list):
        yield from json_with_expressions(value, place)
    else:
        yield from expression(value, place)


def assigned_paths(value: Any, place: Place) -> Iterator[Problem]:
    """Assign of a JSONPath state."""
    yield from _variables(value, place)
    yield from object_payload(value, place)


def assigned_expressions(value: Any, place: Place) -> Iterator[Problem]:
    """Assign of a JSONata state."""
    yield from _variables(value, place)
    if isinstance(value, dict):
        yield from json_with_expressions(value, place)
    else:
        yield wrong_type(value, "an object", place)


def _variables(value: Any, place: Place) -> Iterator[Problem]:
    for given in value if isinstance(value, dict) else ():
        name = given.removesuffix(".$")
        if name == RESERVED_VARIABLE:
            yield place.at(given).problem("reserved_variable", "cannot be assigned: it is reserved")
        elif not _is_variable(name):
            message = "must be letters, digits and underscores after a letter, at most 80"
            yield place.at(given).problem("invalid_variable_name", message)


def _is_variable(name: str) -> bool:
    # UAX 31 without the underscore at the start, as the service has it.
    good = name.isidentifier() and not re.match(r"[_\W]", name)
    return good and len(name) <= MOST_VARIABLE_NAME
