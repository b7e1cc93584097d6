"""Bodies of `functions/credentials`: credentials."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.credentials import NewCredential
from strata.http.schemas.parts import UNCHANGED, Body, Json, NextCursor, Revision, Time
from strata.model.names import Name

Hosts = Annotated[
    list[str],
    Field(max_length=50, description="The hosts that may get it.", examples=[["api.example.com"]]),
]
Text = Annotated[str, Field(max_length=8192)]
Key = Annotated[Text, Field(min_length=1)]
Headers = Annotated[dict[str, Text], Field(min_length=1, max_length=20)]


class Placement(Body):
    """Where the key stands in a request."""

    header: Annotated[str, Field(min_length=1, max_length=128)] = "Authorization"
    prefix: Annotated[str, Field(max_length=128)] = "Bearer "


class ApiKeySecret(Body):
    key: Key


class HeaderSecret(Body):
    headers: Headers


class UserPasswordSecret(Body):
    username: Annotated[Text, Field(description="Without a colon.")]
    password: Text


class _Common(Body):
    name: Name
    provider: Annotated[str, Field(min_length=1, max_length=100, examples=["example"])]
    allowed_hosts: Hosts

    def to_new(self) -> NewCredential:
        return NewCredential(**self.model_dump(exclude_unset=True))


class ApiKeyCredential(_Common):
    kind: Literal["api_key"]
    secret: ApiKeySecret
    placement: Placement = Placement()


class HeaderCredential(_Common):
    kind: Literal["header"]
    secret: HeaderSecret


class UserPasswordCredential(_Common):
    """Sent as HTTP Basic."""

    kind: Literal["user_password"]
    secret: UserPasswordSecret


class ChangedPlacement(Body):
    header: Annotated[str, Field(min_length=1, max_length=128), UNCHANGED] = ""
    prefix: Annotated[str, Field(max_length=128), UNCHANGED] = ""


class ChangedSecret(Body):
    """All fields of the credential's kind, and no others."""

    key: Annotated[Key, UNCHANGED] = ""
    headers: Annotated[Headers, UNCHANGED] = Field(default_factory=dict)
    username: Annotated[Text, UNCHANGED] = ""
    password: Annotated[Text, UNCHANGED] = ""


class CredentialChanges(Body):
    """Only the fields that are there change. A host that was not allowed before, and another
    placement, need the secret again."""

    name: Annotated[Name, UNCHANGED] = ""
    allowed_hosts: Annotated[Hosts, UNCHANGED] = Field(default_factory=list)
    placement: Annotated[ChangedPlacement, UNCHANGED] = ChangedPlacement()
    secret: Annotated[ChangedSecret, UNCHANGED] = ChangedSecret()

    def to_changes(self) -> Json:
        return self.model_dump(exclude_unset=True)


class PlacementShown(TypedDict):
    header: str
    prefix: str


class Credential(TypedDict):
    id: str
    kind: Literal["api_key", "header", "oauth2", "user_password"]
    name: str
    provider: str
    allowed_hosts: list[str]
    placement: PlacementShown | None
    masked: Annotated[str, Field(description="Enough to tell two apart, too little to use.")]
    status: Annotated[
        Literal["active", "needs_authorization"],
        Field(description="Whether nodes can use it; of kind oauth2 it may have to be renewed."),
    ]
    scopes: Annotated[
        list[str] | None, Field(description="What was granted; null but for kind oauth2.")
    ]
    expires_at: Annotated[
        Time | None, Field(description="When an authorisation ends that cannot be renewed.")
    ]
    created_at: Time
    updated_at: Time
    revision: Revision


class TriggerOfUse(TypedDict):
    id: str
    name: str


class Use(TypedDict):
    """A graph that names a credential."""

    graph_id: str
    name: str
    versions: Annotated[list[int], Field(description="Newest first; the last 20.")]
    nodes: Annotated[list[str], Field(description="Of the newest of these versions; up to 20.")]
    triggers: Annotated[list[TriggerOfUse], Field(description="Newest first; up to 20.")]


UsedBy = Annotated[
    list[Use],
    Field(description="The first 50 graphs that name it. The ETag does not tell of them."),
]


class UsedCredential(Credential):
    used_by: UsedBy


class DeletedCredential(TypedDict):
    used_by: UsedBy
    revoked: Annotated[
        bool | None,
        Field(
            description="Whether its provider confirmed that the tokens are revoked; if not, they "
            "live on there until they end or are revoked by hand. Null but for kind oauth2."
        ),
    ]


class CredentialPage(TypedDict):
    items: list[Credential]
    next_cursor: NextCursor
