"""What several bodies are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]

Time = Annotated[
    str, Field(description="RFC 3339 in UTC.", json_schema_extra={"format": "date-time"})
]
NextCursor = Annotated[
    str | None, Field(description="Asks for the page after this one; null after the last.")
]
Revision = Annotated[
    int, Field(description="Counts the changes; the ETag is this number in quotes.")
]
Values = Annotated[
    dict[str, Any],
    Field(
        description='By name; instead of a large one, {"$large": {"bytes", "url", "expires_at"}}.'
    ),
]


def _absent(schema: Json) -> None:
    schema.pop("default", None)


UNCHANGED = Field(json_schema_extra=_absent)
"""Marks a field that is left as it is where a body lacks it; its default is never read."""


class Body(BaseModel):
    """Of a request: no field but these, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)
