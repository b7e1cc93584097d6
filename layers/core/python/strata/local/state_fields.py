"""Fields that states of several types have, read from a definition."""

from typing import Any

from strata.local.paths import Reference, Resolve, ResultPath, parse_reference, parse_result_path
from strata.local.policies import parse_catch, parse_retry
from strata.local.refusals import Json, refuse
from strata.local.states import Catcher, Retrier
from strata.local.templates import parse_template, parse_text_expression

Paths = tuple[Reference | None, Reference | None]
_Working = tuple[str, Reference | None, Reference | None, str | None, Resolve | None, ResultPath]
_Failing = tuple[
    str,
    Reference | None,
    Reference | None,
    str | None,
    Resolve | None,
    ResultPath,
    Resolve | None,
    tuple[Retrier, ...],
    tuple[Catcher, ...],
]


def paths_of(state: Json) -> Paths:
    """`InputPath` and `OutputPath`. Raises PathRefused, as all of these do."""
    read, write = state.get("InputPath", "$"), state.get("OutputPath", "$")
    return (
        None if read is None else parse_reference(read),
        None if write is None else parse_reference(write),
    )


def working_of(name: str, state: Json, place: str, template: str = "Parameters") -> _Working:
    """The fields of a `Working` state. Raises InvalidDefinition, too."""
    return (
        name,
        *paths_of(state),
        next_of(state, place),
        template_of(state, template),
        parse_result_path(state.get("ResultPath", "$")),
    )


def failing_of(name: str, state: Json, place: str, template: str = "Parameters") -> _Failing:
    """The fields of a `Failing` state. Raises InvalidDefinition, too."""
    if not isinstance(state.get("ResultSelector", {}), dict):
        raise refuse("ResultSelector must be an object", f"{place}/ResultSelector")
    return (
        *working_of(name, state, place, template),
        template_of(state, "ResultSelector"),
        parse_retry(state.get("Retry", []), place),
        parse_catch(state.get("Catch", []), place),
    )


def template_of(state: Json, field: str) -> Resolve | None:
    return parse_template(state[field]) if field in state else None


def next_of(state: Json, place: str) -> str | None:
    """None where the state ends its region. Raises InvalidDefinition."""
    if ("End" in state) == ("Next" in state) or state.get("End", True) is not True:
        raise refuse("A state has either 'Next' or 'End': true", place)
    following = state.get("Next")
    if "Next" in state and not isinstance(following, str):
        raise refuse("Next must be a string", f"{place}/Next")
    return following


def text_of(state: Json, field: str, place: str) -> Resolve:
    """`Error` or `Cause`, as a constant or by a path. Raises InvalidDefinition, too."""
    path = f"{field}Path"
    if field in state and path in state:
        raise refuse(f"You cannot specify both {field} and {path}", place)
    if path in state:
        return parse_text_expression(path, state[path])
    value: Any = state.get(field, "")
    if not isinstance(value, str):
        raise refuse(f"{field} must be a string", f"{place}/{field}")
    return lambda _data, _context: value
