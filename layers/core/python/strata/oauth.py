"""OAuth 2 for credentials: the authorisation code flow with PKCE, begun and completed by one user.

begin ─▶ the user's browser goes to the provider, and comes back to the front end with code and
         state ─▶ complete, by the same user ─▶ the credential

Why the browser's way back completes nothing by itself: docs/adr/0026.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from strata import opaque, providers
from strata.clock import timestamp_at
from strata.model.errors import AuthorizationFailed, Detail, InvalidBody
from strata.model.idempotency import Idempotency
from strata.model.provider import Client, Provider
from strata.platform import Platform
from strata.provider_checks import scope_problems
from strata.store import authorizations, credentials
from strata.store.authorizations import Authorization, context
from strata.store.credentials import Credential
from strata.store.idempotency import once
from strata.store.sealing import seal

Json = dict[str, Any]

CALLBACK = "/v1/oauth/callback"
LIFE = 600
_RANDOM_BYTES = 32
_STATE = re.compile(r"(aut_[0-9a-z]{26})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class NewAuthorization:
    """What a user asks for: a new credential of that name, or that one authorised anew. Without
    scopes those of the provider are asked for."""

    provider: str
    name: str | None = None
    scopes: list[str] | None = None
    credential_id: str | None = None


def begin(
    user_id: str,
    wanted: NewAuthorization,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """Where the user's browser has to go. Raises InvalidBody, Unavailable."""
    before = _before(user_id, wanted, platform)
    client = _client(wanted, platform)
    scopes = client.provider.scopes if wanted.scopes is None else wanted.scopes
    authorization_id = platform.clock.new_id("aut")
    state, verifier = f"{authorization_id}.{_random(platform)}", _random(platform)
    bound = context(authorization_id, user_id, client.provider_id)
    authorization = Authorization(
        id=authorization_id,
        user_id=user_id,
        provider=client.provider_id,
        issued_by=client.provider.digest,
        name=wanted.name or "",
        scopes=list(dict.fromkeys(scopes)),
        redirect_uri=redirect_uri(platform),
        state_hash=opaque.hashed(state),
        sealed=seal(verifier.encode(), bound, platform),
        expires=int(platform.clock.now().timestamp()) + LIFE,
        credential_id=before.id if before else "",
    )
    url = _authorize_url(client, authorization, state, verifier)
    answer = {**_view(authorization), "authorize_url": url}
    writes = [authorizations.put(authorization)]
    # The URL holds the state, which is the user's alone.
    hidden = "authorize_url"
    return once(user_id, idempotency, writes, answer, platform=platform, hidden_field=hidden)


def redirect_uri(platform: Platform) -> str:
    """Where providers send the browser back to: the same at both ends of a flow."""
    settings = platform.settings
    return settings.oauth_redirect_url or f"{settings.public_url}{CALLBACK}"


def check_answer(
    authorization: Authorization, provider: Provider, state: str, issuer: str | None
) -> None:
    """Whether an answer is the one to this very question. Raises InvalidBody, AuthorizationFailed
    where another provider gave it (RFC 9207): an issuer that is told is one that is declared."""
    if not opaque.proves(state, authorization.state_hash):
        sentence = "This is not the state of this authorisation."
        raise InvalidBody(errors=[Detail("/state", "invalid_state", sentence)])
    missing = issuer is None and provider.sends_issuer
    another = issuer is not None and issuer != provider.issuer
    if missing or another:
        sentence = "The answer does not come from the provider that was asked."
        raise AuthorizationFailed(errors=[Detail("/iss", "invalid_issuer", sentence)])


def _before(user_id: str, wanted: NewAuthorization, platform: Platform) -> Credential | None:
    """The credential that is authorised anew. Raises InvalidBody."""
    if wanted.credential_id is None:
        if wanted.name is None:
            raise _refusal("/name", "missing_field", "A new credential needs a name.")
        return None
    before = credentials.by_id(user_id, wanted.credential_id, platform)
    if before is None:
        sentence = "There is no credential with this id."
        raise _refusal("/credential_id", "unknown_credential", sentence)
    if before.kind != "oauth2" or before.provider != wanted.provider:
        sentence = "This credential is of another kind or provider."
        raise _refusal("/credential_id", "other_kind", sentence)
    return before


def _client(wanted: NewAuthorization, platform: Platform) -> Client:
    """Raises InvalidBody."""
    problems = list(scope_problems(wanted.scopes or []))
    client = providers.client_of(wanted.provider, platform)
    if client is None:
        sentence = "This provider is not configured in this environment."
        problems.append(Detail("/provider", "provider_not_configured", sentence))
    if client is None or problems:
        raise InvalidBody(errors=problems)
    return client


def _refusal(pointer: str, code: str, sentence: str) -> InvalidBody:
    return InvalidBody(errors=[Detail(pointer, code, sentence)])


def _random(platform: Platform) -> str:
    """43 characters that a URL carries unchanged."""
    return _text(platform.clock.random_bytes(_RANDOM_BYTES))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _authorize_url(client: Client, asked: Authorization, state: str, verifier: str) -> str:
    provider = client.provider
    own = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": asked.redirect_uri,
        "state": state,
        "code_challenge": _text(hashlib.sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    if asked.scopes:
        own["scope"] = provider.scope_separator.join(asked.scopes)
    return _with_query(provider.authorize_url, {**provider.authorize_parameters, **own})


def _with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with these parameters over its own."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **parameters}
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def _view(authorization: Authorization) -> Json:
    return {
        "id": authorization.id,
        "provider": authorization.provider,
        "credential_id": authorization.credential_id or None,
        "scopes": authorization.scopes,
        "redirect_uri": authorization.redirect_uri,
        "expires_at": timestamp_at(authorization.expires),
    }


def callback(code: str | None, state: str | None, issuer: str | None, error: str | None) -> Json:
    """What completes the authorisation that the state names, if its user sends it."""
    found = _STATE.fullmatch(state or "")
    path = f"/v1/credentials/authorizations/{found[1]}/complete" if found and code else None
    given = {"code": code, "state": state, "iss": issuer}
    body = {name: value for name, value in given.items() if value is not None}
    return {"send_to": path, "body": body, "error": error}
