"""Every disguise of every closed address, by itself, behind a name and behind a redirect."""

import threading
from contextlib import suppress

import pytest

from strata.model.block import HttpAnswer
from strata.model.errors import NodeError
from strata.model.hosts import normal_host
from strata.outbound import GuardedClient
from strata.outbound.redirects import Request, following
from strata.outbound.targets import read_target
from tests.unit.outbound_disguises import CLOSED, CLOSED_IPV6, SCHEMES, disguises, hosts_for
from tests.unit.outbound_server import answering, call, redirecting, serving

REFUSED = ("forbidden_address", "invalid_input")
WRITTEN = [host for address in CLOSED.values() for host in hosts_for(address)]
WRITTEN += [f"[{address}]" for address in CLOSED_IPV6.values()]
WRITTEN += [f"[{address}%25lo]" for address in CLOSED_IPV6.values()]
ADDRESSES = [
    *CLOSED.values(),
    *CLOSED_IPV6.values(),
    *(disguise for address in CLOSED.values() for disguise in disguises(address)),
    *(f"{address}%eth0" for address in CLOSED_IPV6.values()),
]
HOSTILE = [f"http://{host}/" for host in WRITTEN] + list(SCHEMES)


def _no_resolver(host: str, port: int) -> list[str]:
    """A host of digits that no standard folds is a name; one that no server has."""
    if host.startswith("xn--") or ".xn--" in host:
        raise OSError
    raise AssertionError(f"{host}:{port} was resolved")


def _code(url: str) -> str:
    with pytest.raises(NodeError) as caught:
        GuardedClient(resolve=_no_resolver).send(call(url), {}, None)
    return caught.value.code


def _is_name(url: str) -> bool:
    """Whether it is written in digits that stay letters: such a host can only be a name."""
    try:
        return "xn--" in read_target(url).host
    except NodeError:
        return False


def test_hundreds_of_disguises_are_tried() -> None:
    assert len(set(HOSTILE)) > 1500
    assert len(set(ADDRESSES)) > 300


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_writing_of_a_closed_address_is_sent_to(scheme: str) -> None:
    reached = []
    for host in WRITTEN:
        url = f"{scheme}://{host}/"
        wanted = ("upstream_unreachable",) if _is_name(url) else REFUSED
        if _code(url) not in wanted:
            reached.append(host)
    assert reached == []


@pytest.mark.parametrize("url", SCHEMES)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert _code(url) in REFUSED


def test_no_name_leads_to_a_closed_address() -> None:
    reached = []
    for address in ADDRESSES:
        client = GuardedClient(resolve=lambda host, port, found=address: [found])  # type: ignore[misc]
        with pytest.raises(NodeError) as caught:
            client.send(call("https://metadata.google.internal/"), {}, None)
        if caught.value.code != "forbidden_address":
            reached.append(address)
    assert reached == []


def test_no_closed_address_hides_among_public_ones() -> None:
    for address in ADDRESSES:
        found = ["1.1.1.1", "2606:4700::1111", address, "8.8.8.8"]
        client = GuardedClient(resolve=lambda host, port, found=found: found)  # type: ignore[misc]
        with pytest.raises(NodeError, match="not public"):
            client.send(call("https://example.com/"), {}, None)


@pytest.mark.parametrize("variable", ["AWS_LAMBDA_RUNTIME_API", "ALL_PROXY", "http_proxy"])
def test_what_the_environment_names_opens_nothing(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answering(b"inside")) as server:
        monkeypatch.setenv(variable, server.upstream)
        client = GuardedClient(resolve=lambda host, port: ["10.0.0.1"])
        for url in (server.url(), "http://example.com/"):
            with pytest.raises(NodeError, match="may not be sent"):
                client.send(call(url), {}, None)
    assert server.received == []


def test_no_redirect_leads_to_one() -> None:
    begun = Request("GET", read_target("https://example.com/a"), {}, {"x-token": "secret"}, None)
    led = []
    for host in WRITTEN:
        location = f"http://{host}/"
        answer = HttpAnswer(302, {"location": location.encode().decode("latin-1")}, b"")
        with suppress(NodeError):
            followed = following(begun, answer, None)
            # Else a name, or the address itself: refused before anything connects.
            assert followed.credential == {}
            if "xn--" not in followed.target.host:
                led.append(followed.target.url)
    assert {_code(url) for url in led} <= set(REFUSED)


@pytest.mark.parametrize(
    "location",
    [f"http://{address}/latest/meta-data/" for address in CLOSED.values()]
    + [f"http://[{address}]/" for address in CLOSED_IPV6.values()]
    + ["http://[::1", "http://[", "http://]", "http://[v1.x]/", "http://a:99999/", "file:///x"],
)
def test_a_redirect_over_the_network_is_refused_there(location: str) -> None:
    with serving(redirecting(location)) as server, pytest.raises(NodeError) as caught:
        GuardedClient(server.upstream).send(call(server.url()), {}, None)
    assert caught.value.code in ("forbidden_address", "invalid_url")
    assert len(server.received) == 1


def test_a_name_that_changes_its_address_between_two_requests_is_checked_again() -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    with serving(redirecting("/next")) as server:
        here = f"localhost:{server.port}"
        client = GuardedClient(here, resolve=lambda host, port: answers.pop(0))
        with pytest.raises(NodeError, match="not public"):
            client.send(call(f"http://{here}/"), {}, None)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("http://[2606:4700::1111]:8080/", "2606:4700::1111", 8080),
        ("http://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808", 80),
        ("https://bücher.example/", "xn--bcher-kva.example", 443),
        ("https://例え.テスト/", "xn--r8jz45g.xn--zckzah", 443),
        ("https://пример.рф:8443/", "xn--e1afmkfd.xn--p1ai", 8443),
        ("https://xn--fa-hia.de/", "xn--fa-hia.de", 443),
        ("http://example.com:/", "example.com", 80),
        ("http://example.com:443/", "example.com", 443),
        ("https://example.com:80/", "example.com", 80),
        ("HTTPS://EXAMPLE.COM./", "example.com", 443),
        ("https://1.1.1.1./", "1.1.1.1", 443),
        ("https://a.b-c.example.co.uk/", "a.b-c.example.co.uk", 443),
        ("https://0x.example/", "0x.example", 443),
        ("https://1e100.net/", "1e100.net", 443),
    ],
)
def test_what_is_legitimate_is_reached_at_its_host_and_port(url: str, host: str, port: int) -> None:
    target = read_target(url)
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize("host", ["faß.de", "FAẞ.de", "βόλος.gr", "نامه\u200cای.ir", "Ꭰ.example"])
def test_a_name_that_two_standards_read_differently_is_refused(host: str) -> None:
    with pytest.raises(NodeError, match="punycode"):
        read_target(f"https://{host}/")
    assert normal_host(host) is None


def test_a_credential_names_its_host_as_a_request_does() -> None:
    for written in set(WRITTEN):
        named = normal_host(written)
        if named is not None:
            target = read_target(f"http://{written}/", _upstream_of(named))
            assert named in target.normal_hosts


def _upstream_of(named: str) -> tuple[str, int]:
    """So that the port is no reason to refuse."""
    host, _, port = named.rpartition(":")
    return host, int(port) if port.isdigit() else 0


@pytest.mark.parametrize(
    "url",
    [
        "https://api.good.com.evil.com/",
        "https://evil.com#@api.good.com/",
        "https://evil.com/?@api.good.com",
        "https://evil.com/api.good.com",
        "https://sub.api.good.com/",
        "https://good.com/",
        "https://xapi.good.com/",
        "https://api.good.com:8443/",
        "https://api-good.com/",
        "https://api.good.co/",
        "https://аpi.good.com/",
        "https://api.good.comm/",
    ],
)
def test_a_credential_goes_to_no_host_that_merely_looks_like_its_own(url: str) -> None:
    hosts = frozenset([normal_host("api.good.com:443") or ""])
    with pytest.raises(NodeError) as caught:
        GuardedClient(resolve=_no_resolver).send(call(url), {"X-T": "secret"}, hosts)
    assert caught.value.code == "credential_host"


@pytest.mark.parametrize(
    "url",
    [
        "https://API.good.com/",
        "https://api.good.com./",
        "https://api.good.com:443/",
        "https://ａpi。good.com/",
    ],
)
def test_a_credential_goes_to_its_host_however_that_is_written(url: str) -> None:
    hosts = frozenset([normal_host("Api.Good.com.") or ""])
    client = GuardedClient(resolve=lambda host, port: ["10.0.0.1"])
    with pytest.raises(NodeError, match="not public"):
        client.send(call(url), {"X-T": "secret"}, hosts)


@pytest.mark.parametrize("host", ["[fd00::1]", "[fd00:0::1]:443"])
def test_a_credential_goes_to_its_ipv6_host(host: str) -> None:
    hosts = frozenset([normal_host(host) or ""])
    client = GuardedClient(resolve=_no_resolver)
    with pytest.raises(NodeError, match="not public"):
        client.send(call("https://[FD00::0:1]/"), {"X-T": "secret"}, hosts)


def test_the_port_of_an_ipv6_host_is_not_taken_for_a_part_of_the_address() -> None:
    hosts = frozenset([normal_host("[2606:4700::1]:8443") or ""])
    client = GuardedClient(resolve=_no_resolver)
    with pytest.raises(NodeError) as caught:
        client.send(call("https://[2606:4700::1:8443]/"), {"X-T": "secret"}, hosts)
    assert caught.value.code == "credential_host"


def test_a_slow_resolver_is_given_up_with_the_time_of_the_call() -> None:
    asked, answered = [], threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        answered.wait(20)
        return ["1.1.1.1"]

    slow = call("https://slow.example/", timeout_seconds=0.2)
    with pytest.raises(NodeError) as caught:
        GuardedClient(resolve=resolve).send(slow, {}, None)
    answered.set()
    assert (caught.value.code, caught.value.retryable, asked) == (
        "upstream_timeout",
        True,
        ["slow.example"],
    )
