"""The events of API Gateway's HTTP API, payload format 2.0, and what its answers mean."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from strata.local.arns import ACCOUNT, REGION
from strata.local.failures import to_text
from strata.local.routing import Found

API_ID = "local"
STAGE = "$default"
ROUTE_ARN = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/{STAGE}/"
_TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")

Json = dict[str, Any]
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """As it came in: header names in lower case, the path decoded, the query not."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str
    port: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Headers
    body: bytes


class BadAnswer(Exception):
    """The function answered what API Gateway cannot read."""


def request_event(request: Request, found: Found, moment: datetime, request_id: str) -> Json:
    """What the function gets."""
    cookies = [value for name, value in request.headers if name == "cookie"]
    headers = _joined([one for one in request.headers if one[0] != "cookie"])
    query = parse_qsl(request.query, keep_blank_values=True)
    optional = {
        "cookies": [one.strip() for value in cookies for one in value.split(";")],
        "queryStringParameters": _joined(query),
        "pathParameters": dict(found.parameters),
    }
    return {
        "version": "2.0",
        "routeKey": found.declared.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {**headers, **_forwarded(request)},
        **{name: value for name, value in optional.items() if value},
        "requestContext": _request_context(request, found, headers, moment, request_id),
        **_body(request.body, headers.get("content-type", "")),
    }


def authorizer_event(event: Json) -> Json:
    """What the authorizer gets of a function's event: all but the body."""
    kept = {name: value for name, value in event.items() if name not in ("body", "isBase64Encoded")}
    http = event["requestContext"]["http"]
    arn = f"{ROUTE_ARN}{http['method']}{http['path']}"
    return {**kept, "type": "REQUEST", "routeArn": arn, "identitySource": None}


def with_authorizer(event: Json, context: Mapping[str, Any]) -> Json:
    """The function's event with what the authorizer said."""
    told = {**event["requestContext"], "authorizer": {"lambda": dict(context)}}
    return {**event, "requestContext": told}


def reply_of(answer: Any) -> Reply:
    """What the caller gets for a function's answer. Raises BadAnswer."""
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # API Gateway takes anything else for the body of a success.
        return Reply(200, [("content-type", "application/json")], to_text(answer).encode())
    status, body = answer["statusCode"], answer.get("body")
    body = "" if body is None else body
    if type(status) is not int or not isinstance(body, str):
        raise BadAnswer
    data = b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    given = (answer.get("headers") or {}).items()
    headers = [(name.lower(), str(value)) for name, value in given]
    # The length is that of what is sent.
    headers = [one for one in headers if one[0] != "content-length"]
    headers += [("set-cookie", cookie) for cookie in answer.get("cookies") or []]
    return Reply(status, headers, data)


def message(status: int, text: str) -> Reply:
    """An answer of API Gateway itself."""
    body = json.dumps({"message": text}).encode()
    return Reply(status, [("content-type", "application/json")], body)


def _joined(pairs: Headers) -> dict[str, str]:
    """What came several times under a name is one value with commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _forwarded(request: Request) -> dict[str, str]:
    return {
        "x-forwarded-for": request.source_ip,
        "x-forwarded-port": str(request.port),
        "x-forwarded-proto": "http",
    }


def _request_context(
    request: Request, found: Found, headers: Mapping[str, str], moment: datetime, request_id: str
) -> Json:
    host = headers.get("host", "").partition(":")[0]
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": found.declared.key,
        "stage": STAGE,
        "time": moment.strftime("%d/%b/%Y:%H:%M:%S %z"),
        "timeEpoch": int(moment.timestamp() * 1000),
    }


def _body(body: bytes, content_type: str) -> Json:
    if not body:
        return {"isBase64Encoded": False}
    if content_type.lower().startswith(_TEXT_TYPES):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": b64encode(body).decode(), "isBase64Encoded": True}
