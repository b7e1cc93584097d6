"""Bodies of `functions/credentials`: providers, and the authorisations at them."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import Body, NextCursor, Revision, Time
from strata.oauth import NewAuthorization
from strata.oauth_completion import Answer
from strata.providers import NewClient

Url = Annotated[str, Field(min_length=1, max_length=2048, examples=["https://example.com/token"])]
Scopes = Annotated[list[Annotated[str, Field(min_length=1, max_length=256)]], Field(max_length=100)]
Words = Annotated[
    dict[
        Annotated[str, Field(min_length=1, max_length=64)],
        Annotated[str, Field(min_length=1, max_length=256)],
    ],
    Field(max_length=20),
]
Visible = r"^[\x21-\x7e]+$"
ProviderName = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,63}$", examples=["github"])]


class Definition(Body):
    """A provider that Strata does not know."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    authorize_url: Url
    token_url: Url
    revoke_url: Annotated[Url | None, Field(description="RFC 7009.")] = None
    allowed_hosts: Annotated[
        list[str], Field(min_length=1, max_length=50, description="The hosts that tokens go to.")
    ]
    scopes: Annotated[Scopes, Field(description="Asked for where a user names none.")] = Field(
        default_factory=list
    )
    scope_separator: Literal[" ", ","] = " "
    client_auth: Literal["basic", "body", "none"] = "basic"
    body_format: Literal["form", "json"] = "form"
    request_headers: Annotated[Words, Field(description="Names in small letters.")] = Field(
        default_factory=dict
    )
    bearer_name: Annotated[str, Field(min_length=1, max_length=64)] = "bearer"
    authorize_parameters: Words = Field(default_factory=dict)
    issuer: Annotated[Url | None, Field(description="RFC 9207.")] = None
    sends_issuer: bool = False
    widens_scopes: Annotated[
        bool, Field(description="Whether it may grant more than asked, or in other words.")
    ] = False


class NewProvider(Body):
    client_id: Annotated[str, Field(min_length=1, max_length=512, pattern=Visible)]
    client_secret: Annotated[
        str, Field(max_length=4096, description="Needed unless client_auth is none.")
    ] = ""
    definition: Annotated[
        Definition | None, Field(description="Only of a provider that is not built in.")
    ] = None

    def to_new(self) -> NewClient:
        definition = self.definition.model_dump() if self.definition else None
        return NewClient(self.client_id, self.client_secret, definition)


class Provider(TypedDict):
    id: str
    title: str
    authorize_url: str
    token_url: str
    revoke_url: str | None
    allowed_hosts: list[str]
    scopes: list[str]
    scope_separator: str
    client_auth: Literal["basic", "body", "none"]
    body_format: Literal["form", "json"]
    request_headers: dict[str, str]
    bearer_name: str
    authorize_parameters: dict[str, str]
    issuer: str | None
    sends_issuer: bool
    widens_scopes: bool
    built_in: bool
    configured: Annotated[bool, Field(description="Whether one can authorise there.")]
    client_id: str | None
    created_at: Time | None
    updated_at: Time | None
    revision: Revision


class ProviderPage(TypedDict):
    items: list[Provider]
    next_cursor: NextCursor


class NewAuthorizationBody(Body):
    """Of a new credential, or of one that is authorised anew."""

    provider: ProviderName
    name: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="Of the credential; needed for a new one."),
    ] = None
    scopes: Annotated[Scopes | None, Field(description="By default those of the provider.")] = None
    credential_id: Annotated[str | None, Field(max_length=100)] = None

    def to_new(self) -> NewAuthorization:
        return NewAuthorization(**self.model_dump())


class Authorization(TypedDict):
    id: str
    provider: str
    credential_id: str | None
    scopes: list[str]
    redirect_uri: str
    authorize_url: Annotated[str, Field(description="Where the user's browser has to go.")]
    expires_at: Time


class AnswerOfProvider(Body):
    """What the provider sent the browser back with."""

    code: Annotated[str, Field(min_length=1, max_length=4096)]
    state: Annotated[str, Field(min_length=1, max_length=512)]
    iss: Annotated[str | None, Field(max_length=2048)] = None

    def to_answer(self) -> Answer:
        return Answer(self.code, self.state, self.iss)


class Callback(TypedDict):
    """What to send where, by whoever began the authorisation."""

    send_to: Annotated[str | None, Field(description="The path, as far as the state tells it.")]
    body: dict[str, Any]
    error: Annotated[str | None, Field(description="Why the provider sent no code.")]
