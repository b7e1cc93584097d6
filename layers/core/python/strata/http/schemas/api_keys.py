"""Bodies of `functions/api_keys`."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from strata.api_key_checks import MOMENT
from strata.api_keys import DEFAULT_OVERLAP_SECONDS, NewApiKey
from strata.http.schemas.parts import UNCHANGED, Body, NextCursor, Revision, Time
from strata.model.api_key import ApiKeyStatus
from strata.model.names import Name
from strata.model.user import KEY_SCOPES

MAX_OVERLAP_SECONDS = 7 * 86_400

# What is none of these is refused by its own code, and not as a fault of the form.
Scope = Annotated[str, Field(max_length=64, json_schema_extra={"enum": [*sorted(KEY_SCOPES)]})]
Scopes = Annotated[
    list[Scope],
    Field(
        min_length=1,
        max_length=50,
        description="What the key may do; no more than you may.",
        examples=[["graph:read", "graph:execute"]],
    ),
]
Expiry = Annotated[
    str | None,
    Field(
        pattern=f"^{MOMENT}$",
        max_length=40,
        description="RFC 3339; null for a key that stays.",
        examples=["2027-01-01T00:00:00Z"],
    ),
]
PerMinute = Annotated[
    int | None,
    Field(ge=1, le=1_000_000, description="Of this key; your own limit holds besides."),
]
PerDay = Annotated[
    int | None,
    Field(ge=1, le=100_000_000, description="Of this key; your own limit holds besides."),
]


class NewKey(Body):
    name: Name
    scopes: Scopes
    expires_at: Expiry = None
    requests_per_minute: PerMinute = None
    requests_per_day: PerDay = None

    def to_new(self) -> NewApiKey:
        return NewApiKey(**self.model_dump())


class KeyChanges(Body):
    """Only the fields that are there change."""

    name: Annotated[Name, UNCHANGED] = ""
    scopes: Annotated[Scopes, UNCHANGED] = Field(default_factory=list)
    expires_at: Annotated[Expiry, UNCHANGED] = None
    requests_per_minute: Annotated[PerMinute, UNCHANGED] = None
    requests_per_day: Annotated[PerDay, UNCHANGED] = None
    status: Annotated[ApiKeyStatus, UNCHANGED] = "active"


class Rotation(Body):
    overlap_seconds: Annotated[
        int,
        Field(ge=0, le=MAX_OVERLAP_SECONDS, description="For so long the old key opens, too."),
    ] = DEFAULT_OVERLAP_SECONDS


class ApiKey(TypedDict):
    id: str
    name: str
    masked: Annotated[str, Field(description="The key without its secret.")]
    scopes: list[str]
    status: ApiKeyStatus
    expires_at: Time | None
    last_used_at: Annotated[
        Time | None,
        Field(description="To the minute; a use is no change, and leaves the ETag as it is."),
    ]
    requests_per_minute: int | None
    requests_per_day: int | None
    previous_until: Annotated[
        Time | None, Field(description="Until then the key before the last rotation opens, too.")
    ]
    created_at: Time
    updated_at: Time
    revision: Revision


class ShownApiKey(ApiKey):
    key: Annotated[
        str,
        Field(
            description="Goes into the header X-API-Key; shown this once. The same Idempotency-Key "
            "gets it again until the key is rotated or deleted, from then on masked."
        ),
    ]


class ApiKeyPage(TypedDict):
    items: list[ApiKey]
    next_cursor: NextCursor
