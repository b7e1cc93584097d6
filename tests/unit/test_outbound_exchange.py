"""What the guarded client sends, and what it makes of the answer."""

import gzip
import socket
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from strata.model.errors import InvalidInput, NodeError
from strata.outbound import GuardedClient
from tests.unit.outbound_server import (
    Behave,
    Received,
    answering,
    call,
    saying,
    serving,
)


def failure(behave: Behave, **given: object) -> NodeError:
    """The error of one call to a server that behaves so."""
    with serving(behave) as server, pytest.raises(NodeError) as caught:
        GuardedClient(server.upstream).send(call(server.url(), **given), {}, None)
    return caught.value


def body_of(behave: Behave, **given: object) -> bytes:
    with serving(behave) as server:
        return GuardedClient(server.upstream).send(call(server.url(), **given), {}, None).body


def sent(method: str = "GET", **given: object) -> Received:
    """What a server received of a call."""
    with serving(answering()) as server:
        client = GuardedClient(server.upstream)
        client.send(call(server.url("/a?b=c"), method, **given), {}, None)
    return server.received[0]


def test_the_request_goes_out_as_it_was_asked_for() -> None:
    received = sent("POST", headers={"X-Mine": "1", "User-Agent": "me"}, body=b"hello")
    assert received.line == "POST /a?b=c HTTP/1.1"
    assert received.body == b"hello"
    assert received.headers["x-mine"] == "1"
    assert received.headers["user-agent"] == "me"
    assert received.headers["host"].startswith("127.0.0.1:")


def test_a_request_without_body_says_so_where_one_is_usual() -> None:
    assert sent("POST").headers["content-length"] == "0"
    assert "content-length" not in sent("GET").headers


def test_headers_come_back_in_lower_case_and_repeated_ones_joined() -> None:
    with serving(answering(b"", "X-One: a", "X-ONE: b", "Content-Type: text/plain")) as server:
        answer = GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert answer.headers["x-one"] == "a, b"
    assert answer.headers["content-type"] == "text/plain"


def test_a_status_that_tells_of_a_failure_is_an_answer_too() -> None:
    with serving(answering(b"no", status="503 Down")) as server:
        answer = GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert (answer.status, answer.body) == (503, b"no")


def test_the_answer_to_head_has_no_body_however_long_it_says_it_is() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"
    with serving(saying(head)) as server:
        answer = GuardedClient(server.upstream).send(call(server.url(), "HEAD"), {}, None)
    assert (answer.status, answer.body) == (200, b"")


def test_an_answer_in_chunks_is_put_together() -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert body_of(saying(raw)) == b"abcde"


def test_an_answer_that_ends_with_the_connection_is_read_to_there() -> None:
    assert body_of(saying(b"HTTP/1.0 200 OK\r\n\r\nabc")) == b"abc"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"rain", mtime=0)),
        ("deflate", zlib.compress(b"rain")),
        ("zzz", b"rain"),
    ],
)
def test_a_compressed_answer_is_unpacked(encoding: str, body: bytes) -> None:
    assert body_of(answering(body, f"Content-Encoding: {encoding}")) == b"rain"


@pytest.mark.parametrize(
    "name",
    ["Host", "Content-Length", "Connection", "Transfer-Encoding", "TE", "Expect", "Upgrade"],
)
def test_headers_of_the_connection_cannot_be_set(name: str) -> None:
    with pytest.raises(InvalidInput, match="must not set"):
        GuardedClient().send(call("https://example.com/", headers={name: "1"}), {}, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\n"),
        ("X-A", "\x00"),
        ("X-A", "é€"),
        ("X A", "1"),
        ("X-A:", "1"),
        ("", "1"),
        ("X-A\r\nX-B", "1"),
        ("Ünder", "1"),
    ],
)
def test_a_header_that_http_cannot_carry_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match="cannot carry"):
        GuardedClient().send(call("https://example.com/", headers={name: value}), {}, None)


def test_headers_are_bounded_in_size() -> None:
    with pytest.raises(InvalidInput, match="larger than 32,768 bytes"):
        GuardedClient().send(call("https://example.com/", headers={"a": "b" * 40_000}), {}, None)


def test_a_credential_goes_to_its_host_and_over_the_authors_own_header() -> None:
    with serving(answering()) as server:
        client = GuardedClient(server.upstream)
        mine = call(server.url(), headers={"AUTHORIZATION": "mine"})
        client.send(mine, {"Authorization": "Bearer secret"}, frozenset(["127.0.0.1"]))
    assert server.received[0].headers["authorization"] == "Bearer secret"


def test_an_allowed_host_may_name_its_port() -> None:
    with serving(answering()) as server:
        hosts = frozenset([server.upstream])
        GuardedClient(server.upstream).send(call(server.url()), {"X-Token": "secret"}, hosts)
    assert server.received[0].headers["x-token"] == "secret"


@pytest.mark.parametrize("hosts", [[], ["example.org"], ["com"], ["api.example.com"]])
def test_a_credential_for_another_host_is_not_sent(hosts: list[str]) -> None:
    with pytest.raises(NodeError) as caught:
        GuardedClient().send(call("https://example.com/"), {"X-T": "secret"}, frozenset(hosts))
    assert (caught.value.code, caught.value.retryable) == ("credential_host", False)
    assert "secret" not in caught.value.message


def test_a_credential_is_not_sent_in_clear() -> None:
    hosts = frozenset(["example.com"])
    with pytest.raises(NodeError, match="https only"):
        GuardedClient().send(call("http://example.com/"), {"X-T": "secret"}, hosts)


@pytest.mark.parametrize("length", [100_001, 10**30])
def test_an_answer_that_says_it_is_too_large_is_not_read(length: int) -> None:
    raw = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    error = failure(saying(raw))
    assert (error.code, error.retryable) == ("too_large", False)


def test_an_answer_that_turns_out_too_large_is_cut_off() -> None:
    def endless(_: Received, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 10_000)

    assert failure(endless).code == "too_large"


def test_the_largest_answer_allowed_is_taken() -> None:
    assert len(body_of(answering(b"x" * 100_000))) == 100_000
    assert failure(answering(b"x" * 100_001)).code == "too_large"


def test_a_small_answer_that_unpacks_to_gigabytes_is_cut_off() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    error = failure(answering(bomb, "Content-Encoding: gzip"), max_bytes=1_000_000)
    assert error.code == "too_large"


def test_an_answer_packed_several_times_is_refused() -> None:
    twice = gzip.compress(gzip.compress(b"rain", mtime=0))
    error = failure(answering(twice, "Content-Encoding: gzip, gzip"))
    assert (error.code, error.retryable) == ("upstream_unreadable", False)


def test_an_answer_that_does_not_unpack_is_refused() -> None:
    error = failure(answering(b"no gzip at all", "Content-Encoding: gzip"))
    assert error.code == "upstream_unreadable"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_no_http_may_be_tried_again(raw: bytes) -> None:
    error = failure(saying(raw))
    assert (error.code, error.retryable) == ("upstream_disconnected", True)


def test_a_host_that_listens_on_no_such_port_may_be_tried_again() -> None:
    with serving(answering()) as server:
        client = GuardedClient(server.upstream)
    with pytest.raises(NodeError) as caught:
        client.send(call(server.url()), {}, None)
    assert (caught.value.code, caught.value.retryable) == ("upstream_unreachable", True)


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with serving(answering(b"second")) as server:
        here = f"localhost:{server.port}"
        client = GuardedClient(here, resolve=lambda host, port: ["::1", "127.0.0.1"])
        assert client.send(call(f"http://{here}/"), {}, None).body == b"second"


def _drip(piece: bytes, start: bytes) -> Behave:
    """One piece after the other, each in time for a timeout on single reads."""

    def behave(_: Received, connection: socket.socket) -> None:
        connection.sendall(start)
        connection.settimeout(0.02)
        while True:
            try:
                connection.recv(1)
                return
            except TimeoutError:
                connection.sendall(piece)

    return behave


def _silent(_: Received, connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize(
    "behave",
    [
        _silent,
        _drip(b"x", b"HTTP/1.1 200 OK\r\n\r\n"),
        _drip(b"x", b"HTTP/1.1 200 OK\r\nX-Long: "),
        _drip(b"X: y\r\n", b"HTTP/1.1 200 OK\r\n"),
        _drip(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        _drip(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"),
    ],
)
def test_the_time_is_that_of_the_whole_call_however_the_answer_drips(behave: Behave) -> None:
    error = failure(behave, timeout_seconds=0.3)
    assert (error.code, error.retryable) == ("upstream_timeout", True)
    assert error.message == "The host took longer than 0.3 s"


def test_a_request_that_is_not_taken_in_ends_with_its_time() -> None:
    def deaf(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        deaf(listener)
        upstream = f"127.0.0.1:{listener.getsockname()[1]}"
        large = call(f"http://{upstream}/", "POST", body=b"x" * 50_000_000, timeout_seconds=0.3)
        with pytest.raises(NodeError) as caught:
            GuardedClient(upstream).send(large, {}, None)
    assert caught.value.code == "upstream_timeout"


def test_a_call_without_time_left_is_not_sent() -> None:
    assert failure(answering(), timeout_seconds=0).code == "upstream_timeout"


def test_many_calls_at_once_do_not_mix() -> None:
    def echo(received: Received, connection: socket.socket) -> None:
        answering(received.line.encode())(received, connection)

    with serving(echo) as server:
        client = GuardedClient(server.upstream)

        def ask(number: int) -> bytes:
            return client.send(call(server.url(f"/{number}")), {}, None).body

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(40)))
    assert answers == [f"GET /{number} HTTP/1.1".encode() for number in range(40)]
