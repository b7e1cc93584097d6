"""What the guarded client reaches and what it refuses, before anything is sent."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.model.addresses import is_public
from strata.model.errors import NodeError
from strata.outbound import GuardedClient
from strata.outbound.targets import read_target
from tests.unit.outbound_server import answering, call, serving


def _no_resolver(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host}:{port} was resolved")


def refused(url: str, *addresses: str) -> NodeError:
    """The error for a URL whose host has these addresses."""
    resolve = (lambda host, port: addresses) if addresses else _no_resolver
    with pytest.raises(NodeError) as caught:
        GuardedClient(resolve=resolve).send(call(url), {}, None)
    return caught.value


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_a_host_with_an_address_that_is_not_public_is_refused(address: str) -> None:
    error = refused("https://example.com/", address)
    assert error.code == "forbidden_address"
    assert not error.retryable


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.255.255",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
    ],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_disguise_makes_a_closed_address_public(address: object) -> None:
    inner = ip_address(str(address))
    for disguise in (f"::ffff:{inner}", f"64:ff9b::{inner}"):
        assert is_public(ip_address(disguise)) == is_public(inner)


@given(st.ip_addresses())
def test_what_python_knows_to_be_closed_is_closed_here(address: object) -> None:
    known = ip_address(str(address))
    is_disguise = known.version == 6 and known.ipv4_mapped is not None
    if not is_disguise and (not known.is_global or known.is_multicast):
        assert not is_public(known)


def test_the_machine_itself_is_refused_by_its_own_name() -> None:
    with pytest.raises(NodeError) as caught:
        GuardedClient().send(call("http://localhost/"), {}, None)
    assert caught.value.code == "forbidden_address"


def test_one_closed_address_among_public_ones_is_enough() -> None:
    error = refused("https://example.com/", "1.1.1.1", "2606:4700::1111", "10.0.0.1")
    assert error.code == "forbidden_address"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "127.1",
        "127.0.1",
        "2130706433",
        "0",
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.01",
        "127.0.0.0x1",
        "1.2.3.256",
        "1.2.3.4.5",
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "[fe80::1%25eth0]",
    ],
)
def test_no_way_of_writing_an_address_leads_inside(host: str) -> None:
    assert refused(f"http://{host}/").code in ("forbidden_address", "invalid_input")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com",
        "http://example.com:22/",
        "http://example.com:9000/",
        "https://example.com:0/",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com@10.0.0.1/",
    ],
)
def test_other_schemes_ports_and_user_names_are_forbidden(url: str) -> None:
    assert refused(url).code == "forbidden_address"


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///path",
        "http://exa mple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nHost: inside",
        "http://example.com\\@inside/",
        "http://example.com/\x00",
        "http://example.com:port/",
        "http://example.com:99999/",
        "http://[::1",
        "http://[zz::1]/",
        "http://[v1.a:b]/",
        "http://exa%6dple.com/",
        "http://example..com/",
        "http://.example.com/",
        f"http://{'a' * 64}.com/",
        f"http://{'é' * 300}.com/",
        "http://-example.com/",
        "http://example.com/" + "a" * 9000,
    ],
)
def test_what_is_no_url_is_an_invalid_input(url: str) -> None:
    error = refused(url)
    assert error.code == "invalid_input"
    assert error.message.startswith("Input 'url' ")


def test_a_refusal_does_not_repeat_the_url() -> None:
    assert "s3cret" not in refused("http://user:s3cret@example.com/").message
    assert "s3cret" not in refused("http://s3cret s3cret/").message


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://Example.COM", "example.com", 443, "/"),
        ("http://example.com:8080/a/../b?x=1#y", "example.com", 8080, "/a/../b?x=1"),
        ("https://example.com?x=1", "example.com", 443, "/?x=1"),
        ("https://example.com./", "example.com", 443, "/"),
        ("https://bücher.example/", "xn--bcher-kva.example", 443, "/"),
        ("https://example.com/wörter?q=ä", "example.com", 443, "/w%C3%B6rter?q=%C3%A4"),
        ("https://example.com/a%20b", "example.com", 443, "/a%20b"),
        ("https://ｅｘａｍｐｌｅ.com/", "example.com", 443, "/"),
        ("http://1.1.1.1/", "1.1.1.1", 80, "/"),
        ("http://[2606:4700:0::1111]/", "2606:4700::1111", 80, "/"),
        ("http://my_host.example/", "my_host.example", 80, "/"),
    ],
)
def test_a_url_is_read_in_one_way(url: str, host: str, port: int, path: str) -> None:
    target = read_target(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com:443/", "example.com"),
        ("http://example.com:443/", "example.com:443"),
        ("http://[2606:4700::1]:8080/", "[2606:4700::1]:8080"),
    ],
)
def test_the_host_header_tells_the_port_only_where_it_is_unusual(url: str, authority: str) -> None:
    assert read_target(url).authority == authority


def test_a_name_that_does_not_resolve_may_be_tried_again() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(NodeError) as caught:
        GuardedClient(resolve=resolve).send(call("https://nowhere.example/"), {}, None)
    assert (caught.value.code, caught.value.retryable) == ("upstream_unreachable", True)


def test_a_host_is_resolved_once_so_that_it_cannot_change_its_address_in_between() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with serving(answering(b"inside")) as server:
        client = GuardedClient(f"localhost:{server.port}", resolve=resolve)
        client.send(call(f"http://localhost:{server.port}/"), {}, None)
    assert asked == ["localhost"]


def test_the_allowed_upstream_is_reached() -> None:
    with serving(answering(b"hello")) as server:
        answer = GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert (answer.status, answer.body) == (200, b"hello")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/", "http://127.0.0.2:{}/", "http://[::1]:{}/"]
)
def test_no_other_port_and_no_other_host_is_let_in_beside_it(url: str) -> None:
    client = GuardedClient("127.0.0.1:9000", resolve=_no_resolver)
    with pytest.raises(NodeError, match="may not be sent"):
        client.send(call(url.format(8080)), {}, None)


def test_a_name_for_the_allowed_address_is_not_the_allowed_host() -> None:
    client = GuardedClient("127.0.0.1:8080", resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(NodeError, match="may not be sent"):
        client.send(call("http://localhost:8080/"), {}, None)


def test_an_allowed_name_that_leads_off_loopback_is_refused() -> None:
    client = GuardedClient("localhost:9000", resolve=lambda host, port: ["10.0.0.1"])
    with pytest.raises(NodeError, match="may not be sent"):
        client.send(call("http://localhost:9000/"), {}, None)


@pytest.mark.parametrize("upstream", ["10.0.0.1:80", "example.com:80", "127.0.0.1", "127.0.0.1:x"])
def test_the_allowed_upstream_must_be_a_host_and_port_on_loopback(upstream: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        GuardedClient(upstream)


def test_an_allowed_upstream_may_be_an_ipv6_address() -> None:
    client = GuardedClient("[::1]:9", resolve=_no_resolver)
    with pytest.raises(NodeError) as caught:
        client.send(call("http://[::1]:9/"), {}, None)
    assert caught.value.code == "upstream_unreachable"
