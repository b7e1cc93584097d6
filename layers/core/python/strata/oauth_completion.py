"""The end of an authorisation: its own user brings the code, and gets the credential."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from strata import oauth_revocation, oauth_tokens, providers
from strata.clock import timestamp
from strata.credential_views import view
from strata.model.credential import masked
from strata.model.errors import (
    AuthorizationFailed,
    NotFound,
    ProviderUnavailable,
    RequestInFlight,
    Unavailable,
)
from strata.model.idempotency import Idempotency
from strata.model.provider import Client
from strata.oauth import check_answer
from strata.oauth_tokens import TokenRefused, Tokens, TokenUnavailable, UnknownAnswer
from strata.platform import Platform
from strata.ports import ConditionFailed, InvalidCiphertext, Write
from strata.store import authorizations, credentials
from strata.store.authorizations import Authorization
from strata.store.credentials import Credential, context
from strata.store.idempotency import answered, once
from strata.store.sealing import forget, open_sealed, seal

Json = dict[str, Any]

ATTEMPTS = 5
"""So often a credential that changes meanwhile is looked at again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent the browser back with; `issuer` is its `iss`."""

    code: str
    state: str
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class _Grant:
    """What came of an authorisation."""

    authorization: Authorization
    client: Client
    tokens: Tokens

    @property
    def scopes(self) -> list[str]:
        """Without a word of the provider, what was asked for (RFC 6749, 5.1)."""
        granted = self.tokens.scopes
        return self.authorization.scopes if granted is None else granted


def complete(
    user_id: str,
    authorization_id: str,
    answer: Answer,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """The credential, new or authorised anew.

    Raises NotFound (also where it was completed or has expired), InvalidBody, RequestInFlight,
    AuthorizationFailed, ProviderUnavailable, Unavailable."""
    before = answered(user_id, idempotency, platform=platform)
    if before is not None:
        return before
    authorization = authorizations.by_id(user_id, authorization_id, platform)
    if authorization is None:
        raise NotFound
    client = _client(authorization, platform)
    check_answer(authorization, client.provider, answer.state, answer.issuer)
    verifier = _verifier(authorization, platform)
    if not authorizations.claim(authorization, platform):
        raise RequestInFlight("This authorisation is being completed by another request.")
    tokens = _redeemed(authorization, client, answer.code, verifier, platform)
    return _kept(_Grant(authorization, client, tokens), idempotency, platform)


def _client(authorization: Authorization, platform: Platform) -> Client:
    client = providers.client_of(authorization.provider, platform)
    if client is None or client.provider.digest != authorization.issued_by:
        raise AuthorizationFailed("The provider is configured in another way since; begin again.")
    return client


def _verifier(authorization: Authorization, platform: Platform) -> str:
    try:
        return open_sealed(authorization.sealed, authorization.context, platform).decode()
    except InvalidCiphertext:
        raise NotFound from None


def _redeemed(
    authorization: Authorization, client: Client, code: str, verifier: str, platform: Platform
) -> Tokens:
    try:
        uri = authorization.redirect_uri
        return oauth_tokens.redeem(client, code, verifier, uri, platform)
    except TokenRefused as refused:
        platform.table.write(authorizations.delete(authorization))
        message = f"The provider refuses the authorisation: {refused.reason}."
        raise AuthorizationFailed(message) from None
    except UnknownAnswer:
        platform.table.write(authorizations.delete(authorization))
        message = "The provider's answer is none that OAuth 2 knows."
        raise AuthorizationFailed(message) from None
    except TokenUnavailable:
        authorizations.release(authorization, platform)
        raise ProviderUnavailable from None


def _kept(grant: _Grant, idempotency: Idempotency | None, platform: Platform) -> Json:
    """Written down, or given back to the provider as well as that can be done."""
    try:
        _check_scopes(grant)
        if grant.authorization.credential_id:
            return _authorized_anew(grant, idempotency, platform)
        return _made(grant, idempotency, platform)
    except AuthorizationFailed:
        oauth_revocation.revoke(_credential(grant, "", platform), grant.tokens, platform)
        platform.table.write(authorizations.delete(grant.authorization))
        raise
    except Unavailable:
        # Nobody knows whether it was written: the tokens are left alone, they may be in use.
        with suppress(Unavailable):
            authorizations.release(grant.authorization, platform)
        raise


def _check_scopes(grant: _Grant) -> None:
    """Raises AuthorizationFailed for more than the user agreed to ask for."""
    if grant.client.provider.exceeds(grant.authorization.scopes, grant.scopes):
        raise AuthorizationFailed("The provider grants more than was asked for.")


def _made(grant: _Grant, idempotency: Idempotency | None, platform: Platform) -> Json:
    credential = _credential(grant, platform.clock.new_id("crd"), platform)
    sealed = seal(grant.tokens.to_secret(), credential.context, platform)
    credential = replace(credential, sealed=sealed)
    return _written([credentials.put(credential)], grant, credential, idempotency, platform)


def _credential(grant: _Grant, credential_id: str, platform: Platform) -> Credential:
    """Without its secret."""
    now = timestamp(platform.clock.now())
    asked, provider = grant.authorization, grant.client.provider
    return Credential(
        id=credential_id,
        user_id=asked.user_id,
        kind="oauth2",
        name=asked.name,
        provider=asked.provider,
        allowed_hosts=list(provider.allowed_hosts),
        placement=None,
        # Every renewal gives another token: there is no end of one to tell it by.
        masked=masked(""),
        sealed="",
        created_at=now,
        updated_at=now,
        asked_scopes=asked.scopes,
        scopes=grant.scopes,
        token_expires=grant.tokens.expires_at,
        renewable=grant.tokens.refresh_token is not None,
        issued_by=provider.digest,
    )


_ANEW = (
    *("masked", "updated_at", "asked_scopes", "scopes", "status"),
    *("token_expires", "renewable", "issued_by", "lease", "lease_until"),
)


def _authorized_anew(grant: _Grant, idempotency: Idempotency | None, platform: Platform) -> Json:
    asked = grant.authorization
    fresh = _credential(grant, asked.credential_id, platform)
    for _ in range(ATTEMPTS):
        before = credentials.by_id(asked.user_id, asked.credential_id, platform)
        if before is None:
            raise AuthorizationFailed("The credential was deleted meanwhile.")
        version = before.version + 1
        bound = context(before.id, before.user_id, before.provider, version)
        changes = {name: getattr(fresh, name) for name in _ANEW}
        # What its user has chosen stays, unless they chose anew.
        changes["name"] = fresh.name or before.name
        if not before.hosts_chosen:
            changes["allowed_hosts"] = fresh.allowed_hosts
        changes |= {"version": version, "sealed": seal(grant.tokens.to_secret(), bound, platform)}
        after = replace(before, **changes, revision=before.revision + 1)
        writes = [credentials.updated(before, changes)]
        try:
            answer = _written(writes, grant, after, idempotency, platform)
        except ConditionFailed:
            continue
        forget(before.sealed, platform)
        return answer
    raise Unavailable("The credential changes all the time.")


def _written(
    writes: Sequence[Write],
    grant: _Grant,
    credential: Credential,
    idempotency: Idempotency | None,
    platform: Platform,
) -> Json:
    """With the end of the authorisation, in one transaction."""
    every = [*writes, authorizations.delete(grant.authorization)]
    return once(
        grant.authorization.user_id, idempotency, every, view(credential), platform=platform
    )
