"""What a new or changed API key may be given."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from strata.clock import timestamp
from strata.model.errors import Detail, InvalidBody, ScopeNotAllowed
from strata.model.pointers import pointer
from strata.model.user import KEY_SCOPES, Caller

Json = dict[str, Any]

MOMENT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
"""RFC 3339. What Python reads besides differs from version to version."""


def checked(given: Mapping[str, Any], caller: Caller, now: datetime) -> Json:
    """Those of `scopes` and `expires_at` that are given, in the one form in which they are kept.

    Raises ScopeNotAllowed, InvalidBody; all faults at once."""
    wrong_scopes = list(_scope_problems(given.get("scopes", []), caller))
    wrong_times = list(_time_problems(given.get("expires_at"), now))
    if wrong_scopes:
        raise ScopeNotAllowed(errors=[*wrong_scopes, *wrong_times])
    if wrong_times:
        raise InvalidBody(errors=wrong_times)
    kept: Json = {}
    if "scopes" in given:
        kept["scopes"] = sorted(set(given["scopes"]))
    if "expires_at" in given:
        kept["expires_at"] = _normal(given["expires_at"])
    return kept


def _scope_problems(scopes: list[str], caller: Caller) -> Iterator[Detail]:
    allowed = caller.permissions & frozenset(map(str, KEY_SCOPES))
    for position, scope in enumerate(scopes):
        if scope not in allowed:
            where = pointer(["scopes", position])
            yield Detail(where, "scope_not_allowed", "Not a scope that you may give to a key.")


def _time_problems(expires_at: str | None, now: datetime) -> Iterator[Detail]:
    if expires_at is None:
        return
    at = _moment(expires_at)
    if at is None:
        yield Detail("/expires_at", "wrong_form", "This is no time in RFC 3339.")
    elif at <= now:
        yield Detail("/expires_at", "in_the_past", "A key expires in the future.")


def _normal(expires_at: str | None) -> str | None:
    at = _moment(expires_at) if expires_at else None
    return timestamp(at) if at else None


def _moment(text: str) -> datetime | None:
    """None for what is no time, such as the 30th of February."""
    if not re.fullmatch(MOMENT, text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
