"""Credentials: secrets go in and never come out."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from strata import credentials
from strata.http.parameters import CredentialId, Cursor, Limit, SecretOnce, User, World
from strata.http.resource import Resource
from strata.http.schemas import credentials as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]
NewCredential = Annotated[
    schemas.ApiKeyCredential | schemas.HeaderCredential, Field(discriminator="kind"), Body()
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


@app.get("/v1/credentials/{credential_id}", permission="credential:read", answer=schemas.Credential)
def read_credential(credential_id: CredentialId, *, user: User, platform: World) -> Json:
    """A credential without its secret."""
    return credentials.get(user, credential_id, platform=platform)


@app.delete("/v1/credentials/{credential_id}", permission="credential:delete")
def delete_credential(credential_id: CredentialId, *, user: User, platform: World) -> None:
    """Delete a credential; no node can use it any more."""
    credentials.delete(user, credential_id, platform=platform)
