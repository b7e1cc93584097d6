"""What is asked of a provider's token endpoint, and how its answers are read: as a stranger's.

No error of this module holds a code, a token or anything else that was sent or answered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from strata.credential_checks import is_header_value
from strata.model.block import HttpAnswer, HttpCall
from strata.model.credential import basic
from strata.model.errors import NodeError
from strata.model.hosts import normal_host
from strata.model.provider import Client
from strata.platform import Platform
from strata.provider_checks import SCOPE

Json = dict[str, Any]

SECONDS = 10
"""For one answer: a request of ours has 29 seconds for all that it does."""
REVOCATION_SECONDS = 3
"""Nobody needs this answer, and somebody waits for what comes after."""
MOST_BYTES = 65_536
MOST_TOKEN = 16_384
MOST_SCOPES = 100
MOST_LIFE = 10 * 365 * 24 * 3600

_ENDS_GRANT = frozenset(("invalid_grant", "bad_refresh_token", "invalid_refresh_token"))
_PASSES = frozenset(("temporarily_unavailable", "server_error", "slow_down"))
_REASONS = {
    "invalid_grant": "it does not know the code, or it has expired",
    "invalid_client": "it does not know this environment's client, or its secret is wrong",
    "unauthorized_client": "it does not allow this to the environment's client",
    "invalid_scope": "it does not grant these scopes",
    "access_denied": "access was denied",
    "redirect_uri_mismatch": "it does not know the redirect URI of this environment",
}
"""Codes of RFC 6749 and one that is widely used. Others are a stranger's text, and not repeated."""


class TokenRefused(Exception):
    """The provider says no. `ends_grant`: the refresh token is of no use any more."""

    def __init__(self, code: str = "") -> None:
        super().__init__("The provider refuses")
        self.ends_grant = code in _ENDS_GRANT
        self.reason = _REASONS.get(code, "it did not say why in a way that can be told")


class TokenUnavailable(Exception):
    """The provider is down, and may answer another time."""


class UnknownAnswer(TokenUnavailable):
    """It answers, but in a way that this protocol does not know, or where it may not be asked;
    to ask again at once does not help."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires_at` in epoch seconds, 0 where the provider did not say; `scopes` None likewise."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int
    scopes: list[str] | None = None

    def to_secret(self) -> bytes:
        """What is sealed."""
        secret = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_at": self.expires_at,
        }
        return json.dumps(secret).encode()


def from_secret(secret: bytes) -> Tokens:
    return Tokens(**json.loads(secret))


def redeem(
    client: Client, code: str, verifier: str, redirect_uri: str, platform: Platform
) -> Tokens:
    """The tokens for a code. Raises TokenRefused, TokenUnavailable."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    return _asked(client, fields, platform)


def renew(client: Client, refresh_token: str, platform: Platform) -> Tokens:
    """New tokens, with the same refresh token where the provider keeps it. Raises TokenRefused,
    TokenUnavailable."""
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    tokens = _asked(client, fields, platform)
    kept = tokens.refresh_token or refresh_token
    return Tokens(tokens.access_token, kept, tokens.expires_at, tokens.scopes)


def revoke(client: Client, tokens: Tokens, platform: Platform) -> bool:
    """RFC 7009; a refresh token takes its access tokens along. False where the provider has no
    address for it. Raises TokenUnavailable."""
    if client.provider.revoke_url is None:
        return False
    hint = "refresh_token" if tokens.refresh_token else "access_token"
    fields = {"token": tokens.refresh_token or tokens.access_token, "token_type_hint": hint}
    answer = _post(client, client.provider.revoke_url, fields, platform, REVOCATION_SECONDS)
    if answer.status != 200:
        raise TokenUnavailable
    return True


def _asked(client: Client, fields: Mapping[str, str], platform: Platform) -> Tokens:
    now = int(platform.clock.now().timestamp())
    answer = _post(client, client.provider.token_url, fields, platform)
    content = _read(answer)
    kind = content.get("token_type", client.provider.bearer_name)
    if str(kind).lower() not in ("bearer", client.provider.bearer_name.lower()):
        raise UnknownAnswer
    refresh_token = content.get("refresh_token") or None
    life = _life(content.get("expires_in"))
    return Tokens(
        access_token=_token(content.get("access_token")),
        refresh_token=None if refresh_token is None else _token(refresh_token),
        expires_at=now + life if life else 0,
        scopes=_scopes(content.get("scope")),
    )


def _post(
    client: Client,
    url: str,
    fields: Mapping[str, str],
    platform: Platform,
    seconds: float = SECONDS,
) -> HttpAnswer:
    """Sends to this very host, by https, and follows no redirect: the body is a secret too."""
    provider = client.provider
    secret: dict[str, str] = {}
    if provider.client_auth == "basic":
        # RFC 6749, 2.3.1: both are encoded before they are joined.
        pair = basic(quote(client.client_id, safe=""), quote(client.secret, safe=""))
        secret = {"Authorization": pair}
    else:
        fields = {**fields, "client_id": client.client_id}
        if provider.client_auth == "body":
            fields = {**fields, "client_secret": client.secret}
    content_type, body = _written(fields, provider.body_format)
    call = HttpCall(
        method="POST",
        url=url,
        headers={
            **provider.request_headers,
            "accept": "application/json",
            "content-type": content_type,
        },
        body=body,
        timeout_seconds=seconds,
        max_bytes=MOST_BYTES,
        follows=False,
    )
    hosts = frozenset(filter(None, (normal_host(urlsplit(url).netloc),)))
    try:
        return platform.outbound.send(call, secret, hosts)
    except NodeError as error:
        raise (TokenUnavailable if error.retryable else UnknownAnswer) from None


def _written(fields: Mapping[str, str], body_format: str) -> tuple[str, bytes]:
    if body_format == "json":
        return "application/json", json.dumps(dict(fields)).encode()
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


def _read(answer: HttpAnswer) -> Json:
    """What a success holds; some providers answer 200 to everything."""
    content = _object(answer.body)
    if answer.status >= 500 or answer.status in (408, 429):
        raise TokenUnavailable
    error = content.get("error") or (answer.status >= 400 and content.get("code"))
    if error and str(error) in _PASSES:
        raise TokenUnavailable
    if error or answer.status in (400, 401, 403):
        raise TokenRefused(str(error))
    if answer.status not in (200, 201):
        raise UnknownAnswer
    return content


def _object(body: bytes) -> Json:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    return content if isinstance(content, dict) else {}


def _token(value: Any) -> str:
    """What a header can carry."""
    fits = isinstance(value, str) and len(value) <= MOST_TOKEN and " " not in value
    if not fits or not is_header_value(value):
        raise UnknownAnswer
    return str(value)


def _life(value: Any) -> int:
    """Seconds; some providers write them as a text."""
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise UnknownAnswer
    return max(1, int(min(value, MOST_LIFE)))


def _scopes(value: Any) -> list[str] | None:
    """Separated by spaces, as RFC 6749 has it, or by commas, or an array."""
    if value is None:
        return None
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(names, list) or len(names) > MOST_SCOPES:
        raise UnknownAnswer
    if not all(isinstance(name, str) and SCOPE.fullmatch(name) for name in names):
        raise UnknownAnswer
    return list(dict.fromkeys(names))
