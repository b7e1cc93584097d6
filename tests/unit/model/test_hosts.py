"""The host of a credential is written as the guarded client reads the host of a URL."""

import pytest

from strata.model.hosts import kept_hosts, normal_host
from strata.outbound.targets import read_target


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("example.com", "example.com"),
        ("API.Example.COM", "api.example.com"),
        ("example.com.", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("ｅxample.com", "example.com"),
        ("my_service.example.com", "my_service.example.com"),
        ("localhost", "localhost"),
        ("a", "a"),
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:DB8:0::1]", "[2001:db8::1]"),
    ],
)
def test_it_is_what_a_request_to_it_is_compared_with(text: str, host: str) -> None:
    assert normal_host(text) == normal_host(host) == host
    assert host in read_target(f"https://{text}/").normal_hosts


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("example.com:8443", "example.com:8443"),
        ("Example.COM.:443", "example.com:443"),
        ("127.0.0.1:9000", "127.0.0.1:9000"),
        ("[::1]:8443", "[::1]:8443"),
        ("a:1", "a:1"),
        ("example.com:65535", "example.com:65535"),
    ],
)
def test_a_port_narrows_it_to_this_port(text: str, host: str) -> None:
    assert normal_host(text) == normal_host(host) == host


def test_what_an_earlier_release_kept_is_read_in_todays_form() -> None:
    kept = ["2001:db8::1", "[2001:db8::1]:8443", "2001:db8:1:2:3:4:5:6", "API.example.com", "a:1"]
    assert kept_hosts(kept) == [
        *("[2001:db8::1]", "[2001:db8::1]:8443", "[2001:db8:1:2:3:4:5:6]"),
        *("api.example.com", "a:1"),
    ]
    assert kept_hosts(["*.example.com"]) == ["*.example.com"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "*",
        "*.example.com",
        "example.*",
        "https://example.com",
        "example.com/path",
        "example.com?query",
        "example.com#fragment",
        "user@example.com",
        "example com",
        " example.com",
        "example.com\n",
        "example..com",
        ".example.com",
        "-",
        "example.com:",
        "example.com:0",
        "example.com:65536",
        "example.com:x",
        "example.com:８０",
        "::1",
        "2001:db8::1",
        "[::1",
        "[example.com]",
        "[]:80",
        "a" * 64 + ".com",
        ".".join(["a" * 60] * 5),
        "exa\u0000mple.com",
        "\ud800.com",
    ],
)
def test_what_no_url_has_as_its_host_is_none(text: str) -> None:
    assert normal_host(text) is None
