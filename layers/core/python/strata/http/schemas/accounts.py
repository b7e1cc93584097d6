"""Bodies of `functions/accounts`."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import UNCHANGED, Body, Revision, Time
from strata.model.names import NameOrNone
from strata.model.user import User
from strata.one_time_tokens import MAX_TOKEN

Email = Annotated[str, Field(max_length=320, examples=["ada@example.com"])]
Password = Annotated[str, Field(max_length=1024, json_schema_extra={"format": "password"})]
NewPassword = Annotated[
    Password, Field(description="15 to 128 characters; none that is easily guessed.")
]
OneTimeToken = Annotated[
    str,
    Field(
        max_length=MAX_TOKEN,
        json_schema_extra={"format": "password"},
        description="As it stands in the letter.",
    ),
]
Preferences = Annotated[
    dict[str, Any],
    Field(description="Whatever a client keeps for you: up to 8 KB, 8 levels deep."),
]


class Registration(Body):
    email: Email
    password: NewPassword
    name: NameOrNone = ""


class ProfileChanges(Body):
    """Only the fields that are there change."""

    name: Annotated[NameOrNone, UNCHANGED] = ""
    preferences: Annotated[Preferences, UNCHANGED] = Field(default_factory=dict)


class PasswordChange(Body):
    current_password: Password
    new_password: NewPassword


class Confirmation(Body):
    token: OneTimeToken


class PasswordResetRequest(Body):
    email: Email


class PasswordReset(Body):
    token: OneTimeToken
    new_password: NewPassword


class Profile(TypedDict):
    id: str
    email: str
    email_verified: bool
    name: str
    role: Annotated[str, Field(examples=["member"])]
    preferences: dict[str, Any]
    created_at: Time
    revision: Revision


class Registered(TypedDict):
    user: Profile


def profile(user: User) -> dict[str, Any]:
    """What a user is shown of themselves."""
    return {name: getattr(user, name) for name in Profile.__annotations__}
