"""TLS: the certificate must be the host's own, and the server is told the host's name."""

import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from strata.model.block import HttpAnswer
from strata.model.errors import NodeError
from strata.outbound import GuardedClient
from tests.unit.outbound_server import Behave, Received, answering, call, saying, serving


def certificate(path: Path, host: str, until: int = 2100) -> Path:
    """A file with a key, and a certificate for the host that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(until, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


class Host:
    """A server that speaks TLS under the name localhost; `told` are the names it was asked for."""

    def __init__(self, pem: Path) -> None:
        self.told: list[str | None] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.context.sni_callback = lambda _, name, __: self.told.append(name)

    def ask(self, behave: Behave, **given: object) -> HttpAnswer:
        with serving(behave, self.context) as server:
            here = f"localhost:{server.port}"
            client = GuardedClient(here, resolve=lambda host, port: ["127.0.0.1"])
            return client.send(call(f"https://{here}/", **given), {}, None)

    def failure(self, behave: Behave, **given: object) -> NodeError:
        with pytest.raises(NodeError) as caught:
            self.ask(behave, **given)
        return caught.value


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Its certificate is trusted."""
    pem = certificate(tmp_path / "host.pem", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return Host(pem)


def test_a_host_with_its_own_trusted_certificate_answers(host: Host) -> None:
    assert host.ask(answering(b"x" * 90_000)).body == b"x" * 90_000


def test_the_server_is_told_the_name_of_the_url_though_an_address_is_called(host: Host) -> None:
    host.ask(answering())
    assert host.told == ["localhost"]


def test_a_body_goes_out_whole(host: Host) -> None:
    def count(received: Received, connection: socket.socket) -> None:
        answering(str(len(received.body)).encode())(received, connection)

    assert host.ask(count, method="POST", body=b"x" * 1_000_000).body == b"1000000"


@pytest.mark.parametrize(("name", "until"), [("example.com", 2100), ("localhost", 2021)])
def test_a_certificate_of_another_host_or_of_yesterday_is_refused(
    name: str, until: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path / "other.pem", name, until)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    error = Host(pem).failure(answering())
    assert (error.code, error.retryable) == ("upstream_certificate", False)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    error = Host(certificate(tmp_path / "own.pem", "localhost")).failure(answering())
    assert error.code == "upstream_certificate"


def test_a_server_that_speaks_no_tls_may_be_tried_again() -> None:
    def garbage(listener: socket.socket) -> None:
        connection = listener.accept()[0]
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(10_000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=garbage, args=(listener,)).start()
        with pytest.raises(NodeError) as caught:
            GuardedClient(here).send(call(f"https://{here}/"), {}, None)
    assert (caught.value.code, caught.value.retryable) == ("upstream_unreachable", True)


def test_a_handshake_that_never_ends_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(NodeError) as caught:
            GuardedClient(here).send(call(f"https://{here}/", timeout_seconds=0.3), {}, None)
    assert caught.value.code == "upstream_timeout"


def test_an_answer_that_drips_over_tls_is_cut_off(host: Host) -> None:
    def drip(_: Received, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.settimeout(0.02)
        while True:
            try:
                connection.recv(1)
                return
            except TimeoutError:
                connection.sendall(b"x")

    assert host.failure(drip, timeout_seconds=0.3).code == "upstream_timeout"


def test_an_answer_that_breaks_off_over_tls_may_be_tried_again(host: Host) -> None:
    error = host.failure(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))
    assert (error.code, error.retryable) == ("upstream_disconnected", True)
