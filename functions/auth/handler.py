"""Accounts: register, log in, look at oneself."""

from typing import Any

from strata import accounts
from strata.http.parameters import From, User, World
from strata.http.resource import Resource
from strata.http.schemas import accounts as schemas

Json = dict[str, Any]

app = Resource("auth")
handler = app.handle


@app.post(
    "/v1/auth/register",
    public=True,
    status=201,
    answer=schemas.Registered,
    also={409: None},
)
def register(body: schemas.Registration, *, platform: World) -> Json:
    """Create an account."""
    user = accounts.register(body.email, body.password, body.name, platform=platform)
    return {"user": schemas.profile(user)}


@app.post("/v1/auth/login", public=True, answer=schemas.Session, also={401: None})
def log_in(body: schemas.Login, *, origin: From, platform: World) -> Json:
    """Exchange e-mail address and password for an access token."""
    login = accounts.login(body.email, body.password, origin, platform=platform)
    return schemas.session(login)


@app.get("/v1/auth/me", permission="user:read", answer=schemas.Profile)
def read_profile(*, user: User, platform: World) -> Json:
    """Your own account."""
    return schemas.profile(accounts.profile(user, platform=platform))
