"""Users: what admins see and change of them, and what everybody has done."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from strata import audit
from strata.http.parameters import Cursor, Limit, User, UserId, World
from strata.http.resource import Resource
from strata.http.schemas import users as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest
from strata.store.audit import Span

Json = dict[str, Any]

app = Resource("users")
handler = app.handle

Action = Annotated[
    str | None,
    Query(pattern="^[a-z][a-z0-9_.]{0,63}$", description="Only what was done by this operation."),
]
Since = Annotated[datetime | None, Query(alias="from", description="Only from this time on.")]
Until = Annotated[datetime | None, Query(alias="to", description="Only before this time.")]


@app.get("/v1/audit", permission="audit:read", answer=schemas.AuditPage)
def list_audit_entries(
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """What you did, and what others did to your account, newest first."""
    span = Span(_milliseconds(since), _milliseconds(until))
    page = PageRequest(limit, cursor)
    return audit.listing(user, action=action, span=span, page=page, platform=platform)


@app.get("/v1/users/{user_id}/audit", permission="audit:read_all", answer=schemas.AuditPage)
def list_audit_entries_of_user(
    user_id: UserId,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    *,
    platform: World,
) -> Json:
    """The same of any user, newest first; of one who has left too, as long as it is kept."""
    span = Span(_milliseconds(since), _milliseconds(until))
    page = PageRequest(limit, cursor)
    return audit.listing(user_id, action=action, span=span, page=page, platform=platform)


def _milliseconds(at: datetime | None) -> int | None:
    """Of the epoch; a time without a zone is UTC."""
    if at is None:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
