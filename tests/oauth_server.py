"""A little OAuth provider on loopback: issues, rotates and revokes tokens as RFC 6749, 7636 and
7009 have it, serves an API for those who bring a token, and misbehaves as a test likes."""

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.unit.outbound_server import Behave, Received, Server, answering, serving

Form = dict[str, str]

CLIENT, SECRET = "client-id", "client-secret-Zq7"


@dataclass
class OAuthServer:
    """What it knows; `misbehave` answers the next requests for tokens instead, one each."""

    server: Server = field(default_factory=lambda: Server(0))
    lives: int | None = 3600
    """For how many seconds a token is said to live."""
    rotates: bool = True
    refreshes: bool = True
    extra: dict[str, Any] = field(default_factory=dict)
    """What an answer with tokens says besides."""
    misbehave: list[Behave] = field(default_factory=list)
    before: Callable[[], object] = lambda: None
    """Done while a request for tokens is being answered."""
    codes: dict[str, Form] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    access_tokens: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    """The requests for tokens, with how the client proved itself under `client`."""
    count: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str) -> str:
        return self.server.url(path)

    @property
    def upstream(self) -> str:
        return self.server.upstream

    def definition(self, **changes: Any) -> dict[str, Any]:
        """This server as a provider of an environment's own."""
        return {
            "title": "Loopback",
            "authorize_url": "https://login.example.com/authorize?theme=dark",
            "token_url": self.url("/token"),
            "revoke_url": self.url("/revoke"),
            "allowed_hosts": [self.upstream],
            "scopes": ["read"],
            **changes,
        }

    def authorize(self, url: str) -> dict[str, str]:
        """A browser comes, its user agrees, and is sent back with this."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        code = self._new("code")
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def behave(self, received: Received, connection: socket.socket) -> None:
        path = received.line.split()[1]
        if path == "/token":
            form = self._form(received)
            self.forms.append(form)
            act = self.misbehave.pop(0) if self.misbehave else self._token(form)
            self.before()
            act(received, connection)
        elif path == "/revoke":
            self._revoke(self._form(received))(received, connection)
        else:
            self._api(received)(received, connection)

    def _form(self, received: Received) -> Form:
        text = received.body.decode()
        if received.headers["content-type"] == "application/json":
            form: Form = json.loads(text)
        else:
            form = {name: values[0] for name, values in parse_qs(text, strict_parsing=True).items()}
        scheme, _, pair = received.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, secret = base64.b64decode(pair).decode().partition(":")
            form["client"] = f"basic {unquote(name)}:{unquote(secret)}"
        elif "client_secret" in form:
            form["client"] = f"body {form['client_id']}:{form['client_secret']}"
        else:
            form["client"] = f"none {form['client_id']}"
        return form

    def _token(self, form: Form) -> Behave:
        with self.guard:
            fault = self._fault(form)
            if fault:
                return _said({"error": fault, "error_description": "swordfish"}, "400 Bad Request")
            token = self._new("access")
            self.access_tokens.append(token)
            answer = {"access_token": token, "token_type": "Bearer", **self._refresh_token(form)}
            if self.lives is not None:
                answer["expires_in"] = self.lives
            return _said({**answer, **self.extra})

    def _fault(self, form: Form) -> str:
        if form["client"].split()[-1] not in (f"{CLIENT}:{SECRET}", CLIENT):
            return "invalid_client"
        if form["grant_type"] == "refresh_token":
            known = form["refresh_token"] in self.refresh_tokens
            if self.rotates:
                self.refresh_tokens.discard(form["refresh_token"])
            return "" if known else "invalid_grant"
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        right = asked and (asked["code_challenge"], asked["redirect_uri"]) == (
            challenge,
            form["redirect_uri"],
        )
        return "" if right else "invalid_grant"

    def _refresh_token(self, form: Form) -> dict[str, Any]:
        if not self.refreshes or (form["grant_type"] == "refresh_token" and not self.rotates):
            return {}
        token = self._new("refresh")
        self.refresh_tokens.add(token)
        return {"refresh_token": token}

    def _revoke(self, form: Form) -> Behave:
        self.revoked.append(form["token"])
        self.refresh_tokens.discard(form["token"])
        return answering()

    def _api(self, received: Received) -> Behave:
        """For the token that was issued last."""
        good = received.headers.get("authorization") == f"Bearer {self.access_tokens[-1]}"
        return _said({"ok": True}) if good else _said({}, "401 Unauthorized")

    def _new(self, what: str) -> str:
        self.count += 1
        return f"{what}-swordfish-{self.count}"


def _said(content: Any, status: str = "200 OK") -> Behave:
    return answering(json.dumps(content).encode(), "Content-Type: application/json", status=status)


def saying_json(content: Any, status: str = "200 OK") -> Behave:
    return _said(content, status)


@contextmanager
def oauth_server() -> Iterator[OAuthServer]:
    made = OAuthServer()
    with serving(lambda received, connection: made.behave(received, connection)) as server:
        made.server = server
        yield made
