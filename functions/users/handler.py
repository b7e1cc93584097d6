"""Users: what admins see and change of them, and what everybody has done."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from strata import audit, departures, exports, users
from strata.http.parameters import Caller, Cursor, From, IfMatch, Limit, Moment, User, UserId, World
from strata.http.resource import Resource
from strata.http.schemas import users as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("users")
handler = app.handle

Action = Annotated[
    str | None,
    Query(pattern="^[a-z][a-z0-9_.]{0,63}$", description="Only what was done by this operation."),
]
Search = Annotated[
    str, Query(max_length=254, description="A part of the e-mail address, in any case.")
]
Role = Annotated[schemas.Role | None, Query(description="Only users of this role.")]
Status = Annotated[schemas.Status | None, Query(description="Only users of this status.")]
Since = Annotated[Moment | None, Query(alias="from", description="Only from this time on.")]
Until = Annotated[Moment | None, Query(alias="to", description="Only before this time.")]


@app.get("/v1/users", permission="user:read_all", answer=schemas.UserPage)
def list_users(
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    q: Search = "",
    role: Role = None,
    status: Status = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """All users, newest first."""
    wanted, page = users.Wanted(q, role, status), PageRequest(limit, cursor, user)
    return users.listing(wanted, page=page, platform=platform)


@app.get("/v1/users/{user_id}", permission="user:read_all", answer=schemas.User, discloses=True)
def read_user(user_id: UserId, *, platform: World) -> Json:
    """A user, without what only they themselves may see."""
    return users.get(user_id, platform=platform)


@app.patch(
    "/v1/users/{user_id}",
    permission="user:suspend",
    answer=schemas.User,
    also={409: None},
    always=True,
)
def change_user(
    user_id: UserId,
    body: schemas.UserChanges,
    *,
    caller: Caller,
    origin: From,
    if_match: IfMatch,
    platform: World,
) -> Json:
    """Let a user in or not, or give them another role.

    Who is disabled is out at once: sessions, API keys and triggers count no more, and what runs is
    cancelled. A role, whatever is about an admin, and letting in again whom an admin has disabled
    need the permission user:manage. Nobody changes their own account, and one active admin
    remains."""
    changes = body.model_dump(exclude_unset=True)
    return users.change(user_id, changes, caller, origin, if_match=if_match, platform=platform)


@app.delete(
    "/v1/users/{user_id}",
    permission="user:manage",
    status=202,
    answer=schemas.Departure,
    also={409: None, 412: None},
)
def delete_user(user_id: UserId, *, caller: Caller, origin: From, platform: World) -> Json:
    """Delete the account of another user, and all that is theirs: see delete_account."""
    return departures.remove(user_id, caller, origin, platform=platform)


@app.delete(
    "/v1/auth/me",
    permission="user:write",
    status=202,
    answer=schemas.Departure,
    also={409: None, 412: None, 429: None},
    always=True,
)
def delete_account(body: schemas.Leaving, *, caller: Caller, origin: From, platform: World) -> Json:
    """Delete your account, and all that is yours.

    From now on nobody gets in, and what runs is cancelled. The rest goes within the hour, of a very
    large account within hours; then the e-mail address is free again. The audit log stays until its
    entries end, 400 days after they were made: it holds ids and source addresses, and not the
    e-mail address."""
    return departures.leave(caller, body.current_password, origin, platform=platform)


@app.get("/v1/auth/me/export", permission="user:export", answer=schemas.ExportPage, discloses=True)
def export_account(cursor: Cursor = None, *, caller: Caller, platform: World) -> Json:
    """All that is kept of you, page by page; a secret is masked as everywhere.

    A page may be empty and still have a next one. An API key cannot do this."""
    return exports.export(caller, cursor, platform=platform)


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
    span = audit.span_of(since, until)
    page = PageRequest(limit, cursor)
    return audit.listing(user, action=action, span=span, page=page, platform=platform)


@app.get(
    "/v1/users/{user_id}/audit",
    permission="audit:read_all",
    answer=schemas.AuditPage,
    discloses=True,
)
def list_audit_entries_of_user(
    user_id: UserId,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    action: Action = None,
    since: Since = None,
    until: Until = None,
    *,
    user: User,
    platform: World,
) -> Json:
    """The same of any user, newest first; of one who has left too, as long as it is kept."""
    span = audit.span_of(since, until)
    page = PageRequest(limit, cursor, user)
    return audit.listing(user_id, action=action, span=span, page=page, platform=platform)
