"""A Wait, read from a definition."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from strata.local.amounts import parse_amount
from strata.local.failures import StateFailed
from strata.local.paths import Context, parse_reference
from strata.local.refusals import Json, refuse
from strata.local.state_fields import next_of, paths_of
from strata.local.states import Wait
from strata.local.timestamps import parse_timestamp

WAIT_FIELDS = {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}


def parse_wait(name: str, state: Json, place: str) -> Wait:
    """Raises InvalidDefinition, PathRefused."""
    if len(state.keys() & WAIT_FIELDS) != 1:
        raise refuse(f"A Wait state has exactly one of {', '.join(sorted(WAIT_FIELDS))}", place)
    seconds = parse_amount(state, "Seconds", place)
    until = None if seconds is not None else _until(state, place)
    return Wait(name, *paths_of(state), next_of(state, place), seconds, until)


def _until(state: Json, place: str) -> Callable[[Any, Context], datetime]:
    if "Timestamp" in state:
        try:
            moment = parse_timestamp(state["Timestamp"])
        except ValueError as error:
            raise refuse(str(error), f"{place}/Timestamp") from error
        return lambda _data, _context: moment
    path = parse_reference(state["TimestampPath"])

    def until(data: Any, context: Context) -> datetime:
        value = path.resolve(data, context)
        try:
            return parse_timestamp(value)
        except ValueError:
            raise StateFailed(
                "States.Runtime",
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset"
                f" date-time format string: {path.text} == {value}",
            ) from None

    return until
