"""A server repeats the credential that it was asked with, in whatever way: nobody is told it."""

import gzip
import html
import json
import socket
from base64 import b32encode, b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strata import credentials, node_views, nodes
from strata.credentials import NewCredential
from strata.model.block import HttpAnswer
from strata.model.errors import NodeError, NodeFailed
from strata.outbound import GuardedClient
from strata.platform import Platform
from tests.builders import graph, node
from tests.canaries import spellings
from tests.held_blocks import Probe
from tests.held_node_tests import saved, tried
from tests.held_platform import USER, HeldOutbound, started
from tests.unit.conftest import Hold
from tests.unit.outbound_server import Received, Server, answering, call, serving

KEY = "sk/live+Ab3==~4/x_Z-9?"
JSON = "Content-Type: application/json"


class Echo:
    """Answers what `told` makes of the value of the header `Authorization`."""

    def __init__(self) -> None:
        self.told: Callable[[str], bytes] = str.encode
        self.headers: tuple[str, ...] = ()

    def behave(self, received: Received, connection: socket.socket) -> None:
        sent = received.headers["authorization"]
        headers = (one.format(sent=sent) for one in self.headers)
        answering(self.told(sent), *headers)(received, connection)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def server(echo: Echo) -> Iterator[Server]:
    with serving(echo.behave) as server:
        yield server


Outputs = dict[str, Any]
Ask = Callable[..., Outputs]


@pytest.fixture
def ask(held: Platform, server: Server) -> Ask:
    """The outputs of a node that asks the server with a credential, as the user is told them."""
    platform = replace(held, outbound=GuardedClient(server.upstream))

    def ask(kind: str = "api_key", secret: Mapping[str, str] | None = None) -> Outputs:
        given = {"key": KEY} if secret is None else secret
        new = NewCredential(kind, "n", "p", [server.upstream], given)
        own = credentials.create(USER, new, platform=platform)["id"]
        made = graph([node("a", "http_request", url=server.url(), credential=own)])
        told = tried(saved(made, platform), "a", platform)
        assert told["status"] == "COMPLETED", told
        assert "authorization" in server.received[-1].headers
        outputs: Outputs = told["outputs"]
        return outputs

    return ask


def assert_hidden(outputs: Outputs, *secrets: str) -> None:
    seen = str(outputs).encode() + json.dumps(outputs, ensure_ascii=False).encode()
    assert b"****" in seen
    for secret in secrets:
        # Backwards is how nobody writes a text by mistake.
        found = {name for name, one in spellings(secret).items() if one in seen}
        assert found - {"backwards"} == set()


WRITERS: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": json.dumps,
    "PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    ".NET": lambda text: json.dumps(text).replace("+", "\\u002B").replace("=", "\\u003D"),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"seen": text})),
    "code by code": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "Code by Code": lambda text: "".join(f"\\u{ord(one):04X}" for one in text),
    "URL": lambda text: quote(text, safe=""),
    "url": lambda text: quote(text, safe="").replace("%2B", "%2b").replace("%2F", "%2f"),
    "path": quote,
    "form": quote_plus,
    "byte by byte": lambda text: "".join(f"%{one:02x}" for one in text.encode()),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "HTML": html.escape,
    "HTML by number": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 at 1": lambda text: b64encode(f"x{text}y".encode()).decode(),
    "base64 at 2": lambda text: b64encode(f"xx{text}yy".encode()).decode(),
    "base64url": lambda text: urlsafe_b64encode(f"x{text}".encode()).decode(),
    "base32": lambda text: b32encode(text.encode()).decode(),
    "Python": repr,
}


@pytest.mark.parametrize("writer", list(WRITERS))
def test_no_way_to_write_it_shows_it_in_a_text(ask: Ask, echo: Echo, writer: str) -> None:
    echo.told = lambda sent: f"You sent {WRITERS[writer](sent)}.".encode()
    outputs = ask()
    assert_hidden(outputs, KEY)
    assert outputs["body"].startswith("You sent ")


@pytest.mark.parametrize("writer", ["JSON", "PHP", ".NET"])
def test_nor_does_one_of_json_in_its_values_and_names(ask: Ask, echo: Echo, writer: str) -> None:
    def told(sent: str) -> bytes:
        text = WRITERS[writer](sent)
        return f'{{"seen": [{{"deep": {text}}}], {text}: 1, "rest": "stays"}}'.encode()

    echo.told, echo.headers = told, (JSON,)
    outputs = ask()
    assert_hidden(outputs, KEY)
    assert outputs["json"] == {"seen": [{"deep": "****"}], "****": 1, "rest": "stays"}


def test_json_that_escapes_each_character_does_not(ask: Ask, echo: Echo) -> None:
    echo.headers = (JSON,)
    echo.told = lambda sent: f'{{"seen": "{WRITERS["code by code"](sent)}"}}'.encode()
    outputs = ask()
    assert outputs["json"] == {"seen": "****"}
    assert outputs["body"] == '{"seen": "****"}'


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
@pytest.mark.parametrize("is_named", [True, False])
def test_no_charset_shows_it(ask: Ask, echo: Echo, charset: str, is_named: bool) -> None:
    echo.told = lambda sent: f"You sent {sent}.".encode(charset)
    named = f"; charset={charset}" if is_named else ""
    echo.headers = (f"Content-Type: text/plain{named}",)
    outputs = ask()
    assert KEY not in outputs["body"].replace("\0", "")
    if is_named:
        assert outputs["body"] == "You sent ****."


def test_an_answer_that_is_packed_does_not(ask: Ask, echo: Echo) -> None:
    echo.told = lambda sent: gzip.compress(json.dumps({"seen": sent}).encode())
    echo.headers = (JSON, "Content-Encoding: gzip")
    outputs = ask()
    assert_hidden(outputs, KEY)
    assert outputs["json"] == {"seen": "****"}


def test_headers_do_not_in_names_or_values(ask: Ask, echo: Echo) -> None:
    echo.headers = ("X-Echo: {sent}", "X-swordfish-0123456789: 1", "X-Rest: stays")
    headers = ask(secret={"key": "swordfish-0123456789"})["headers"]
    assert headers["x-echo"] == "****"
    assert (headers["x-****"], headers["x-rest"]) == ("1", "stays")


def test_a_password_is_hidden_also_without_its_name(ask: Ask, echo: Echo) -> None:
    password = 'p"ss/wörd & more'
    echo.headers = (JSON,)

    def told(sent: str) -> bytes:
        pair = b64decode(sent.removeprefix("Basic ")).decode()
        return json.dumps([sent, pair, pair.partition(":")[2], html.escape(pair), "ada"]).encode()

    echo.told = told
    outputs = ask("user_password", {"username": "ada", "password": password})
    assert_hidden(outputs, password)
    assert outputs["json"] == ["****"] * 4 + ["ada"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(), name=st.text("abc", min_size=1, max_size=5))
def test_an_answer_that_repeats_nothing_stays_as_it_is(hold: Hold, body: str, name: str) -> None:
    answer = json.dumps({name: body, "body": [body, 1, None]})
    platform = replace(hold(), outbound=Saying(answer))
    new = NewCredential("api_key", "n", "p", ["example.com"], {"key": KEY})
    own = credentials.create(USER, new, platform=platform)["id"]
    made = graph([node("a", "http_request", url="https://example.com", credential=own)])
    outputs = tried(saved(made, platform), "a", platform)["outputs"]
    assert (outputs["body"], outputs["json"]) == (answer, json.loads(answer))
    assert outputs["headers"] == {"x-rest": "stays"}


class Saying(HeldOutbound):
    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = HttpAnswer(200, {"x-rest": "stays"}, answer.encode())

    def send(self, *_: Any) -> HttpAnswer:
        return self.answer


class TestFailures:
    """A block that fails with what it was told."""

    def fail(self, hold: Hold, say: Callable[[str], Exception]) -> dict[str, Any]:
        def run(values: Any, context: Any) -> Any:
            context.send(replace(call("https://example.com/"), credential=values["value"]))
            raise say(KEY)

        platform = hold(Probe(run).block)
        new = NewCredential("api_key", "n", "p", ["example.com"], {"key": KEY})
        own = credentials.create(USER, new, platform=platform)["id"]
        run_ = started(graph([node("a", "probe", value=own)]), platform)
        with pytest.raises(NodeFailed) as raised:
            nodes.run(run_, "a", platform=platform)
        shown = node_views.get(USER, run_.execution_id, "a", platform=platform)["error"]
        assert KEY not in f"{raised.value}{shown}"
        told: dict[str, Any] = shown
        return told

    @pytest.mark.parametrize("writer", ["plain", "URL", "PHP", "base64", "HEX"])
    def test_the_message_is_masked_however_it_tells_the_secret(
        self, hold: Hold, writer: str
    ) -> None:
        told = self.fail(hold, lambda key: NodeError("refused", f"No: {WRITERS[writer](key)}"))
        assert told["code"] == "refused"
        assert told["message"].startswith("No: ")
        assert_hidden(told, KEY)

    def test_one_that_tells_none_stays(self, hold: Hold) -> None:
        told = self.fail(hold, lambda _: NodeError("refused", "No."))
        assert told["message"] == "No."
