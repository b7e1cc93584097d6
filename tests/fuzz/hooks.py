"""Who sends each request of Schemathesis, and which requests no gateway would let through.

Loaded by Schemathesis, in whose environment the project is not installed.
"""

import json
import os
from itertools import cycle
from pathlib import Path
from typing import Any

import schemathesis

TOLD: dict[str, Any] = json.loads(Path(os.environ["FUZZ_TOLD"]).read_text("utf-8"))
ENDS_ITS_CALLER = frozenset(
    ("log_out", "end_session", "end_sessions", "change_password", "delete_account")
)
"""Whoever sends one of these is somebody new, for they may be gone afterwards."""
LARGEST = 8_000
"""API Gateway takes 10,240 bytes of request line and headers."""


class Callers:
    """Nobody where the route is public; by turns a member's token and a member's API key; an
    administrator where no key is let in."""

    def __init__(self) -> None:
        self._admin = _bearer(TOLD["admin"])
        self._members = cycle([_bearer(TOLD["member"]), {"X-API-Key": TOLD["key"]}])
        self._newcomers = cycle(map(_bearer, TOLD["newcomers"]))

    def get(self, case: Any, context: Any) -> dict[str, str]:
        operation = context.operation.definition.raw
        if not operation["security"]:
            return {}
        if operation["operationId"] in ENDS_ITS_CALLER:
            return next(self._newcomers)
        return next(self._members) if {"apiKey": []} in operation["security"] else self._admin

    def set(self, case: Any, data: dict[str, str], context: Any) -> None:
        case.headers = {**(case.headers or {}), **data}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def filter_query(context: Any, query: Any) -> bool:
    return len(json.dumps(query, default=str)) <= LARGEST


def filter_path_parameters(context: Any, path_parameters: Any) -> bool:
    return len(json.dumps(path_parameters, default=str)) <= LARGEST


def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Whether it is one. A path such as /v1/graphs/validate, which takes POST alone, is one of a
    graph's for PUT: of a graph that is not there. A user who is being deleted is still told to
    administrators, as one who leaves. And a creation that is repeated with its idempotency key is
    answered as the first time, whatever has become since of what was made."""
    path, kind = case.operation.path, type(failure).__name__
    if kind == "UnsupportedMethodResponse":
        return not (path in TOLD["lookalikes"] and response.status_code == 404)
    if kind == "EnsureResourceAvailability":
        return False
    if kind == "UseAfterFree":
        return not path.startswith("/v1/users/{user_id}")
    return True


schemathesis.auth(refresh_interval=None, retry_on=[])(Callers)
schemathesis.hook(filter_query)
schemathesis.hook(filter_path_parameters)
schemathesis.hook(filter_failure)
