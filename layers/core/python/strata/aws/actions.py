"""What AWS' services can do, as a state machine spells it: `cloudwatchlogs`, `putLogEvents`.

Read from botocore's models, which name a service as its own SDK does (`logs`); Step Functions names
it as the SDK for Java does.
"""

from functools import cache
from typing import Any

from botocore.loaders import create_loader

_MODEL = "service-2"


@cache
def actions_of(service: str) -> frozenset[str]:
    """The actions of a service; none if there is no such service.

    A service that botocore names otherwise is looked for in all of its models, once: seconds."""
    model = _model(service) if service in _names() else {}
    if _spelled(model) != service:
        name = _names_by_spelling().get(service)
        model = _model(name) if name else {}
    return frozenset(f"{one[0].lower()}{one[1:]}" for one in model.get("operations", ()))


@cache
def _names() -> tuple[str, ...]:
    return tuple(create_loader().list_available_services(_MODEL))


@cache
def _names_by_spelling() -> dict[str, str]:
    return {_spelled(_model(name)): name for name in _names()}


def _model(name: str) -> dict[str, Any]:
    # A loader keeps all that it has loaded: one for all models would keep a gigabyte.
    model: dict[str, Any] = create_loader().load_service_model(name, _MODEL)
    return model


def _spelled(model: dict[str, Any]) -> str:
    """`Database Migration Service` as `databasemigration`."""
    service_id = model.get("metadata", {}).get("serviceId", "")
    return "".join(filter(str.isalnum, service_id)).lower().removesuffix("service")
