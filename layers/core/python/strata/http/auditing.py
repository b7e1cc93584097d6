"""What requests change is recorded here, so that no handler has to think of it: by whom, on what,
and whether it was done or refused, and why."""

import re
from collections.abc import Mapping
from typing import Any

from strata import audit
from strata.http.routes import Route
from strata.model.errors import StrataError
from strata.model.origin import Origin
from strata.model.user import Caller
from strata.platform import Platform

_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")


def named_ids(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Those of a route's arguments that are ids, as the name of a provider is one. A user whom a
    request is about is told apart from the one who asks."""
    found = {name: value for name, value in arguments.items() if value and _names(name)}
    return {("subject_id" if name == "user_id" else name): found[name] for name in found}


def _names(argument: str) -> bool:
    return argument.endswith("_id") or argument == "provider"


def certain_ids(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The same of arguments that nobody has checked yet: whatever else stands in a path may be
    anything."""
    return named_ids({name: one for name, one in arguments.items() if _ID.fullmatch(str(one))})


def record_change(
    route: Route,
    caller: Caller,
    ids: Mapping[str, str],
    error: Exception | None,
    origin: Origin,
    *,
    platform: Platform,
) -> None:
    """An entry in the caller's log, unless the route changes nothing whatever it answers, and is
    not one of those that let out what is kept of a person."""
    if not route.is_recorded:
        return
    audit.record(
        caller.user_id,
        route.name,
        result=_result(error),
        origin=origin,
        by=audit.by_of(caller),
        resource="/".join(value for name, value in ids.items() if name != "user_id"),
        platform=platform,
    )


def _result(error: Exception | None) -> str:
    if error is None:
        return audit.OK
    return error.code if isinstance(error, StrataError) else StrataError.code
