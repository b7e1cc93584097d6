"""The authorizer's verdict: written by `functions/authorizer`, read by every resource.

It says who calls, what they may do, and how many requests they have left. It names the caller also
where none is left: some routes answer all the same, and only the function knows its route.

API Gateway's own refusal is a bare `{"message": "Unauthorized"}`. So the authorizer lets every
request pass and says in its context who calls, or why nobody does; the function answers 401 (ADR
0007). A context that says neither is a refusal too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from strata import rates
from strata.model.errors import (
    InvalidApiKey,
    InvalidToken,
    StrataError,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from strata.model.rate import Standing
from strata.model.user import Caller
from strata.observability import record_failure
from strata.platform import Platform

Json = dict[str, Any]

_REFUSALS = {
    error.code: error for error in (Unauthenticated, InvalidToken, InvalidApiKey, Unavailable)
}

RATE_HEADERS = {
    "rate_limit": "RateLimit-Limit",
    "rate_remaining": "RateLimit-Remaining",
    "rate_reset": "RateLimit-Reset",
    "rate_policy": "RateLimit-Policy",
}
"""Of the window that ends first for the caller, by the field of the context."""


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
        standing = rates.count(caller, platform=platform)
    except StrataError as error:
        return {"refused": error.code}
    except Exception as error:
        record_failure("authorizer", error, platform=platform)
        return {"refused": StrataError.code}
    told = _told(standing)
    refused = {} if standing.is_admitted else {"refused": TooManyRequests.code}
    return {
        **refused,
        **told,
        "user_id": caller.user_id,
        "session_id": caller.session_id,
        "key_id": caller.key_id,
        "grants_epoch": str(caller.grants_epoch),
        "permissions": " ".join(sorted(caller.permissions)),
    }


def _told(standing: Standing) -> dict[str, str]:
    tightest = standing.tightest
    return {
        "rate_limit": str(tightest.limit),
        "rate_remaining": str(tightest.remaining),
        "rate_reset": str(tightest.reset),
        "rate_policy": standing.policy,
    }


def rate_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """What an answer says of its caller's rate; nothing where nobody was identified."""
    context = _context_of(event)
    return {name: context[field] for field, name in RATE_HEADERS.items() if field in context}


def caller_of(event: Mapping[str, Any], *, always: bool = False) -> Caller:
    """Who calls, by the authorizer's word; with `always` also who has no request left, unless
    they come by an API key. Raises what the authorizer found."""
    context = _context_of(event)
    if context.get("refused") == TooManyRequests.code:
        if not (always and context.get("session_id")):
            raise TooManyRequests(retry_after=int(context["rate_reset"]))
    elif "refused" in context:
        raise _REFUSALS.get(context["refused"], StrataError)
    if not context.get("user_id"):
        raise Unauthenticated
    return Caller(
        context["user_id"],
        frozenset(context.get("permissions", "").split()),
        context.get("session_id", ""),
        context.get("key_id", ""),
        grants_epoch=int(context.get("grants_epoch", 0)),
    )


def _context_of(event: Mapping[str, Any]) -> Mapping[str, str]:
    authorizer = event.get("requestContext", {}).get("authorizer") or {}
    context: Mapping[str, str] = authorizer.get("lambda") or {}
    return context
