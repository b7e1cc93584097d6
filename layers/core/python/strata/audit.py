"""The audit log: who did what to which resource, when, from where, with which result.

An entry stands in the log of one user, is never changed, and ends by itself after 400 days. What
requests of a known caller change is recorded by `http/resource.py`; who has no caller yet (a
sign-in), or is none (a schedule, a command), records by itself.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from strata.clock import timestamp
from strata.model.origin import NOWHERE, Origin
from strata.model.user import Caller
from strata.observability import record_audited, record_unaudited
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.store import audit
from strata.store.audit import Entry, Span

KEPT_DAYS = 400
OK = "ok"
SYSTEM = "system"
"""The actor of what nobody asked for at that moment."""
MAX_RESOURCE = 300


def record(
    user_id: str,
    action: str,
    *,
    result: str = OK,
    origin: Origin = NOWHERE,
    actor: str = "",
    by: str = "",
    resource: str = "",
    platform: Platform,
) -> None:
    """Adds an entry to the log of that user, who is the actor too unless another one is named.

    Raises nothing: what it tells of is done, or was refused, and an answer that says otherwise
    would make the caller do it again. An entry that cannot be kept is an error in the process's own
    log with the same facts, and counted, so that somebody is told. Without a user (a sign-in to an
    unknown address) there is the line in the process's log alone."""
    now = platform.clock.now()
    entry = Entry(
        id=platform.clock.new_id("aud"),
        at=timestamp(now),
        actor=actor or user_id,
        by=by,
        action=action,
        resource=resource[:MAX_RESOURCE],
        result=result,
        source=origin.source,
        user_agent=origin.user_agent,
        request_id=origin.request_id,
    )
    told = {**asdict(entry), "user_id": user_id}
    # What a client calls itself is its own text; a log holds none.
    del told["user_agent"]
    try:
        if user_id:
            expires = int((now + timedelta(days=KEPT_DAYS)).timestamp())
            audit.append(user_id, entry, expires, platform)
    except Exception as error:
        record_unaudited(told, error, platform=platform)
        return
    record_audited(told, platform=platform)


def by_of(caller: Caller) -> str:
    """The session or API key that they came with."""
    return caller.key_id or caller.session_id


def span_of(since: datetime | None, until: datetime | None) -> Span:
    """A time without a zone is UTC."""
    return Span(_milliseconds(since), _milliseconds(until))


def _milliseconds(at: datetime | None) -> int | None:
    if at is None:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def listing(
    user_id: str,
    *,
    action: str | None = None,
    span: Span | None = None,
    page: PageRequest,
    platform: Platform,
) -> dict[str, Any]:
    """A page of a user's log, newest first."""
    found = read_page(audit.all_of(user_id, action, span), page, platform=platform)
    now = platform.clock.now().timestamp()
    # The table ends an entry some time after its end.
    items = [asdict(audit.of(item)) for item in found.items if item["expires"] > now]
    return {"items": items, "next_cursor": found.next_cursor}
