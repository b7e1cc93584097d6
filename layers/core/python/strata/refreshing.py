"""Refreshing: a refresh token is exchanged for a new pair, once.

A token that comes a second time was stolen, or its thief was first: nobody can tell, so the session
ends. Only right after the exchange the same successor is told once more, for an answer may be lost
and a client may ask twice at the same time.
"""

from datetime import timedelta

from strata import audit, opaque, refresh_tokens, tokens
from strata.clock import moment, timestamp
from strata.model.errors import EmailUnverified, InvalidRefreshToken
from strata.model.origin import NOWHERE, Origin
from strata.model.user import User
from strata.platform import Platform
from strata.refresh_tokens import RefreshToken
from strata.sessions import Login, end_of, lasts
from strata.store import keys, sessions, users
from strata.store.sessions import Rotation, Session

GRACE = timedelta(seconds=30)
REUSED = "reuse_refresh_token"
"""What the audit log calls it."""


def refresh(given: str, origin: Origin = NOWHERE, *, platform: Platform) -> Login:
    """The pair that a refresh token is exchanged for.

    Raises InvalidRefreshToken, EmailUnverified, Unavailable."""
    key = refresh_tokens.key_of(platform)
    token = refresh_tokens.read(given, key)
    if token is None:
        raise InvalidRefreshToken
    user, session = _family(token, platform)
    _check(token, session, origin, platform)
    if platform.settings.verified_email == "required" and not user.email_verified:
        raise EmailUnverified
    # First, so that a vault that is down leaves the token as it is.
    access_token = tokens.issue(user, session.id, platform=platform)
    if opaque.proves(token.secret, session.refresh_hash):
        session = _rotate(token, session, platform)
        _check(token, session, origin, platform)
    return Login(access_token, refresh_tokens.successor(token, session.nonce).written(key))


def _family(token: RefreshToken, platform: Platform) -> tuple[User, Session]:
    """Raises InvalidRefreshToken where user or session do not last."""
    mine, its = keys.user(token.user_id), keys.session(token.user_id, token.session_id)
    found = platform.table.get_many([mine, its])
    if mine in found and its in found:
        user, session = users.of(found[mine]), sessions.of(found[its])
        if lasts(session, user, platform=platform):
            return user, session
    raise InvalidRefreshToken


def _check(token: RefreshToken, session: Session, origin: Origin, platform: Platform) -> None:
    """Ends the session of a token that neither is out nor has just been exchanged: its tag says
    that it once was. Raises InvalidRefreshToken."""
    if opaque.proves(token.secret, session.refresh_hash):
        return
    since = platform.clock.now() - moment(session.last_used_at)
    if since <= GRACE and opaque.proves(token.secret, session.previous_hash):
        return
    if sessions.remove(session.user_id, session.id, platform):
        audit.record(
            session.user_id,
            REUSED,
            result=InvalidRefreshToken.code,
            origin=origin,
            by=session.id,
            resource=session.id,
            platform=platform,
        )
    raise InvalidRefreshToken


def _rotate(token: RefreshToken, session: Session, platform: Platform) -> Session:
    """The session with a successor of the token: this call's, or that of another call that was
    first. Raises InvalidRefreshToken."""
    now, nonce = platform.clock.now(), refresh_tokens.new_nonce(platform.clock)
    rotation = Rotation(
        last_used_at=timestamp(now),
        expires=end_of(moment(session.created_at), now),
        refresh_hash=opaque.hashed(refresh_tokens.successor(token, nonce).secret),
        previous_hash=session.refresh_hash,
        nonce=nonce,
    )
    rotated = sessions.rotate(session, rotation, platform)
    if rotated is None:
        raise InvalidRefreshToken
    return rotated
