"""API keys: what programs of a user call with."""

from typing import Any

from strata import api_keys
from strata.http.parameters import ApiKeyId, Caller, Cursor, IfMatch, Limit, Once, User, World
from strata.http.resource import Resource
from strata.http.schemas import api_keys as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("api_keys")
handler = app.handle

NO_OTHER_OVERLAP = schemas.Rotation()


@app.post(
    "/v1/api-keys",
    permission="api_key:write",
    status=201,
    answer=schemas.ShownApiKey,
    location="/v1/api-keys/{id}",
)
def create_api_key(body: schemas.NewKey, *, caller: Caller, once: Once, platform: World) -> Json:
    """Make an API key; this answer alone shows it.

    Its scopes are no wider than what you may do now, and never wider than what you may do later.
    """
    return api_keys.create(caller, body.to_new(), idempotency=once, platform=platform)


@app.get("/v1/api-keys", permission="api_key:read", answer=schemas.ApiKeyPage, always=True)
def list_api_keys(
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, *, user: User, platform: World
) -> Json:
    """Your API keys, newest first."""
    return api_keys.listing(user, page=PageRequest(limit, cursor), platform=platform)


@app.get("/v1/api-keys/{key_id}", permission="api_key:read", answer=schemas.ApiKey)
def read_api_key(key_id: ApiKeyId, *, user: User, platform: World) -> Json:
    """An API key without its secret."""
    return api_keys.get(user, key_id, platform=platform)


@app.patch("/v1/api-keys/{key_id}", permission="api_key:write", answer=schemas.ApiKey, always=True)
def change_api_key(
    key_id: ApiKeyId,
    body: schemas.KeyChanges,
    *,
    caller: Caller,
    if_match: IfMatch,
    platform: World,
) -> Json:
    """Change name, scopes, expiry or limits of an API key, or suspend it; it acts at once."""
    changes = body.model_dump(exclude_unset=True)
    return api_keys.change(caller, key_id, changes, if_match=if_match, platform=platform)


@app.delete("/v1/api-keys/{key_id}", permission="api_key:delete", always=True)
def delete_api_key(key_id: ApiKeyId, *, user: User, platform: World) -> None:
    """Delete an API key; it opens nothing from the next request on."""
    api_keys.delete(user, key_id, platform=platform)


@app.post("/v1/api-keys/{key_id}/rotate", permission="api_key:write", answer=schemas.ShownApiKey)
def rotate_api_key(
    key_id: ApiKeyId,
    body: schemas.Rotation = NO_OTHER_OVERLAP,
    *,
    user: User,
    if_match: IfMatch,
    once: Once,
    platform: World,
) -> Json:
    """Give an API key a new secret; the old one opens until the overlap is over.

    A secret older than the last one is dead at once.
    """
    return api_keys.rotate(
        user,
        key_id,
        body.overlap_seconds,
        if_match=if_match,
        idempotency=once,
        platform=platform,
    )
