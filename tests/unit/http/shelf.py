"""A resource that only tests know: a shelf of books, with one route for each rule of the edge."""

from typing import Annotated, Any, cast

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field

from strata.clock import Clock
from strata.http.parameters import Cursor, IfMatch, Limit, NodeId, Once, User, World
from strata.http.resource import Resource
from strata.model.errors import Unavailable, VersionConflict
from strata.platform import Platform
from strata.settings import Settings
from tests.unit.http.calls import ALL, Reply, reply, request

Json = dict[str, Any]

app = Resource("shelf")


class Author(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: Annotated[str, Field(min_length=1)]


class Book(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    title: Annotated[str, Field(min_length=1, max_length=20)]
    pages: int = 1
    authors: list[Author] = []
    facts: dict[str, Any] = {}


class Loan(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    days: int = 7


@app.get("/v1/books", permission="graph:read", answer=dict)
def list_books(limit: Limit = 25, cursor: Cursor = None, *, user: User) -> Json:
    return {"items": [], "next_cursor": None, "limit": limit, "cursor": cursor, "user": user}


@app.post("/v1/books", permission="graph:write", status=201, answer=dict, location="/v1/books/{id}")
def add_book(body: Book, *, once: Once, platform: World) -> Json:
    key = {"key": once.key, "digest": once.digest} if once else None
    return {"id": "moby", "stage": platform.settings.stage, "once": key, **body.model_dump()}


@app.get("/v1/books/{node_id}", permission="graph:read", answer=dict)
def read_book(node_id: NodeId) -> Json:
    return {"id": node_id, "revision": 3}


@app.patch("/v1/books/{node_id}", permission="graph:write", answer=dict)
def change_book(node_id: NodeId, body: Book, *, if_match: IfMatch) -> Json:
    if if_match not in (None, "*", '"3"'):
        raise VersionConflict
    return {"id": node_id, "revision": 4, **body.model_dump()}


@app.delete("/v1/books/{node_id}", permission="graph:delete")
def remove_book(node_id: NodeId) -> None:
    return None


@app.post("/v1/books/{node_id}/loans", permission="graph:execute", status=202, answer=dict)
def lend_book(node_id: NodeId, body: Loan = Loan()) -> Json:  # noqa: B008
    return {"id": node_id, "days": body.days}


@app.get("/v1/open", public=True, answer=dict)
def read_open() -> Json:
    return {"open": True}


@app.get("/v1/text", public=True, answer=dict)
def read_text() -> str:
    return '{"as": "it is"}'


@app.get("/v1/state", public=True, answer=dict)
def read_state() -> tuple[Json, int]:
    return {"status": "unhealthy"}, 503


@app.get("/v1/large", public=True, answer=dict)
def read_large() -> Json:
    return {"value": "x" * 7_000_000}


@app.get("/v1/broken", public=True, answer=dict)
def read_broken() -> Json:
    raise ValueError("the password is swordfish")


@app.get("/v1/unwritable", public=True, answer=dict)
def read_unwritable() -> Json:
    return {"value": object()}


@app.get("/v1/throttled", public=True, answer=dict)
def read_throttled() -> Json:
    raise Unavailable


@app.get("/v1/aws", public=True, answer=dict)
def read_aws() -> Json:
    raise ClientError(
        {"Error": {"Code": "ResourceNotFoundException", "Message": "table strata-prod"}}, "GetItem"
    )


def shelf_platform(clock: Clock) -> Platform:
    """Of a platform, the shelf uses its clock and its settings."""
    absent = cast("Any", None)
    return Platform(Settings(), clock, absent, absent, absent, absent, absent, absent, absent, dict)


CALLER = {"user_id": "usr_1", "permissions": ALL}


def call(platform: Platform, method: str, path: str, *args: Any, **given: Any) -> Reply:
    return reply(app.handle, request(method, path, *args, **{"caller": CALLER, **given}), platform)
