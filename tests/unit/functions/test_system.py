from dataclasses import replace
from io import StringIO
from typing import Any, cast

import jwt
import pytest

from strata.model.errors import Unavailable
from strata.platform import Platform
from tests.unit.functions.gateway import Gateway, resource
from tests.unit.http.calls import reply, request


class Down:
    """A part of the platform that does not answer."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error


def test_a_platform_that_works_is_healthy(gateway: Gateway) -> None:
    answer = gateway.call("GET", "/v1/health")
    checks = {"table": "healthy", "vault": "healthy"}
    assert (answer.status, answer.json) == (200, {"status": "healthy", "checks": checks})


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("table strata-prod is gone")])
def test_without_its_table_a_platform_is_unhealthy(
    platform: Platform, log: StringIO, error: Exception
) -> None:
    broken = Gateway(replace(platform, table=cast("Any", Down(error))))
    answer = broken.call("GET", "/v1/health")
    assert (answer.status, answer.json["status"]) == (503, "unhealthy")
    assert answer.json["checks"]["table"] == "unhealthy"
    assert "strata-prod" not in answer.body + log.getvalue()


def test_without_its_vault_a_platform_is_degraded(platform: Platform) -> None:
    broken = Gateway(replace(platform, vault=cast("Any", Down(Unavailable()))))
    answer = broken.call("GET", "/v1/health")
    assert (answer.status, answer.json["status"]) == (200, "degraded")


def test_the_public_keys_verify_a_token(gateway: Gateway) -> None:
    token = gateway.signed_in().token
    [key] = gateway.call("GET", "/v1/.well-known/jwks.json").json["keys"]
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    options: Any = {"verify_aud": False, "verify_exp": False, "verify_nbf": False,
                    "verify_iat": False}  # fmt: skip
    claims = jwt.decode(token, jwt.PyJWK(key), ["ES256"], options=options)
    assert claims["sub"].startswith("usr_")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("PUT", "/v1/graphs", 405),
        ("DELETE", "/v1/auth/login", 405),
        ("OPTIONS", "/v1/graphs", 405),
        ("HEAD", "/v1/health", 405),
        ("GET", "/v1/graphs/not an id", 404),
    ],
)
def test_what_no_route_takes_is_refused_by_what_the_whole_api_knows(
    platform: Platform, method: str, path: str, status: int
) -> None:
    answer = reply(resource("system").handle, request(method, path), platform)
    assert answer.status == status
    assert ("allow" in answer.headers) == (status == 405)


def test_a_wrong_method_is_told_which_there_are(platform: Platform) -> None:
    event = request("PUT", "/v1/graphs")
    assert reply(resource("system").handle, event, platform).headers["allow"] == "GET, POST"


def test_of_a_path_that_looks_like_a_thing_s_only_its_own_are_told(platform: Platform) -> None:
    event = request("OPTIONS", "/v1/graphs/validate")
    assert reply(resource("system").handle, event, platform).headers["allow"] == "POST"
