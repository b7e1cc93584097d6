"""Accounts: register, look at oneself."""

from typing import Any

from strata import accounts
from strata.http.parameters import User, World
from strata.http.resource import Resource
from strata.http.schemas import accounts as schemas

Json = dict[str, Any]

app = Resource("accounts")
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


@app.get("/v1/auth/me", permission="user:read", answer=schemas.Profile)
def read_profile(*, user: User, platform: World) -> Json:
    """Your own account."""
    return schemas.profile(accounts.profile(user, platform=platform))
