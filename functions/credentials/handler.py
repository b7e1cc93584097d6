"""Credentials: secrets go in and never come out. And the providers that issue some of them."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import Field

from strata import credentials, oauth, oauth_completion, providers
from strata.http.parameters import CredentialId, Cursor, IfMatch, Limit, SecretOnce, User, World
from strata.http.resource import Resource
from strata.http.schemas import credentials as schemas
from strata.http.schemas import providers as provider_schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]
NewCredential = Annotated[
    schemas.ApiKeyCredential | schemas.HeaderCredential | schemas.UserPasswordCredential,
    Field(discriminator="kind"),
    Body(),
]
AuthorizationId = Annotated[
    str, Path(pattern="^aut_[0-9a-z]{26}$", description="Id of the authorisation.")
]
ProviderId = Annotated[
    str, Path(pattern="^[a-z][a-z0-9_-]{0,63}$", description="Name of the provider.")
]
Told = Annotated[
    str | None,
    # Without what a page, a shell or a text in quotes would take for its own.
    Query(pattern=r"^[!#-%(-;=?-\[\]-~]{1,4096}$", description="As the provider says."),
]

app = Resource("credentials")
handler = app.handle


@app.post(
    "/v1/credentials",
    permission="credential:write",
    status=201,
    answer=schemas.Credential,
    location="/v1/credentials/{id}",
)
def create_credential(
    body: NewCredential, *, user: User, once: SecretOnce, platform: World
) -> Json:
    """Keep a secret for the nodes that will use it."""
    return credentials.create(user, body.to_new(), idempotency=once, platform=platform)


@app.get("/v1/credentials", permission="credential:read", answer=schemas.CredentialPage)
def list_credentials(
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, *, user: User, platform: World
) -> Json:
    """Your credentials without their secrets, newest first."""
    return credentials.listing(user, page=PageRequest(limit, cursor), platform=platform)


@app.get(
    "/v1/credentials/{credential_id}", permission="credential:read", answer=schemas.UsedCredential
)
def read_credential(credential_id: CredentialId, *, user: User, platform: World) -> Json:
    """A credential without its secret, and the graphs that name it."""
    return credentials.get(user, credential_id, platform=platform)


@app.patch(
    "/v1/credentials/{credential_id}", permission="credential:write", answer=schemas.Credential
)
def change_credential(
    credential_id: CredentialId,
    body: schemas.CredentialChanges,
    *,
    user: User,
    if_match: IfMatch,
    platform: World,
) -> Json:
    """Change a credential: its name, its hosts, where its key stands, its secret."""
    changes = body.to_changes()
    return credentials.change(user, credential_id, changes, if_match=if_match, platform=platform)


@app.delete(
    "/v1/credentials/{credential_id}",
    permission="credential:delete",
    also={200: schemas.DeletedCredential},
)
def delete_credential(
    credential_id: CredentialId, *, user: User, platform: World
) -> tuple[Json | None, int]:
    """Delete a credential; no node can use it any more.

    What used it is told. Tokens are revoked at their provider once, where it has an address for
    that (RFC 7009); 200 with `revoked` false tells that they live on there.
    """
    told = credentials.delete(user, credential_id, platform=platform)
    return (told, 200) if told["used_by"] or told["revoked"] is False else (None, 204)


@app.post(
    "/v1/credentials/authorizations",
    permission="credential:write",
    status=201,
    answer=provider_schemas.Authorization,
)
def begin_authorization(
    body: provider_schemas.NewAuthorizationBody, *, user: User, once: SecretOnce, platform: World
) -> Json:
    """Begin an OAuth authorisation: where the browser has to go, for ten minutes."""
    return oauth.begin(user, body.to_new(), idempotency=once, platform=platform)


@app.post(
    "/v1/credentials/authorizations/{authorization_id}/complete",
    permission="credential:write",
    status=201,
    answer=schemas.Credential,
    location="/v1/credentials/{id}",
)
def complete_authorization(
    authorization_id: AuthorizationId,
    body: provider_schemas.AnswerOfProvider,
    *,
    user: User,
    once: SecretOnce,
    platform: World,
) -> Json:
    """Complete an authorisation that you began, with what the provider sent the browser back with;
    the credential, new or authorised anew."""
    return oauth_completion.complete(
        user, authorization_id, body.to_answer(), idempotency=once, platform=platform
    )


@app.get("/v1/oauth/callback", public=True, answer=provider_schemas.Callback)
def show_callback(
    code: Told = None,
    state: Told = None,
    iss: Told = None,
    error: Told = None,
) -> Json:
    """Where providers send the browser back to: shows what completes an authorisation, and
    completes nothing."""
    return oauth.callback(code, state, iss, error)


@app.get("/v1/providers", permission="credential:read", answer=provider_schemas.ProviderPage)
def list_providers(
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, *, user: User, platform: World
) -> Json:
    """The OAuth providers by name, and whether this environment is a client of theirs."""
    return providers.listing(user, page=PageRequest(limit, cursor), platform=platform)


@app.get("/v1/providers/{provider}", permission="credential:read", answer=provider_schemas.Provider)
def read_provider(provider: ProviderId, *, platform: World) -> Json:
    """A provider without the secret of this environment's client."""
    return providers.get(provider, platform=platform)


@app.put("/v1/providers/{provider}", permission="provider:write", answer=provider_schemas.Provider)
def save_provider(
    provider: ProviderId, body: provider_schemas.NewProvider, *, if_match: IfMatch, platform: World
) -> Json:
    """Make this environment a client of a provider, or define a provider of its own."""
    return providers.save(provider, body.to_new(), if_match=if_match, platform=platform)


@app.delete("/v1/providers/{provider}", permission="provider:write")
def delete_provider(provider: ProviderId, *, if_match: IfMatch, platform: World) -> None:
    """Forget this environment's client; no token of the provider is renewed any more."""
    providers.delete(provider, if_match=if_match, platform=platform)
