"""What an Express execution cannot do: wait for others, and start executions for its items."""

from collections.abc import Iterator

from strata.compiler.validate.maps import config_of
from strata.compiler.validate.problems import Json, Place, Problem
from strata.compiler.validate.resources import read_call


def express_problems(state: Json, place: Place) -> Iterator[Problem]:
    """Of a state that runs in one."""
    if state["Type"] == "Task":
        yield from _waiting(state.get("Resource"), place.at("Resource"))
    for field in ("ItemProcessor", "Iterator") if state["Type"] == "Map" else ():
        if config_of(state.get(field)).get("Mode") == "DISTRIBUTED":
            message = "is DISTRIBUTED, which an Express execution cannot run"
            where = place.at(field).at("ProcessorConfig").at("Mode")
            yield where.problem("not_in_express", message)


def _waiting(resource: object, place: Place) -> Iterator[Problem]:
    call = read_call(resource) if isinstance(resource, str) else None
    if call and (call.pattern or call.service == "activity"):
        waits = f"'.{call.pattern}'" if call.pattern else "an activity"
        message = f"waits for {waits}, which an Express execution cannot"
        yield place.problem("not_in_express", message)
