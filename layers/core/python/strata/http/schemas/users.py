"""Bodies of `functions/users`."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.accounts import Password
from strata.http.schemas.parts import UNCHANGED, Body, NextCursor, Revision, Time

Role = Literal["member", "operator", "admin"]
Status = Literal["active", "disabled", "leaving"]


class UserChanges(Body):
    """Only the fields that are there change."""

    status: Annotated[Literal["active", "disabled"], UNCHANGED] = "active"
    role: Annotated[Role, UNCHANGED] = "member"


class Leaving(Body):
    current_password: Password


class User(TypedDict):
    id: str
    email: str
    name: str
    role: Role
    status: Annotated[Status, Field(description="`leaving`: the account is being deleted.")]
    email_verified: bool
    created_at: Time
    revision: Revision


class UserPage(TypedDict):
    items: list[User]
    next_cursor: NextCursor


class Departure(TypedDict):
    status: Literal["leaving"]


class Exported(TypedDict):
    type: Annotated[str, Field(description="What it is, such as `graph_version` or `session`.")]
    data: dict[str, Any]


class ExportPage(TypedDict):
    items: list[Exported]
    next_cursor: NextCursor


class AuditEntry(TypedDict):
    id: str
    at: Time
    actor: Annotated[str, Field(description="Id of the user who did it, or `system`.")]
    by: Annotated[
        str,
        Field(
            description="Id of the session, API key or trigger that they came with; `callback` for "
            "the URL of a node."
        ),
    ]
    action: Annotated[str, Field(description="The operation, as this document calls it.")]
    resource: Annotated[str, Field(description="Ids of what it was about, with `/` between.")]
    result: Annotated[str, Field(description="`ok`, or the code of the error.")]
    source: Annotated[str, Field(description="The address that it came from.")]
    user_agent: str
    request_id: str


class AuditPage(TypedDict):
    items: list[AuditEntry]
    next_cursor: NextCursor
