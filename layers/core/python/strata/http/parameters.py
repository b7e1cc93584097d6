"""What a route function may ask for, by the type of its parameter.

def read_graph(graph_id: GraphId, *, user: User, platform: World) -> Json: ...
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from strata.http.answers import one_tag
from strata.model import user
from strata.model.errors import Detail, InvalidRequest
from strata.model.graph import ITERATION, NODE_ID
from strata.model.idempotency import Idempotency
from strata.model.origin import MAX_USER_AGENT, Origin
from strata.paging import MAX_LIMIT, cursor_key
from strata.platform import Platform

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:", re.ASCII)
IDEMPOTENCY_KEY = r"[\x21-\x7e]{1,255}"


def _caller(request: Request) -> user.Caller:
    caller: user.Caller = request.context["caller"]
    return caller


def _user(request: Request) -> str:
    return _caller(request).user_id


def origin(event: Mapping[str, Any]) -> Origin:
    """Of a request event: what the gateway saw; headers that forward an address are not read."""
    context = event["requestContext"]
    http = context.get("http", {})
    agent = str(http.get("userAgent") or "")[:MAX_USER_AGENT]
    return Origin(str(http.get("sourceIp") or ""), agent, str(context["requestId"]))


def _origin(request: Request) -> Origin:
    return origin(request.resolved_event.raw_event)


def _platform(request: Request) -> Platform:
    platform: Platform = request.context["platform"]
    return platform


def if_match(request: Request) -> str | None:
    return one_tag(request.headers.get("if-match", ""))


def idempotency(request: Request) -> Idempotency | None:
    """The key of the request and what it stands for. Raises InvalidRequest."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not re.fullmatch(IDEMPOTENCY_KEY, key):
        sentence = "An idempotency key has 1 to 255 visible ASCII characters."
        raise InvalidRequest(errors=[Detail("/header/Idempotency-Key", "invalid_key", sentence)])
    return Idempotency(key, _digest(request))


def keyed_idempotency(request: Request) -> Idempotency | None:
    """Where the body holds a secret: without the environment's key, what the table keeps of it
    lets nobody test guesses. Raises InvalidRequest, Unavailable."""
    given = idempotency(request)
    if given is None:
        return None
    key = cursor_key(_platform(request))
    digest = hmac.digest(key, b"idempotency " + given.digest.encode(), "sha256")
    return replace(given, digest=digest.hex())


def _digest(request: Request) -> str:
    """SHA-256 over method, path and body, whatever the order and spacing of its fields."""
    whole = [request.method, request.resolved_event.path, request.json_body]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _written_out(given: Any) -> Any:
    """A moment as text; pydantic would take a number for the seconds since 1970, too."""
    if isinstance(given, str) and not _MOMENT.match(given):
        raise PydanticCustomError("datetime_parsing", "This is no time.")
    return given


def _id(prefix: str, what: str) -> Any:
    return Path(pattern=f"^{prefix}_[0-9a-z]{{26}}$", description=f"Id of the {what}.")


User = Annotated[str, Depends(_user)]
"""The id of the user who calls; on a route that is not public."""
Caller = Annotated[user.Caller, Depends(_caller)]
"""The same with what they may do, and by which session or key they come."""
From = Annotated[Origin, Depends(_origin)]
"""Where the request comes from."""
World = Annotated[Platform, Depends(_platform)]
Once = Annotated[Idempotency | None, Depends(idempotency)]
"""The header Idempotency-Key with what it stands for."""
SecretOnce = Annotated[Idempotency | None, Depends(keyed_idempotency)]
"""The same where the body holds a secret."""
IfMatch = Annotated[str | None, Depends(if_match)]
"""The entity tag that the caller saw last."""

GraphId = Annotated[str, _id("gph", "graph")]
ExecutionId = Annotated[str, _id("exe", "execution")]
CredentialId = Annotated[str, _id("crd", "credential")]
SessionId = Annotated[str, _id("ses", "session")]
ApiKeyId = Annotated[str, _id("key", "API key")]
TriggerId = Annotated[str, _id("trg", "trigger")]
UserId = Annotated[str, _id("usr", "user")]
NodeId = Annotated[str, Path(pattern=NODE_ID, description="Id of the node, by its author.")]
CallbackToken = Annotated[
    str, Path(pattern="^[A-Za-z0-9_-]{1,2000}$", description="The secret part of the URL.")
]
VersionNumber = Annotated[int, Path(ge=1, le=999_999, description="Number of the version.")]

BlockName = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="Name of the block.")]

Version = Annotated[
    int | None,
    Query(ge=1, le=999_999, description="Number of the version; by default the active one."),
]
GraphFilter = Annotated[
    str | None,
    Query(pattern="^[A-Za-z0-9_-]{1,64}$", description="Only executions of this graph."),
]
Iteration = Annotated[
    str | None,
    Query(
        pattern=ITERATION,
        description="An iteration of a loop, such as `loop:3`, or `loop:3/inner:0` where a loop "
        "lies in the body of another; by default the graph itself.",
    ),
]
Moment = Annotated[datetime, BeforeValidator(_written_out)]
"""A time in a query, as RFC 3339 writes it."""
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The most items of one page.")]
Cursor = Annotated[
    str | None, Query(max_length=8192, description="`next_cursor` of the page before.")
]
