"""Sessions: what a sign-in begins, refresh tokens carry on, and a sign-out ends."""

from dataclasses import dataclass
from datetime import timedelta

from strata import tokens
from strata.clock import timestamp
from strata.model.origin import Origin
from strata.model.user import User
from strata.platform import Platform
from strata.store import sessions
from strata.store.sessions import Session

DAYS = 7


@dataclass(frozen=True, slots=True)
class Login:
    """`expires_in` in seconds, of the access token."""

    access_token: str
    expires_in: int = tokens.LIFETIME_SECONDS


def begin(user: User, origin: Origin, *, platform: Platform) -> Login:
    """A new session of a user who has proved who they are."""
    now = platform.clock.now()
    session = Session(
        id=platform.clock.new_id("ses"),
        user_id=user.id,
        epoch=user.epoch,
        created_at=timestamp(now),
        source=origin.source,
        user_agent=origin.user_agent,
        expires=int((now + timedelta(days=DAYS)).timestamp()),
    )
    sessions.add(session, platform)
    return Login(tokens.issue(user, session.id, platform=platform))
