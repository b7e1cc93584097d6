"""What anyone may ask: health, the contract, the public keys. Here end unknown routes, too."""

from typing import Any

from strata import health, tokens
from strata.http import contract
from strata.http.parameters import World
from strata.http.resource import Resource
from strata.http.schemas.system import Health, KeySet

Json = dict[str, Any]

app = Resource("system", paths=contract.paths)
handler = app.handle


@app.get("/v1/health", public=True, answer=Health, also={503: Health})
def check_health(*, platform: World) -> tuple[Json, int]:
    """Whether this environment works.

    200 where it is healthy or degraded, 503 where it is unhealthy.
    """
    report = health.check(platform=platform)
    return report, health.http_status(report)


@app.get("/v1/openapi.json", public=True, answer=dict[str, Any])
def read_contract() -> str:
    """This document."""
    return contract.text()


@app.get("/v1/.well-known/jwks.json", public=True, answer=KeySet)
def read_public_keys(*, platform: World) -> Json:
    """The keys that verify access tokens."""
    return tokens.jwks(platform=platform)
