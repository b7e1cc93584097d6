"""A story in which every kind of secret is given away once, and all answers are kept.

It is told to API Gateway as it stands in this process, so that the same story runs on the embedded
platform and on an account in moto.
"""

import json
import socket
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

from strata.clock import SystemClock
from strata.local.gateway import Gateway
from strata.local.gateway_events import Request
from tests.canaries import Cage
from tests.oauth_server import OAuthServer
from tests.unit.outbound_server import Behave, Received, answering, serving

Json = dict[str, Any]
CLOCK = SystemClock()
PATIENCE_SECONDS = 120


class Provider(OAuthServer):
    """An API and an OAuth provider on loopback. What the provider gives out are canaries; the API
    repeats whatever it is sent, under `/fail` as a failure."""

    def __init__(self, cage: Cage) -> None:
        super().__init__()
        self._cage = cage

    def behave(self, received: Received, connection: socket.socket) -> None:
        path = received.line.split()[1]
        if not path.startswith(("/echo", "/fail")):
            super().behave(received, connection)
            return
        _, _, basic = received.headers.get("authorization", "").partition("Basic ")
        told = {
            "line": received.line,
            "headers": received.headers,
            "body": received.body.decode(),
            "basic": b64decode(basic).decode(),
            "quoted": {name: quote(value) for name, value in received.headers.items()},
            "cookies": [one.value for one in SimpleCookie(received.headers.get("cookie")).values()],
        }
        status = "200 OK" if path.startswith("/echo") else "400 No"
        headers = ("Content-Type: application/json", f"X-Echo: {received.headers.get('x-key', '')}")
        answering(json.dumps(told).encode(), *headers, status=status)(received, connection)

    def _token(self, form: dict[str, str]) -> Behave:
        if "code_verifier" in form:
            self._cage.keep("PKCE verifier", form["code_verifier"])
        return super()._token(form)

    def _new(self, what: str) -> str:
        return self._cage.plant(f"{what} of the provider")


@contextmanager
def upstream(cage: Cage) -> Iterator[Provider]:
    provider = Provider(cage)
    with serving(provider.behave) as server:
        provider.server = server
        yield provider


@dataclass
class Teller:
    """Somebody at the door; `heard` are all answers that had no secret to tell."""

    gateway: Gateway
    token: str = ""
    password: str = ""
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def asks(self, request: str, body: Any = None, *, status: int = 200, **more: Any) -> Any:
        """What is answered; `shown` is the one answer that tells a secret."""
        answered, content = self._answer(request, body, **more)
        assert answered == status, f"{request}: {answered} {content.decode()[:600]}"
        return json.loads(content) if content else None

    def tries(self, request: str, body: Any = None, **more: Any) -> Json:
        """The same, however it is answered."""
        answered, content = self._answer(request, body, **more)
        assert answered < 500, f"{request}: {answered} {content.decode()[:600]}"
        told: Json = json.loads(content) if content else {}
        return told

    def _answer(
        self,
        request: str,
        body: Any = None,
        *,
        shown: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        method, target = request.split()
        path, _, query = target.partition("?")
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {"host": "127.0.0.1", "content-type": "application/json", **(headers or {})}
        data = b"" if body is None else json.dumps(body).encode()
        asked = Request(
            method, f"/v1{path}", query, list(sent.items()), data, "127.0.0.1", 80, "HTTP/1.1"
        )
        reply = self.gateway.answer(asked)
        if not shown:
            self.heard.append((f"answer to {request}", repr(reply.headers).encode() + reply.body))
        return reply.status, reply.body

    def waits(self, execution: str, *ends: str) -> Json:
        deadline = CLOCK.monotonic() + PATIENCE_SECONDS
        while True:
            seen: Json = self.asks(f"GET /executions/{execution}")
            if seen["status"] in ends:
                return seen
            assert CLOCK.monotonic() < deadline, seen
            CLOCK.sleep(0.1)


def secret_part(token: str) -> str:
    """What of an opaque token is secret: neither its id nor its checksum."""
    return token[-59:-7]


def signature(token: str) -> str:
    return token.rpartition(".")[2]
