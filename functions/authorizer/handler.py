"""Says to API Gateway who calls; see ADR 0007."""

from functools import partial
from typing import Any

from strata.http.access import verdict
from strata.identities import identify
from strata.platform import platform_of


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes a request event (payload 2.0), answers {"isAuthorized", "context"}."""
    platform = platform_of(context)
    return verdict(event, partial(identify, platform=platform), platform=platform)
