"""Who the embedded server answers: what a page of another site has a browser send is refused."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from strata.local.blobs import LocalBlobs
from strata.local.callers import check
from strata.local.platform import open_platform
from strata.local.server import HttpServer
from strata.model.errors import CrossSite, Misdirected
from strata.settings import Settings

PUBLIC = "https://strata.example.com/base"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[httpx.Client, LocalBlobs]]:
    with (
        open_platform(tmp_path) as local,
        HttpServer(local) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        local.blobs.put("values/usr_1/a", b"[1,2]")
        yield client, local.blobs


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:1", "localhost.", "[::1]", "[::1]:80"],
)
def test_whoever_names_this_machine_is_answered(host: str) -> None:
    check("POST", {"host": host}, ())


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.com",
        "rebound.example:8000",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "evil-localhost",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0.0.0.0:8000",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::1].example.com",
        "localhost:80:80",
        "localhost@example.com",
        "localhost, example.com",
        "localhost/x",
        "localhost:x",
        " localhost",
        "strata.example.com",
    ],
)
def test_a_name_that_may_have_been_rebound_is_misdirected(host: str) -> None:
    with pytest.raises(Misdirected):
        check("GET", {"host": host}, ())


def test_a_request_without_a_host_is_misdirected() -> None:
    with pytest.raises(Misdirected):
        check("GET", {}, ())


def test_the_public_url_names_a_host_too() -> None:
    check("POST", {"host": "strata.example.com", "origin": PUBLIC}, (PUBLIC, ""))
    check("GET", {"host": "strata.example.com:8443"}, (PUBLIC,))
    with pytest.raises(Misdirected):
        check("GET", {"host": "other.example.com"}, (PUBLIC,))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "SEARCH"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost.evil.example:8000"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "file://"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"},
    ],
)
def test_a_page_of_another_site_changes_nothing(method: str, headers: dict[str, str]) -> None:
    with pytest.raises(CrossSite):
        check(method, {"host": "localhost", **headers}, ())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"},
        {"origin": "http://[::1]:8000"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_page_of_this_machine_may(headers: dict[str, str]) -> None:
    check("POST", {"host": "localhost", **headers}, ())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_left_to_the_rules_of_browsers(method: str) -> None:
    check(method, {"host": "localhost", "origin": "https://evil.example"}, ())


def test_the_server_tells_a_stranger_so_as_a_problem(
    server: tuple[httpx.Client, LocalBlobs],
) -> None:
    client, _ = server
    answer = client.get("/v1/health", headers={"Host": "rebound.example"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")
    login = {"email": "a@example.com", "password": "x" * 15}
    origin = {"Origin": "https://evil.example"}
    answer = client.post("/v1/auth/login", json=login, headers=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")


def test_a_link_leads_nowhere_under_a_strange_name(
    server: tuple[httpx.Client, LocalBlobs],
) -> None:
    client, blobs = server
    link = blobs.link("values/usr_1/a", 60)
    assert client.get(link, headers={"Host": "rebound.example"}).status_code == 421
    assert client.get(link).status_code == 200


def test_a_server_behind_a_proxy_answers_to_its_public_name(tmp_path: Path) -> None:
    with (
        open_platform(tmp_path, settings=Settings(public_url=PUBLIC)) as local,
        HttpServer(local) as server,
    ):
        answer = httpx.get(f"{server.url}/v1/health", headers={"Host": "strata.example.com"})
        assert answer.status_code == 200
