"""Bodies of `functions/users`."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import NextCursor, Time


class AuditEntry(TypedDict):
    id: str
    at: Time
    actor: Annotated[str, Field(description="Id of the user who did it, or `system`.")]
    by: Annotated[str, Field(description="Id of the session or API key that they came with.")]
    action: Annotated[str, Field(description="The operation, as this document calls it.")]
    resource: Annotated[str, Field(description="Ids of what it was about, with `/` between.")]
    result: Annotated[str, Field(description="`ok`, or the code of the error.")]
    source: Annotated[str, Field(description="The address that it came from.")]
    user_agent: str
    request_id: str


class AuditPage(TypedDict):
    items: list[AuditEntry]
    next_cursor: NextCursor
