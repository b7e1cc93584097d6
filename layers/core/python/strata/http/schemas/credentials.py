"""Bodies of `functions/credentials`."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.credentials import NewCredential
from strata.http.schemas.parts import Body, NextCursor, Time

Hosts = Annotated[
    list[str],
    Field(max_length=50, description="The hosts that may get it.", examples=[["api.example.com"]]),
]
Text = Annotated[str, Field(max_length=8192)]


class Placement(Body):
    """Where the key stands in a request."""

    header: Annotated[str, Field(min_length=1, max_length=128)] = "Authorization"
    prefix: Annotated[str, Field(max_length=128)] = "Bearer "


class ApiKeySecret(Body):
    key: Annotated[Text, Field(min_length=1)]


class HeaderSecret(Body):
    headers: Annotated[dict[str, Text], Field(min_length=1, max_length=20)]


class _Common(Body):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    provider: Annotated[str, Field(min_length=1, max_length=100, examples=["example"])]
    allowed_hosts: Hosts


class ApiKeyCredential(_Common):
    kind: Literal["api_key"]
    secret: ApiKeySecret
    placement: Placement = Placement()

    def to_new(self) -> NewCredential:
        return NewCredential(**self.model_dump(exclude_unset=True))


class HeaderCredential(_Common):
    kind: Literal["header"]
    secret: HeaderSecret

    def to_new(self) -> NewCredential:
        return NewCredential(**self.model_dump(exclude_unset=True))


class PlacementShown(TypedDict):
    header: str
    prefix: str


class Credential(TypedDict):
    id: str
    kind: Literal["api_key", "header"]
    name: str
    provider: str
    allowed_hosts: list[str]
    placement: PlacementShown | None
    masked: Annotated[str, Field(description="Enough to tell two apart, too little to use.")]
    created_at: Time


class CredentialPage(TypedDict):
    items: list[Credential]
    next_cursor: NextCursor
