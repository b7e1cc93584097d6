"""The block `http_request`: what it sends, and what it makes of the answer."""

from datetime import timedelta
from typing import Any

import pytest

from strata.model.block import HttpAnswer, HttpCall
from strata.outbound import GuardedClient
from tests.unit.blocks.world import NOW, HeldWorld, failure, refusal, run
from tests.unit.outbound_server import answering, serving

URL = "https://example.com/"


def sent(**values: Any) -> HttpCall:
    world = HeldWorld()
    run("http_request", world, **{"url": URL, **values})
    return world.calls[0]


def answered(body: bytes, content_type: str = "", status: int = 200, **values: Any) -> Any:
    headers = {"content-type": content_type} if content_type else {}
    world = HeldWorld(HttpAnswer(status, headers, body))
    return run("http_request", world, url=URL, **values)


def test_a_request_without_more_is_a_get_with_the_defaults() -> None:
    assert sent() == HttpCall("GET", URL, {}, None, 30, 10_000_000, None)


def test_the_credential_is_named_to_the_client_and_sent_by_it_alone() -> None:
    call = sent(credential="crd_1")
    assert call.credential == "crd_1"
    assert "crd_1" not in str(call.headers)


@pytest.mark.parametrize(
    ("url", "query", "asked"),
    [
        (URL, {"a": "1 2", "b": 3, "c": 2.5, "d": True}, "?a=1+2&b=3&c=2.5&d=true"),
        (URL, {"a": ["x", "y"]}, "?a=x&a=y"),
        (URL, {"a": [], "b": None}, "?b="),
        (URL, {"ä&": "=?"}, "?%C3%A4%26=%3D%3F"),
        (URL + "?x=1", {"a": 1}, "?x=1&a=1"),
        (URL + "?x=1", {}, "?x=1"),
    ],
)
def test_parameters_are_added_to_the_url(url: str, query: Any, asked: str) -> None:
    assert sent(url=url, query=query).url == URL + asked


def test_parameters_go_before_the_fragment() -> None:
    assert sent(url=URL + "#top", query={"a": 1}).url == URL + "?a=1#top"


def test_a_url_that_takes_no_parameters_is_refused() -> None:
    assert "Input 'url'" in refusal("http_request", url="http://[::1", query={"a": 1})


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        ("grüße", "grüße".encode(), "text/plain; charset=utf-8"),
        ("", b"", "text/plain; charset=utf-8"),
        ({"a": "ü", "b": [1.0, None]}, '{"a": "ü", "b": [1.0, null]}'.encode(), "application/json"),
        ([], b"[]", "application/json"),
        (None, b"null", "application/json"),
        (10**37, b"1" + b"0" * 37, "application/json"),
    ],
)
def test_a_text_is_sent_as_it_is_and_all_else_as_json(
    body: Any, content: bytes, content_type: str
) -> None:
    call = sent(method="POST", body=body)
    assert call.body == content
    assert call.headers["content-type"] == content_type


def test_a_content_type_of_the_authors_own_wins() -> None:
    headers = sent(method="POST", body="<a/>", headers={"Content-Type": "text/xml"}).headers
    assert headers["content-type"] == "text/xml"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_request_with_an_effect_carries_the_key_of_its_node(method: str) -> None:
    assert sent(method=method).headers["idempotency-key"] == "exe_1/fetch/0"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_request_without_effect_carries_none(method: str) -> None:
    assert "idempotency-key" not in sent(method=method).headers


def test_a_key_of_the_authors_own_wins() -> None:
    headers = sent(method="POST", headers={"IDEMPOTENCY-KEY": "mine"}).headers
    assert headers == {"idempotency-key": "mine"}


def test_a_header_written_twice_is_refused() -> None:
    message = refusal("http_request", url=URL, headers={"X-A": "1", "x-a": "2"})
    assert "Input 'headers'" in message


def test_it_never_takes_longer_than_its_node_may() -> None:
    assert sent(timeout_seconds=600).timeout_seconds == 60


def test_a_node_whose_time_is_up_gives_the_request_none() -> None:
    world = HeldWorld()
    world.deadline = NOW - timedelta(seconds=1)
    run("http_request", world, url=URL)
    assert 0 < world.calls[0].timeout_seconds < 0.01


@pytest.mark.parametrize(
    ("pin", "value"),
    [
        ("method", "TRACE"),
        ("method", "get"),
        ("timeout_seconds", 0),
        ("timeout_seconds", 841),
        ("max_bytes", 0),
        ("max_bytes", 52_430_000),
        ("accept", []),
        ("accept", ["2xx"]),
        ("accept", [99]),
        ("accept", ["200-"]),
        ("headers", {"a": 1}),
        ("url", ""),
    ],
)
def test_what_a_pin_does_not_allow_is_refused(pin: str, value: Any) -> None:
    assert f"Input '{pin}'" in refusal("http_request", **{"url": URL, pin: value})


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_status_from_200_to_299_is_accepted(status: int) -> None:
    assert answered(b"", status=status)["status"] == status


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (199, False),
        (304, False),
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (409, False),
        (425, True),
        (429, True),
        (500, True),
        (503, True),
        (599, True),
    ],
)
def test_another_status_fails_and_is_tried_again_where_that_may_help(
    status: int, retryable: bool
) -> None:
    error = failure("http_request", HeldWorld(HttpAnswer(status, {}, b"s3cret")), url=URL)
    assert (error.code, error.retryable) == ("upstream_status", retryable)
    assert error.message == f"The server answered {status}"


@pytest.mark.parametrize("accept", [[404], [404.0], ["404"], ["200-299", "400-499"], ["404-404"]])
def test_an_accepted_status_is_no_failure(accept: Any) -> None:
    assert answered(b"", status=404, accept=accept)["status"] == 404


def test_what_is_not_in_accept_is_not_accepted_even_if_it_is_200() -> None:
    assert failure("http_request", url=URL, accept=[201]).code == "upstream_status"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("grüße".encode(), "text/plain", "grüße"),
        ("grüße".encode("latin-1"), "text/plain; charset=ISO-8859-1", "grüße"),
        ("grüße".encode("cp1252"), 'text/html; charset="windows-1252"', "grüße"),
        ("grüße".encode("utf-16"), "text/plain; charset=utf-16", "grüße"),
        ("\ufeffgrüße".encode(), "text/plain", "grüße"),
        ("ж".encode("koi8-r"), "text/plain; charset=koi8-r", "ж"),
        (b"gr\xfc\xdfe", "text/plain", "gr\ufffd\ufffde"),
        (b"\xff\x00", "image/png", "\ufffd\x00"),
        (b"abc", "text/plain; charset=no-such", "abc"),
        (b"abc-", "text/plain; charset=punycode", "abc-"),
        (b"616263", "text/plain; charset=hex", "616263"),
        (b"+ADw-", "text/plain; charset=utf-7", "+ADw-"),
        (b"abc", "text/plain; charset=\x00", "abc"),
        (b"abc", "nonsense", "abc"),
        ("ü".encode("latin-1"), "text/html ; CHARSET = latin-1 ; x=y", "ü"),
        (b"", "", ""),
    ],
)
def test_the_body_is_text_by_the_charset_of_the_server(
    body: bytes, content_type: str, text: str
) -> None:
    assert answered(body, content_type)["body"] == text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"a": 1}', "application/json"),
        (b'{"a": 1}', "application/json; charset=utf-8"),
        (b'{"a": 1}', "application/vnd.api+json"),
        (b'\xef\xbb\xbf{"a": 1}', "application/json"),
        (b'\n {"a": 1}\n', "text/plain"),
        (b'{"a": 1}', ""),
    ],
)
def test_a_body_that_is_json_is_read(body: bytes, content_type: str) -> None:
    assert answered(body, content_type)["json"] == {"a": 1}


def test_a_json_scalar_is_read_where_the_server_says_json() -> None:
    assert answered(b"null", "application/json")["json"] is None
    assert "json" not in answered(b"null", "text/plain")


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1, "a": 2}', b"[NaN]", b"[1" + b"0" * 40])
def test_what_is_no_json_emits_the_text_alone(body: bytes) -> None:
    assert answered(body, "application/json").keys() == {"status", "headers", "body"}


def test_the_error_of_the_client_is_that_of_the_node() -> None:
    class Closed(HeldWorld):
        def send(self, call: HttpCall) -> HttpAnswer:
            return GuardedClient().send(call, {}, None)

    error = failure("http_request", Closed(), url="http://127.0.0.1/")
    assert error.code == "forbidden_address"


def test_a_real_answer_comes_through() -> None:
    with serving(answering(b'{"rain": 10.9}', "Content-Type: application/json")) as server:

        class Open(HeldWorld):
            def send(self, call: HttpCall) -> HttpAnswer:
                return GuardedClient(server.upstream).send(call, {}, None)

        outputs = run("http_request", Open(), url=server.url("/rain"), query={"city": "Rome"})
    assert outputs["json"] == {"rain": 10.9}
    assert server.received[0].line == "GET /rain?city=Rome HTTP/1.1"
