"""An OAuth 2 provider as data, and the client that an environment is there."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

ClientAuth = Literal["basic", "body", "none"]
"""How the client proves itself: HTTP Basic, in the body, or not at all (a public client, which PKCE
alone protects)."""
BodyFormat = Literal["form", "json"]


@dataclass(frozen=True, slots=True)
class Provider:
    """`scopes` are asked for where a user names none; tokens go to `allowed_hosts` alone."""

    title: str
    authorize_url: str
    token_url: str
    allowed_hosts: list[str]
    revoke_url: str | None = None
    scopes: list[str] = field(default_factory=list)
    scope_separator: Literal[" ", ","] = " "
    client_auth: ClientAuth = "basic"
    body_format: BodyFormat = "form"
    """How a request for tokens is written; RFC 6749 wants a form."""
    request_headers: dict[str, str] = field(default_factory=dict)
    """What such a request has to carry besides."""
    bearer_name: str = "bearer"
    """What the provider calls a token that is sent as `Authorization: Bearer`."""
    authorize_parameters: dict[str, str] = field(default_factory=dict)
    issuer: str | None = None
    """What an `iss` beside the code must be (RFC 9207)."""
    sends_issuer: bool = False
    """Whether an answer without `iss` is not the provider's."""
    widens_scopes: bool = False
    """Whether its answers name scopes in other words than it was asked in, or more of them."""

    def exceeds(self, asked: Sequence[str], granted: Sequence[str]) -> bool:
        """Whether it grants more than the user agreed to ask for."""
        return bool(asked) and not self.widens_scopes and not set(granted) <= set(asked)

    @property
    def digest(self) -> str:
        """Of where tokens are sent: what one set of endpoints issued goes to no other."""
        endpoints = json.dumps([self.token_url, self.revoke_url])
        return hashlib.sha256(endpoints.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Client:
    """This environment as its provider knows it; `secret` is empty for a public client."""

    provider_id: str
    provider: Provider
    client_id: str
    secret: str = field(repr=False)
