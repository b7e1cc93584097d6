"""Whether this environment works: told to anyone, so it names parts and tells nothing else."""

from collections.abc import Callable
from typing import Any, Literal

from strata.observability import record_failure
from strata.platform import Platform
from strata.ports import Key

Json = dict[str, Any]
State = Literal["healthy", "unhealthy"]

_NOTHING = Key("HEALTH", "HEALTH")


def check(*, platform: Platform) -> Json:
    """{"status", "checks"}: `unhealthy` without the table, `degraded` where a part is missing
    without which signed-in users can still read."""
    checks = {
        "table": _state(lambda: platform.table.get(_NOTHING), platform),
        "vault": _state(
            lambda: platform.vault.public_key(platform.vault.first_signing_key()), platform
        ),
    }
    if checks["table"] == "unhealthy":
        status = "unhealthy"
    else:
        status = "degraded" if "unhealthy" in checks.values() else "healthy"
    return {"status": status, "checks": checks}


def http_status(report: Json) -> int:
    """What a load balancer understands."""
    return 503 if report["status"] == "unhealthy" else 200


def _state(use: Callable[[], object], platform: Platform) -> State:
    try:
        use()
    except Exception as error:
        record_failure("health", error, platform=platform)
        return "unhealthy"
    return "healthy"
