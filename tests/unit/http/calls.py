"""Events as API Gateway sends them (payload 2.0), and the answers of a handler to them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from strata.model.user import Permission
from strata.platform import Platform

ALL = " ".join(Permission)
REQUEST_ID = "JKJaXmPLvHcESHA="


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the problem that it tells of."""
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.json["code"])

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Pointer and code of each fault."""
        return [(fault["pointer"], fault["code"]) for fault in self.json["errors"]]


def request(
    method: str,
    path: str,
    body: Any = None,
    *,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    caller: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event; a `body` of text or bytes is sent as it is; `caller` is the authorizer's word."""
    sent = {"host": "api.example.com", **(headers or {})}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": sent,
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
            "requestId": REQUEST_ID,
            "stage": "$default",
            "authorizer": {"lambda": dict(caller or {})},
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if query:
        event["queryStringParameters"] = {name: str(value) for name, value in query.items()}
    if body is not None:
        sent.setdefault("content-type", "application/json")
        event["body"] = _written(body)
    return event


def _written(body: Any) -> str:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode()
    return body if isinstance(body, str) else json.dumps(body)


def reply(handler: Any, event: dict[str, Any], platform: Platform) -> Reply:
    """What the handler answers on that platform, checked for what every answer must have."""
    answer = handler(event, SimpleNamespace(platform=platform))
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert headers["x-request-id"] == event["requestContext"]["requestId"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert not any(name.startswith("access-control-") for name in headers)
    return Reply(answer["statusCode"], headers, answer["body"])
