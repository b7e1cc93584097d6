"""The server over a socket: the real handlers, and a function that tells what it was given."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from strata.catalogue import CATALOGUE
from strata.local.blobs import LocalBlobs
from strata.local.platform import open_platform
from strata.local.server import HOST, MAX_DRAINED_BYTES, HttpServer
from tests.held_clock import HeldClock
from tests.unit.local.script import Script, begin

MEGABYTE = 1024 * 1024

# Each HTTP function of the catalogue, with routes of its own and answers by the script.
SOURCE = """
from strata.http.resource import Resource
from tests.held_clock import HeldClock
from tests.unit.local.script import current

app = Resource("{name}")

@app.get("/v1/{name}/public", public=True, answer=dict)
def public(): ...

@app.post("/v1/{name}/items/{{item}}", permission="graph:write", answer=dict)
def private(item: str): ...

def handler(event, context):
    return current().answer("{name}", event, context)
"""
AUTHORIZER = """
from tests.held_clock import HeldClock
from tests.unit.local.script import current

def handler(event, context):
    return current().answer("authorizer", event, context)
"""


@pytest.fixture
def real(tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        open_platform(tmp_path) as local,
        HttpServer(local) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield client


@pytest.fixture
def script() -> Script:
    script = begin()
    script.on("authorizer", lambda _event, _context: {"isAuthorized": True, "context": {"u": "1"}})
    return script


@pytest.fixture
def server(tmp_path: Path, script: Script) -> Iterator[HttpServer]:
    functions = tmp_path / "functions"
    for row in CATALOGUE:
        source = AUTHORIZER if "authorizer" in row.serves else SOURCE.format(name=row.name)
        (functions / row.name).mkdir(parents=True)
        (functions / row.name / "handler.py").write_text(source)
    with (
        open_platform(tmp_path / "data", functions=functions) as local,
        HttpServer(local) as server,
    ):
        yield server


@pytest.fixture
def client(server: HttpServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_the_real_handlers_answer(real: httpx.Client) -> None:
    answer = real.get("/v1/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")


def test_the_real_authorizer_is_asked(real: httpx.Client) -> None:
    answer = real.get("/v1/graphs", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_an_unknown_route_is_not_found_as_the_edge_says_it(real: httpx.Client) -> None:
    answer = real.get("/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_method_that_a_path_does_not_take_is_not_allowed(real: httpx.Client) -> None:
    answer = real.delete("/v1/health")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_the_user_that_the_authorizer_named_reaches_the_function(
    client: httpx.Client, script: Script
) -> None:
    answer = client.post("/v1/auth/items/a%20b?x=1", json={"n": 1}, headers={"X-Test": "T"})
    assert answer.json() == {"did": "auth"}
    (event,) = script.events["auth"]
    assert event["requestContext"]["authorizer"] == {"lambda": {"u": "1"}}
    assert event["pathParameters"] == {"item": "a b"}
    assert event["rawPath"] == "/v1/auth/items/a b"
    assert (event["queryStringParameters"], event["body"]) == ({"x": "1"}, '{"n":1}')
    assert event["headers"]["x-test"] == "T"
    (asked,) = script.events["authorizer"]
    assert asked["type"] == "REQUEST"


def test_nobody_is_asked_on_a_public_route(client: httpx.Client, script: Script) -> None:
    client.get("/v1/auth/public")
    assert "authorizer" not in script.events


def test_whom_the_authorizer_refuses_is_forbidden(client: httpx.Client, script: Script) -> None:
    script.on("authorizer", lambda _event, _context: {"isAuthorized": False})
    answer = client.post("/v1/auth/items/a")
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
    assert "auth" not in script.events


@pytest.mark.parametrize("broken", ["auth", "authorizer"])
def test_a_function_that_fails_is_an_internal_error(
    client: httpx.Client, script: Script, broken: str
) -> None:
    script.on(broken, lambda _event, _context: 1 / 0)
    answer = client.post("/v1/auth/items/a")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("answer", [None, {}, "yes", {"isAuthorized": "yes"}])
def test_an_authorizer_that_says_nothing_clear_lets_nobody_in(
    client: httpx.Client, script: Script, answer: Any
) -> None:
    script.on("authorizer", lambda _event, _context: answer)
    assert client.post("/v1/auth/items/a").status_code == 403
    assert "auth" not in script.events


def test_an_answer_that_cannot_be_read_is_an_internal_error(
    client: httpx.Client, script: Script
) -> None:
    script.on("auth", lambda _event, _context: {"statusCode": "many"})
    assert client.get("/v1/auth/public").status_code == 500


def test_answers_keep_their_headers_and_cookies(client: httpx.Client, script: Script) -> None:
    answer = {"statusCode": 201, "headers": {"X-A": "1"}, "cookies": ["a=1", "b=2"], "body": "ä"}
    script.on("auth", lambda _event, _context: answer)
    got = client.get("/v1/auth/public")
    assert (got.status_code, got.content, got.headers["x-a"]) == (201, "ä".encode(), "1")
    assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert got.headers["content-length"] == "2"


def test_an_answer_without_content_has_none(client: httpx.Client, script: Script) -> None:
    script.on("auth", lambda _event, _context: {"statusCode": 204, "body": ""})
    answer = client.get("/v1/auth/public")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers


def test_a_body_of_6_mb_is_taken(client: httpx.Client, script: Script) -> None:
    body = b"x" * (6 * MEGABYTE)
    client.post("/v1/auth/items/a", content=body, headers={"Content-Type": "text/plain"})
    assert len(script.events["auth"][0]["body"]) == len(body)


def test_a_larger_body_is_refused_before_any_function(client: httpx.Client, script: Script) -> None:
    answer = client.post("/v1/auth/items/a", content=b"x" * (6 * MEGABYTE + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert script.events == {}


def test_a_body_whose_size_nobody_told_is_refused_too(client: httpx.Client, script: Script) -> None:
    chunks = (b"x" * MEGABYTE for _ in range(7))
    assert client.post("/v1/auth/items/a", content=chunks).status_code == 413
    assert script.events == {}


def test_a_body_without_end_is_not_read_to_its_end(server: HttpServer) -> None:
    with socket.create_connection((HOST, server.port)) as raw:
        size = MAX_DRAINED_BYTES + 1
        head = (
            f"POST /v1/auth/items/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
        )
        raw.sendall(head.encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_caller_who_leaves_halfway_starts_nothing(
    server: HttpServer, client: httpx.Client, script: Script
) -> None:
    with socket.create_connection((HOST, server.port)) as raw:
        raw.sendall(
            b"POST /v1/auth/items/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf"
        )
    client.get("/v1/graphs/public")
    assert "auth" not in script.events


def test_requests_come_to_their_handlers_one_at_a_time(
    client: httpx.Client, server: HttpServer, script: Script
) -> None:
    busy, most = 0, 0

    def answer(_event: Any, _context: Any) -> Any:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        busy -= 1
        return {}

    script.on("auth", answer)
    threads = [
        threading.Thread(target=httpx.get, args=(f"{server.url}/v1/auth/public",))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(script.events["auth"]), most) == (12, 1)


def test_a_request_under_way_is_answered_before_the_stop(
    server: HttpServer, script: Script
) -> None:
    reached, go = threading.Event(), threading.Event()

    def answer(_event: Any, _context: Any) -> Any:
        reached.set()
        assert go.wait(20)
        return {"whole": True}

    script.on("auth", answer)
    answers: list[httpx.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(httpx.get(f"{server.url}/v1/auth/public", timeout=20))
    )
    asking.start()
    assert reached.wait(20)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    while not server._server.should_exit:
        stopping.join(0.001)
    go.set()
    stopping.join()
    asking.join()
    assert answers[0].json() == {"whole": True}
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_a_port_in_use_is_refused(server: HttpServer, tmp_path: Path) -> None:
    with open_platform(tmp_path / "other") as local, pytest.raises(OSError, match="in use"):
        HttpServer(local, server.port)


def test_only_loopback_is_served(server: HttpServer) -> None:
    assert server._socket.getsockname()[0] == "127.0.0.1"


def test_what_is_no_http_is_refused(server: HttpServer) -> None:
    with socket.create_connection((HOST, server.port)) as raw:
        raw.sendall(b"nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_connection_is_kept(server: HttpServer, script: Script) -> None:
    connection = http.client.HTTPConnection(HOST, server.port)
    for _ in range(3):
        connection.request("GET", "/v1/auth/public")
        assert connection.getresponse().read() == b'{"did":"auth"}'
    connection.close()
    assert len(script.events["auth"]) == 3


@pytest.fixture
def linking(tmp_path: Path) -> Iterator[tuple[httpx.Client, LocalBlobs]]:
    with (
        open_platform(tmp_path) as local,
        HttpServer(local) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        local.blobs.put("values/usr_1/a", b"[1,2]")
        yield client, local.blobs


def test_a_link_to_a_value_needs_no_sign_in(linking: tuple[httpx.Client, LocalBlobs]) -> None:
    client, blobs = linking
    answer = client.get(blobs.link("values/usr_1/a", 60))
    assert (answer.status_code, answer.content) == (200, b"[1,2]")
    assert answer.headers["content-type"] == "application/json"


def test_a_link_leads_to_fifty_megabytes(linking: tuple[httpx.Client, LocalBlobs]) -> None:
    client, blobs = linking
    data = bytes(50_000_000)
    blobs.put("large", data)
    assert client.get(blobs.link("large", 60)).content == data


def test_the_head_of_a_link_tells_the_size(linking: tuple[httpx.Client, LocalBlobs]) -> None:
    client, blobs = linking
    answer = client.head(blobs.link("values/usr_1/a", 60))
    assert (answer.headers["content-length"], answer.content) == ("5", b"")


def test_a_link_ends(tmp_path: Path, clock: HeldClock) -> None:
    blobs = LocalBlobs(tmp_path, clock)
    link = blobs.link("values/usr_1/a", 60)
    clock.sleep(59)
    assert blobs.linked(link) is not None
    clock.sleep(1)
    assert blobs.linked(link) is None


def test_a_link_that_was_changed_leads_nowhere(
    linking: tuple[httpx.Client, LocalBlobs],
) -> None:
    client, blobs = linking
    link = blobs.link("values/usr_1/a", 60)
    for wrong in (link[:-1], link + "A", "/blobs/", "/blobs/../strata.sqlite", link[:-2] + "AA"):
        assert client.get(wrong).status_code == 404


def test_a_link_to_what_is_not_there_leads_nowhere(
    linking: tuple[httpx.Client, LocalBlobs],
) -> None:
    client, blobs = linking
    assert client.get(blobs.link("values/usr_1/gone", 60)).status_code == 404


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_calls_is_whose_connection_it_is(
    client: httpx.Client, script: Script, name: str
) -> None:
    client.get("/v1/auth/public", headers={name: "203.0.113.9", "X-Forwarded-Proto": "https"})
    (event,) = script.events["auth"]
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
