"""A credential as the API shows it: all but its secret."""

from typing import Any

from strata.clock import timestamp_at
from strata.store.credentials import Credential


def view(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "kind": credential.kind,
        "name": credential.name,
        "provider": credential.provider,
        "allowed_hosts": credential.allowed_hosts,
        "placement": credential.placement,
        "masked": credential.masked,
        "status": credential.status,
        "scopes": credential.scopes if credential.kind == "oauth2" else None,
        "expires_at": _end(credential),
        "created_at": credential.created_at,
        "updated_at": credential.updated_at,
        "revision": credential.revision,
    }


def _end(credential: Credential) -> str | None:
    """Of an authorisation that ends with its access token, since nothing can renew that."""
    if credential.renewable or not credential.token_expires:
        return None
    return timestamp_at(credential.token_expires)
