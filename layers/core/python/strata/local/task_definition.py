"""A Task, read from a definition."""

import re
from typing import Any

from strata.local.amounts import Amount, parse_amount
from strata.local.failures import to_text
from strata.local.refusals import Json, check_fields, refuse
from strata.local.state_fields import failing_of
from strata.local.states import UNBOUNDED, Integration, Task

_INTEGRATIONS = {
    f"arn:aws:states:::{one.value}": one
    for one in (Integration.INVOKE, Integration.CALLBACK, Integration.EXECUTION)
}
_INVOKE = {"FunctionName", "Payload"}
_PARAMETERS = {
    Integration.INVOKE: ("FunctionName", _INVOKE),
    Integration.CALLBACK: ("FunctionName", _INVOKE),
    Integration.EXECUTION: ("StateMachineArn", {"StateMachineArn", "Input", "Name"}),
}
"""The one that is required, and those that there may be."""


_TOKEN = re.compile(r"\$\$(?![.\[])|\$\$\.Task(?![.\w\[])|\$\$(\.Task|\['Task'])(\.|\[')Token")


def parse_task(name: str, state: Json, place: str, *, express: bool) -> Task:
    """Raises InvalidDefinition, PathRefused."""
    resource = state.get("Resource")
    integration = _integration(resource, f"{place}/Resource", express)
    if integration in _PARAMETERS:
        _check_parameters(state.get("Parameters"), integration, f"{place}/Parameters")
    return Task(
        *failing_of(name, state, place),
        str(resource),
        integration,
        *_times(state, place),
    )


def _integration(resource: Any, place: str, express: bool) -> Integration:
    if not isinstance(resource, str):
        raise refuse("Resource must be a string", place)
    if resource.startswith("arn:") and ":function:" in resource:
        return Integration.FUNCTION
    integration = _INTEGRATIONS.get(resource)
    if integration is None:
        raise refuse(
            f"The resource provided {resource} is not recognized. The value is not a valid resource"
            " ARN, or the resource is not available in this region.",
            place,
        )
    if express and integration is not Integration.INVOKE:
        pattern = resource.rpartition(".")[2]
        raise refuse(
            f"Express state machine does not support '.{pattern}' service integration", place
        )
    return integration


def _check_parameters(parameters: Any, integration: Integration, place: str) -> None:
    if not isinstance(parameters, dict):
        raise refuse("Parameters must be an object", place)
    required, known = _PARAMETERS[integration]
    given = {field.removesuffix(".$"): value for field, value in parameters.items()}
    check_fields(given, known, place)
    if required not in given:
        raise refuse(f"The field '{required}' is required but was missing", place)
    if integration is Integration.CALLBACK and not _passes_token(parameters):
        raise refuse("$$.Task.Token must be passed on: nobody could answer", place)


def _passes_token(parameters: Json) -> bool:
    """Whether some path asks for the token, or for the context object that has it."""
    return _TOKEN.search(to_text(parameters)) is not None


def _times(state: Json, place: str) -> tuple[Amount, Amount | None]:
    timeout = parse_amount(state, "TimeoutSeconds", place, 1) or UNBOUNDED
    heartbeat = parse_amount(state, "HeartbeatSeconds", place, 1)
    are_constant = heartbeat and not heartbeat.path and not timeout.path
    if heartbeat and are_constant and heartbeat.constant >= timeout.constant:
        raise refuse("HeartbeatSeconds must be smaller than TimeoutSeconds", place)
    return timeout, heartbeat
