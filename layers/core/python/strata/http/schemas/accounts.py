"""Bodies of `functions/auth`."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from strata import sessions
from strata.http.schemas.parts import Body, Time
from strata.model.user import User

Email = Annotated[str, Field(max_length=320, examples=["ada@example.com"])]
Password = Annotated[str, Field(max_length=1024, json_schema_extra={"format": "password"})]


class Registration(Body):
    email: Email
    password: Annotated[Password, Field(description="15 to 128 characters.")]
    name: Annotated[str, Field(max_length=200)] = ""


class Login(Body):
    email: Email
    password: Password


class Profile(TypedDict):
    id: str
    email: str
    name: str
    created_at: Time


class Registered(TypedDict):
    user: Profile


class Session(TypedDict):
    access_token: str
    token_type: str
    expires_in: Annotated[int, Field(description="Seconds.")]


def session(login: sessions.Login) -> dict[str, Any]:
    return {
        "access_token": login.access_token,
        "token_type": "Bearer",
        "expires_in": login.expires_in,
    }


def profile(user: User) -> dict[str, Any]:
    """What a user is shown of themselves."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "created_at": user.created_at,
    }
