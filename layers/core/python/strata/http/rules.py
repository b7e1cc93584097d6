"""What the document says of every route: the error, the headers, the statuses."""

from typing import Any

from strata.http.access import RATE_HEADERS
from strata.http.parameters import IDEMPOTENCY_KEY
from strata.http.problems import MEDIA_TYPE

Json = dict[str, Any]

INFO = {
    "title": "Strata",
    "description": "Agent graphs, compiled to state machines.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}

SCHEMAS: Json = {
    "HttpProblem": {
        "type": "object",
        "description": "An error (RFC 9457).",
        "required": ["type", "title", "status", "code", "detail", "request_id", "errors"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
            "detail": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/HttpFault"}},
        },
    },
    "HttpFault": {
        "type": "object",
        "description": "One of the faults of a request.",
        "required": ["pointer", "code", "message"],
        "properties": {
            "pointer": {
                "type": "string",
                "description": "Where: a JSON pointer into the body, or /query/… or /header/….",
            },
            "code": {"type": "string"},
            "message": {"type": "string"},
        },
    },
}


def _header(description: str, **schema: Any) -> Json:
    return {"description": description, "schema": {"type": "string", **schema}}


def _number(description: str) -> Json:
    return _header(description, pattern="^[0-9]+$")


_HEADERS: Json = {
    "X-Request-Id": _header("Names this request in the logs."),
    "ETag": _header("The entity tag, for If-Match and If-None-Match."),
    "Location": _header("Where what was made can be read.", format="uri-reference"),
    "WWW-Authenticate": _header("How to authenticate."),
    "Allow": _header("The methods that there are."),
    "Retry-After": _number("Seconds to wait."),
    "RateLimit-Limit": _number("Requests of the window that the caller comes nearest to using up."),
    "RateLimit-Remaining": _number("How many of them are left."),
    "RateLimit-Reset": _number("Seconds until that window ends."),
    "RateLimit-Policy": _header(
        "All limits that bind the caller: requests; w=seconds of the window.",
        examples=["60;w=60, 6000;w=60, 1000000;w=86400"],
    ),
}

RATE = tuple(RATE_HEADERS.values())
"""On every answer to a caller who is known."""


def header_refs(*names: str) -> Json:
    """Of an answer: these and what every answer has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}


def _problem(description: str, *headers: str) -> Json:
    schema = {"$ref": "#/components/schemas/HttpProblem"}
    return {
        "description": description,
        "headers": header_refs(*headers),
        "content": {MEDIA_TYPE: {"schema": schema}},
    }


PROBLEMS = {
    400: ("InvalidRequest", _problem("The request cannot be read.", *RATE)),
    401: ("Unauthenticated", _problem("Nobody is signed in.", "WWW-Authenticate")),
    403: ("PermissionDenied", _problem("A permission is missing.", *RATE)),
    404: ("NotFound", _problem("There is no such resource, or it is another user's.", *RATE)),
    409: ("Conflict", _problem("It conflicts with what is there, or still runs.", *RATE)),
    410: ("CallbackExpired", _problem("Nothing waits for this any more.")),
    412: ("VersionConflict", _problem("The resource has changed since it was read.", *RATE)),
    413: ("TooLarge", _problem("The body has more than 6 MB.", *RATE)),
    415: ("UnsupportedMediaType", _problem("The body is not called JSON.", *RATE)),
    422: ("InvalidBody", _problem("Fields of the body are invalid.", *RATE)),
    429: ("TooManyRequests", _problem("A rate is used up; try later.", "Retry-After", *RATE)),
    500: ("Internal", _problem("An error of the service's own.", *RATE)),
    503: ("Unavailable", _problem("A dependency is down; try again.", "Retry-After", *RATE)),
}

PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes the request safe to repeat: for 24 hours the same key and body get "
        "the first answer.",
        "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "Only if the resource still has this entity tag.",
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "Only if the resource has another entity tag; else 304.",
        "schema": {"type": "string"},
    },
}

COMPONENTS: Json = {
    "headers": _HEADERS,
    "parameters": PARAMETERS,
    "responses": dict(PROBLEMS.values()),
    "securitySchemes": {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of POST /v1/auth/login.",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "A key of POST /v1/api-keys; it opens what its scopes name.",
        },
    },
}
