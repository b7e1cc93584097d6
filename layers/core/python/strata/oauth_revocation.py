"""Tokens that nothing here needs any more are revoked at their provider, as well as can be done:
a provider that does not answer keeps nobody from deleting a credential."""

from strata import oauth_tokens, providers
from strata.model.errors import Unavailable
from strata.oauth_tokens import Tokens, TokenUnavailable
from strata.observability import record_failure
from strata.platform import Platform
from strata.ports import InvalidCiphertext
from strata.store.credentials import Credential
from strata.store.sealing import open_sealed


def opened(credential: Credential, platform: Platform) -> Tokens | None:
    """Before the credential is deleted; None where there are none, or they cannot be opened."""
    if credential.kind != "oauth2":
        return None
    try:
        sealed = open_sealed(credential.sealed, credential.context, platform)
    except (InvalidCiphertext, Unavailable) as error:
        _record(credential, error, platform)
        return None
    return oauth_tokens.from_secret(sealed)


def revoke(credential: Credential, tokens: Tokens | None, platform: Platform) -> bool:
    """Whether the provider says that it has done so. Raises nothing; what went wrong is logged."""
    if tokens is None:
        return False
    try:
        client = providers.client_of(credential.provider, platform)
        # Endpoints that were exchanged since did not issue these tokens, and shall not learn them.
        if client and client.provider.digest == credential.issued_by:
            return oauth_tokens.revoke(client, tokens, platform)
    except (TokenUnavailable, Unavailable) as error:
        _record(credential, error, platform)
    return False


def _record(credential: Credential, error: Exception, platform: Platform) -> None:
    ids = {"user_id": credential.user_id, "credential_id": credential.id}
    record_failure("revoke_tokens", error, platform=platform, ids=ids)
