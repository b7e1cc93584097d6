"""The authorizer's verdict: written by `functions/authorizer`, read by every resource.

API Gateway's own refusal is a bare `{"message": "Unauthorized"}`. So the authorizer lets every
request pass and says in its context who calls, or why nobody does; the function answers 401 (ADR
0007). A context that says neither is a refusal too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from strata.model.errors import (
    InvalidApiKey,
    InvalidToken,
    PermissionDenied,
    StrataError,
    Unauthenticated,
    Unavailable,
)
from strata.model.user import Caller
from strata.observability import record_failure
from strata.platform import Platform

Json = dict[str, Any]

_REFUSALS = {
    error.code: error for error in (Unauthenticated, InvalidToken, InvalidApiKey, Unavailable)
}


def verdict(
    event: Mapping[str, Any],
    identify: Callable[[Mapping[str, str]], Caller],
    *,
    platform: Platform,
) -> Json:
    """What the authorizer answers to API Gateway (payload 2.0, simple responses)."""
    return {"isAuthorized": True, "context": _context(event, identify, platform)}


def _context(
    event: Mapping[str, Any], identify: Callable[[Mapping[str, str]], Caller], platform: Platform
) -> dict[str, str]:
    try:
        caller = identify(event.get("headers") or {})
    except StrataError as error:
        return {"refused": error.code}
    except Exception as error:
        record_failure("authorizer", error, platform=platform)
        return {"refused": StrataError.code}
    return {
        "user_id": caller.user_id,
        "session_id": caller.session_id,
        "key_id": caller.key_id,
        "permissions": " ".join(sorted(caller.permissions)),
    }


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Who calls, by the authorizer's word. Raises what the authorizer found."""
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    context = authorizer.get("lambda") or {}
    if "refused" in context:
        raise _REFUSALS.get(context["refused"], StrataError)
    if not context.get("user_id"):
        raise Unauthenticated
    return Caller(
        context["user_id"],
        frozenset(context.get("permissions", "").split()),
        context.get("session_id", ""),
        context.get("key_id", ""),
    )


def check_permission(caller: Caller, permission: str) -> None:
    """Raises PermissionDenied."""
    if permission not in caller.permissions:
        raise PermissionDenied(f"This needs the permission {permission}.")
