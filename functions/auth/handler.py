"""Sessions: log in, refresh, log out."""

from typing import Any

from strata import accounts, refreshing, sessions
from strata.http.parameters import Caller, Cursor, From, Limit, SessionId, User, World
from strata.http.resource import Resource
from strata.http.schemas import sessions as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("auth")
handler = app.handle


@app.post(
    "/v1/auth/login",
    public=True,
    answer=schemas.Tokens,
    also={401: None, 403: None, 429: None},
)
def log_in(body: schemas.Login, *, origin: From, platform: World) -> Json:
    """Exchange e-mail address and password for an access and a refresh token."""
    login = accounts.login(body.email, body.password, origin, platform=platform)
    return schemas.tokens(login)


@app.post("/v1/auth/refresh", public=True, answer=schemas.Tokens, also={401: None, 403: None})
def refresh_tokens(body: schemas.Refresh, *, origin: From, platform: World) -> Json:
    """Exchange a refresh token for a new pair.

    A token that is exchanged a second time, later than 30 seconds after the first, ends its
    session. Until then the answer holds the same new refresh token."""
    return schemas.tokens(refreshing.refresh(body.refresh_token, origin, platform=platform))


@app.post("/v1/auth/logout", permission="user:write", always=True)
def log_out(*, caller: Caller, platform: World) -> None:
    """End the session that you come with; its tokens are dead from here on."""
    sessions.log_out(caller, platform=platform)


@app.get("/v1/auth/sessions", permission="user:read", answer=schemas.SessionPage)
def list_sessions(
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, *, caller: Caller, platform: World
) -> Json:
    """Where you are signed in, newest first."""
    return sessions.listing(caller, page=PageRequest(limit, cursor), platform=platform)


@app.delete("/v1/auth/sessions", permission="user:write", always=True)
def end_sessions(*, user: User, platform: World) -> None:
    """End all of your sessions, also that which you come with; API keys stay."""
    sessions.end_all(user, platform=platform)


@app.delete("/v1/auth/sessions/{session_id}", permission="user:write", always=True)
def end_session(session_id: SessionId, *, user: User, platform: World) -> None:
    """End one of your sessions; its tokens are dead from here on."""
    sessions.end(user, session_id, platform=platform)
