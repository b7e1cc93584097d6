"""Where redirects lead, and what goes along."""

import socket

import pytest

from strata.model.block import HttpAnswer
from strata.model.errors import NodeError
from strata.outbound import GuardedClient
from strata.outbound.redirects import Request, following
from strata.outbound.targets import read_target
from tests.unit.outbound_server import Received, answering, call, redirecting, serving

SECRET = {"x-token": "secret"}


def request(url: str = "https://example.com/a/b", method: str = "GET") -> Request:
    body = b"{}" if method in ("POST", "PUT") else None
    headers = {"content-type": "application/json", "authorization": "mine", "x-mine": "1"}
    return Request(method, read_target(url), headers, SECRET, body)


def after(location: str, status: int = 302, before: Request | None = None) -> Request:
    return following(before or request(), HttpAnswer(status, {"location": location}, b""), None)


def failure(location: str) -> NodeError:
    """The error of a call that is led there."""
    with serving(redirecting(location)) as server, pytest.raises(NodeError) as caught:
        GuardedClient(server.upstream).send(call(server.url()), {}, None)
    return caught.value


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/next?a=b", "https://example.com/next?a=b"),
        ("next#part", "https://example.com/a/next"),
        ("?a=b", "https://example.com/a/b?a=b"),
        ("//example.org/next", "https://example.org/next"),
        (" https://example.org:8443 ", "https://example.org:8443/"),
    ],
)
def test_a_redirect_is_read_as_browsers_do(location: str, url: str) -> None:
    assert after(location).target.url == url


def test_the_answer_is_that_of_the_last_place() -> None:
    with serving(redirecting("/next")) as server:
        answer = GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert answer.body == b"GET /next HTTP/1.1"


@pytest.mark.parametrize(
    ("status", "method", "next_method"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "PUT", "PUT"),
        (302, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ],
)
def test_the_method_changes_as_in_browsers(status: int, method: str, next_method: str) -> None:
    followed = after("/next", status, request(method=method))
    assert followed.method == next_method
    assert followed.body == (b"{}" if next_method in ("POST", "PUT") else None)
    assert ("content-type" in followed.headers) == (method == next_method)


def test_a_status_of_a_redirect_without_a_place_is_an_answer() -> None:
    with serving(answering(b"where?", status="302 Found")) as server:
        answer = GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert (answer.status, answer.body) == (302, b"where?")


def test_five_redirects_are_followed_and_no_more() -> None:
    with serving(redirecting("/")) as server, pytest.raises(NodeError) as caught:
        GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert (caught.value.code, caught.value.retryable) == ("too_many_redirects", False)
    assert len(server.received) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "http://user:pw@example.com/",
        "gopher://127.0.0.1/",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_not_followed(location: str) -> None:
    error = failure(location)
    assert (error.code, error.retryable) == ("forbidden_address", False)


@pytest.mark.parametrize("location", ["https://", "http://a b/", "http://exa\\mple.com/"])
def test_a_redirect_to_nowhere_is_told(location: str) -> None:
    assert failure(location).code == "invalid_url"


def test_the_address_of_a_place_is_checked_after_the_redirect_too() -> None:
    names = {"inside.example": ["10.0.0.1"]}
    with serving(redirecting("http://inside.example/")) as server:
        client = GuardedClient(server.upstream, resolve=lambda host, port: names[host])
        with pytest.raises(NodeError, match="not public"):
            client.send(call(server.url()), {}, None)


def test_the_body_of_a_redirect_is_not_read() -> None:
    def behave(received: Received, connection: socket.socket) -> None:
        if received.line.split()[1] == "/":
            answering(b"x" * 1000, "Location: /next", status="302 Found")(received, connection)
        else:
            answering(b"small")(received, connection)

    with serving(behave) as server:
        small = call(server.url(), max_bytes=10)
        assert GuardedClient(server.upstream).send(small, {}, None).body == b"small"


def test_bytes_of_a_url_in_utf8_are_kept() -> None:
    assert after("/w\u00c3\u00b6rter").target.path == "/w%C3%B6rter"


@pytest.mark.parametrize(
    "location",
    ["/next", "https://example.com/next", "https://EXAMPLE.com:443/next", "?a=b"],
)
def test_the_credential_stays_with_its_host(location: str) -> None:
    followed = after(location)
    assert followed.credential == SECRET
    assert followed.headers["authorization"] == "mine"


@pytest.mark.parametrize(
    "location",
    [
        "https://example.org/",
        "https://sub.example.com/",
        "https://com/",
        "https://example.com.evil.org/",
        "https://example.com:8443/",
        "http://example.com/",
    ],
)
def test_to_another_host_or_out_of_tls_go_neither_credential_nor_authorization(
    location: str,
) -> None:
    followed = after(location)
    assert followed.credential == {}
    assert followed.headers == {"content-type": "application/json", "x-mine": "1"}


def test_from_http_to_https_of_the_same_host_all_goes_along() -> None:
    followed = after("https://example.com/", before=request("http://example.com/"))
    assert followed.credential == SECRET


def test_a_credential_that_was_left_behind_does_not_come_back() -> None:
    away = after("https://example.org/")
    assert after("https://example.com/", before=away).credential == {}


def test_a_cookie_does_not_go_to_another_host() -> None:
    before = Request("GET", read_target("https://a.example/"), {"cookie": "secret"}, {}, None)
    assert after("https://b.example/", before=before).headers == {}
