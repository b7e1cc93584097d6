"""Accounts: register, look at oneself, change password, verify the e-mail address."""

from typing import Any

from strata import accounts, password_changes, verification
from strata.http.parameters import From, IfMatch, User, World
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
    also={409: None, 429: None},
)
def register(body: schemas.Registration, *, origin: From, platform: World) -> Json:
    """Create an account.

    A letter to the e-mail address holds a token that verifies it."""
    user = accounts.register(body.email, body.password, body.name, origin, platform=platform)
    return {"user": schemas.profile(user)}


@app.get("/v1/auth/me", permission="user:read", answer=schemas.Profile)
def read_profile(*, user: User, platform: World) -> Json:
    """Your own account."""
    return schemas.profile(accounts.profile(user, platform=platform))


@app.patch("/v1/auth/me", permission="user:write", answer=schemas.Profile)
def change_profile(
    body: schemas.ProfileChanges, *, user: User, if_match: IfMatch, platform: World
) -> Json:
    """Change your name or your preferences; these are replaced as a whole."""
    changes = body.model_dump(exclude_unset=True)
    return schemas.profile(accounts.change(user, changes, if_match=if_match, platform=platform))


@app.post(
    "/v1/auth/password",
    permission="user:write",
    also={409: None, 412: None, 429: None},
    always=True,
)
def change_password(
    body: schemas.PasswordChange, *, user: User, origin: From, platform: World
) -> None:
    """Change your password; all your sessions end, this one too."""
    password_changes.change(
        user, body.current_password, body.new_password, origin, platform=platform
    )


@app.post("/v1/auth/verification", permission="user:write", status=202, also={409: None, 429: None})
def send_verification(*, user: User, origin: From, platform: World) -> None:
    """Get another letter that verifies your e-mail address; the one before it is void."""
    verification.send_again(user, origin, platform=platform)


@app.post("/v1/auth/verification/confirm", public=True, also={409: None})
def confirm_verification(body: schemas.Confirmation, *, origin: From, platform: World) -> None:
    """Verify an e-mail address with the token of its letter; good once, for 24 hours."""
    verification.confirm(body.token, origin, platform=platform)


@app.post("/v1/auth/password-reset", public=True, status=202, also={429: None})
def request_password_reset(
    body: schemas.PasswordResetRequest, *, origin: From, platform: World
) -> None:
    """Have a letter sent that lets you set a new password.

    The answer is the same for an address that nobody has registered."""
    password_changes.ask_for_reset(body.email, origin, platform=platform)


@app.post("/v1/auth/password-reset/confirm", public=True, also={409: None})
def reset_password(body: schemas.PasswordReset, *, origin: From, platform: World) -> None:
    """Set a new password with the token of the letter; good once, for an hour.

    All sessions of the account end. Where its address had not been verified, this verifies it, and
    API keys and triggers that were made before open nothing any more."""
    password_changes.reset(body.token, body.new_password, origin, platform=platform)
