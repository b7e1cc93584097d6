"""The regions of a definition: the machine, each branch of a Parallel, the body of each Map.

States of one region can lead to each other, and to no others.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from strata.compiler.validate.fields import Checks, check_fields, missing
from strata.compiler.validate.maps import config_of, processor_config
from strata.compiler.validate.problems import MACHINE, Json, Place, Problem
from strata.compiler.validate.states import LANGUAGES
from strata.compiler.validate.values import (
    MOST_SECONDS,
    anything,
    name,
    one_of,
    text,
    whole,
    wrong_type,
)


class Region(NamedTuple):
    place: Place
    """Of the object that has StartAt and States."""
    body: Json
    kind: str
    """machine, branch or processor."""
    express: bool
    """Whether its states run in an Express execution."""

    @property
    def states(self) -> Mapping[str, Any]:
        """By name; empty where there are none to speak of."""
        states = self.body.get("States")
        return states if isinstance(states, dict) else {}


_REGION: Checks = {"Comment": text, "StartAt": name, "States": anything}
_FIELDS: Mapping[str, Checks] = {
    "machine": {
        **_REGION,
        "QueryLanguage": one_of(*LANGUAGES),
        "TimeoutSeconds": whole(1, MOST_SECONDS),
        "Version": one_of("1.0"),
    },
    "branch": _REGION,
    "processor": {**_REGION, "ProcessorConfig": processor_config},
}


def regions(machine: Json, express: bool = False) -> list[Region]:
    """The machine first; without recursion."""
    found = [Region(MACHINE, machine, "machine", express)]
    for region in found:
        for state, body in region.states.items():
            if isinstance(body, dict):
                found.extend(_inner(body, Place(state), region.express))
    return found


def _inner(state: Json, place: Place, express: bool) -> Iterator[Region]:
    """What is no object is told by `inner_problems`."""
    for body, where, kind in _bodies(state, place):
        if isinstance(body, dict):
            own = config_of(body).get("ExecutionType") == "EXPRESS"
            yield Region(where, body, kind, express or (kind == "processor" and own))


def inner_problems(state: Json, place: Place) -> Iterator[Problem]:
    for body, where, _ in _bodies(state, place):
        if not isinstance(body, dict):
            yield wrong_type(body, "an object with StartAt and States", where)


def _bodies(state: Json, place: Place) -> Iterator[tuple[Any, Place, str]]:
    if state.get("Type") == "Parallel":
        branches = state.get("Branches")
        for at, one in enumerate(branches if isinstance(branches, list) else ()):
            yield one, place.at("Branches").at(at), "branch"
    elif state.get("Type") == "Map":
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield state[field], place.at(field), "processor"


def region_problems(region: Region) -> Iterator[Problem]:
    """Its own fields; not its states."""
    yield from check_fields(region.body, region.place, _FIELDS[region.kind])
    yield from missing(region.body, region.place, ("StartAt", "States"))
    states = region.body.get("States", {})
    if not isinstance(states, dict):
        yield wrong_type(states, "an object", region.place.at("States"))
    elif "States" in region.body and not states:
        yield region.place.at("States").problem("no_states", "must have at least one state")


def has_end(state: Any) -> bool:
    return isinstance(state, dict) and (
        state.get("Type") in ("Succeed", "Fail") or state.get("End") is True
    )
