"""Sessions: a sign-in begins one, refresh tokens carry it on (`refreshing`), a sign-out ends it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from strata import opaque, refresh_tokens, tokens
from strata.clock import timestamp, timestamp_at
from strata.model.errors import NotFound, PermissionDenied
from strata.model.origin import Origin
from strata.model.user import Caller, User
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.store import sessions, users
from strata.store.sessions import Session

Json = dict[str, Any]

IDLE = timedelta(days=7)
LONGEST = timedelta(days=30)
"""However often it is used: NIST 800-63B wants a password again after so long (AAL1)."""


@dataclass(frozen=True, slots=True)
class Login:
    """`expires_in` in seconds, of the access token; `session_id` where one has begun."""

    access_token: str
    refresh_token: str
    expires_in: int = tokens.LIFETIME_SECONDS
    session_id: str = ""


def begin(user: User, origin: Origin, *, platform: Platform) -> Login:
    """A new session of a user who has proved who they are. Raises Unavailable."""
    now = platform.clock.now()
    session_id = platform.clock.new_id("ses")
    first = refresh_tokens.new(user.id, session_id, platform.clock)
    session = Session(
        id=session_id,
        user_id=user.id,
        epoch=user.epoch,
        created_at=timestamp(now),
        last_used_at=timestamp(now),
        source=origin.source,
        user_agent=origin.user_agent,
        expires=end_of(now, now),
        refresh_hash=opaque.hashed(first.secret),
    )
    # First, so that a vault that is down leaves no session that nobody has.
    access_token = tokens.issue(user, session_id, platform=platform)
    refresh_token = first.written(refresh_tokens.key_of(platform))
    sessions.add(session, platform)
    return Login(access_token, refresh_token, session_id=session_id)


def end_of(begun: datetime, used: datetime) -> int:
    """When a session of that age ends unless it is used again, in epoch seconds."""
    return int(min(used + IDLE, begun + LONGEST).timestamp())


def lasts(session: Session, user: User, *, platform: Platform) -> bool:
    """Whether it still speaks for its user, who may have ended all sessions, or be disabled."""
    if not user.is_active or session.epoch != user.epoch:
        return False
    # The table ends an item some time after its end.
    return session.expires > platform.clock.now().timestamp()


def listing(caller: Caller, *, page: PageRequest, platform: Platform) -> Json:
    """A page of the caller's sessions that last, newest first."""
    user = users.by_id(caller.user_id, platform)
    found = read_page(sessions.all_of(caller.user_id), page, platform=platform)
    read = map(sessions.of, found.items)
    items = [_view(one, caller) for one in read if user and lasts(one, user, platform=platform)]
    return {"items": items, "next_cursor": found.next_cursor}


def end(user_id: str, session_id: str, *, platform: Platform) -> None:
    """All of its tokens are dead from here on. Raises NotFound."""
    if not sessions.remove(user_id, session_id, platform):
        raise NotFound


def log_out(caller: Caller, *, platform: Platform) -> None:
    """Ends the session that the caller comes with. Raises PermissionDenied for an API key."""
    if not caller.session_id:
        raise PermissionDenied("An API key has no session to end.")
    sessions.remove(caller.user_id, caller.session_id, platform)


def end_all(user_id: str, *, platform: Platform) -> None:
    """All tokens of that user are dead from here on; API keys are not. Raises NotFound."""
    if not users.end_sessions(user_id, platform):
        raise NotFound


def _view(session: Session, caller: Caller) -> Json:
    return {
        "id": session.id,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": timestamp_at(session.expires),
        "source": session.source,
        "user_agent": session.user_agent,
        "current": session.id == caller.session_id,
    }
