"""Bodies of `functions/auth`."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata import sessions
from strata.http.schemas.accounts import Email, Password
from strata.http.schemas.parts import Body, NextCursor, Time

RefreshToken = Annotated[
    str,
    Field(description="Opaque, used once; good for 7 days from each use, 30 days from sign-in."),
]


class Login(Body):
    email: Email
    password: Password


class Refresh(Body):
    refresh_token: Annotated[str, Field(max_length=1024, json_schema_extra={"format": "password"})]


class Tokens(TypedDict):
    access_token: str
    refresh_token: RefreshToken
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(description="Seconds that the access token lives.")]


class Session(TypedDict):
    id: str
    created_at: Time
    last_used_at: Annotated[Time, Field(description="Of the sign-in or the last refresh.")]
    expires_at: Annotated[Time, Field(description="Unless it is used again.")]
    source: Annotated[str, Field(description="The address that signed in.")]
    user_agent: Annotated[str, Field(description="What the client called itself.")]
    current: Annotated[bool, Field(description="Whether this request comes with it.")]


class SessionPage(TypedDict):
    items: list[Session]
    next_cursor: NextCursor


def tokens(login: sessions.Login) -> dict[str, Any]:
    return {
        "access_token": login.access_token,
        "refresh_token": login.refresh_token,
        "token_type": "Bearer",
        "expires_in": login.expires_in,
    }
