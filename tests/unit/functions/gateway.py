"""API Gateway as far as the functions can tell: it finds the route, asks the authorizer, and hands
the event on with the answer."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from strata.http.resource import Resource
from strata.http.routes import Route, allowed_methods
from strata.local.store import LocalTable
from strata.platform import Platform
from tests.held_clock import HeldClock
from tests.held_platform import held_platform
from tests.unit.http.calls import Reply, reply, request

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events"
HTTP = (
    "accounts",
    "api_keys",
    "auth",
    "blocks",
    "credentials",
    "executions",
    "graphs",
    "nodes",
    "system",
    "triggers",
    "users",
)

# The ids that stand in the sample events.
GRAPH = "gph_01kmmzzzzzzzzzzzzzzzzzzzz1"
EXECUTION = "exe_01kmmzzzzzzzzzzzzzzzzzzzz2"
CREDENTIAL = "crd_01kmmzzzzzzzzzzzzzzzzzzzz3"
TRIGGER = "trg_01kmmzzzzzzzzzzzzzzzzzzzz4"
USER = "usr_01kmmzzzzzzzzzzzzzzzzzzzz0"


def handler(function: str) -> Any:
    return import_module(f"functions.{function}.handler").handler


def resource(function: str) -> Resource:
    app: Resource = import_module(f"functions.{function}.handler").app
    return app


@cache
def routes() -> tuple[tuple[str, Route], ...]:
    """Every route with the function that serves it."""
    return tuple((name, route) for name in HTTP for route in resource(name).routes)


def sample(name: str, **values: str) -> dict[str, Any]:
    """The event `events/<name>.json`, `values` in the place of sample ids and of `{name}`s."""
    text = (EVENTS / f"{name}.json").read_text("utf-8")
    for old, new in values.items():
        text = text.replace(globals().get(old, f"{{{old}}}"), new)
    event: dict[str, Any] = json.loads(text)
    return event


def invoke(function: str, event: Any, platform: Platform) -> Any:
    """What the function answers, both ways through JSON as on Lambda."""
    answer = handler(function)(json.loads(json.dumps(event)), SimpleNamespace(platform=platform))
    return json.loads(json.dumps(answer))


@contextmanager
def opened(folder: Path, clock: HeldClock) -> Iterator[Platform]:
    """A held platform, its database closed at the end."""
    platform = held_platform(folder, clock)
    with closing(cast("LocalTable", platform.table)):
        yield platform


class Gateway:
    """`token` goes with every request that does not say otherwise."""

    def __init__(self, platform: Platform, token: str = "") -> None:
        self.platform = platform
        self.token = token

    def send(self, event: dict[str, Any]) -> Reply:
        function, route = _route_of(event)
        context = event["requestContext"]
        context.pop("authorizer", None)
        if route and route.permission:
            verdict = invoke("authorizer", event, self.platform)
            assert verdict["isAuthorized"] is True
            context["authorizer"] = {"lambda": verdict["context"]}
        return reply(handler(function), event, self.platform)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.send(
            request(method, path, body, query=query, headers={**sent, **(headers or {})})
        )

    def signed_in(self, email: str = "ada@example.com") -> "Gateway":
        """The same gateway for a new user."""
        account = {"email": email, "password": "correct horse battery staple"}
        assert self.call("POST", "/v1/auth/register", account).status == 201
        token = self.call("POST", "/v1/auth/login", account).json["access_token"]
        return Gateway(self.platform, token)


def _route_of(event: Mapping[str, Any]) -> tuple[str, Route | None]:
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    leading = [(function, route) for function, route in routes()
               if allowed_methods(path, {route.path: [route.method]}) == [method]]  # fmt: skip
    # A route whose path is written out comes before one with a parameter.
    leading.sort(key=lambda found: found[1].path.count("{"))
    return leading[0] if leading else ("system", None)
