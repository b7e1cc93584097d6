"""Who calls: an access token or an API key, and whether it still counts at this very request.

Nothing of this is cached: one read finds user and session as they are now, so that a sign-out, a
new password, a lost role or a deleted account acts at the next request. Where they cannot be read,
nobody is let in.
"""

from collections.abc import Mapping

from strata import api_keys, tokens
from strata.model.errors import InvalidToken, Unauthenticated
from strata.model.user import ROLES, Caller
from strata.platform import Platform
from strata.sessions import lasts
from strata.store import keys, sessions, users

_BLANKS = " \t"
"""What HTTP lets stand around a value; other spaces are a part of it."""


def identify(headers: Mapping[str, str], *, platform: Platform) -> Caller:
    """Header names in any case. Raises Unauthenticated, InvalidToken, InvalidApiKey, Unavailable,
    and Unauthenticated for both of them: nobody could tell who is meant."""
    given = {name.lower(): value.strip(_BLANKS) for name, value in headers.items()}
    authorization, key = given.get("authorization"), given.get("x-api-key")
    # An empty one was given as well: somebody on the way may have put it there, or taken it away.
    if authorization is not None and key is not None:
        raise Unauthenticated
    if key:
        return api_keys.authenticate(key, platform=platform)
    return _by_token(_bearer(authorization or ""), platform)


def _bearer(given: str) -> str:
    scheme, _, token = given.partition(" ")
    token = token.strip(_BLANKS)
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token


def _by_token(token: str, platform: Platform) -> Caller:
    claims = tokens.verify(token, platform=platform)
    mine, its = keys.user(claims.user_id), keys.session(claims.user_id, claims.session_id)
    found = platform.table.get_many([mine, its])
    if mine not in found or its not in found:
        raise InvalidToken
    user, session = users.of(found[mine]), sessions.of(found[its])
    if not lasts(session, user, platform=platform) or claims.epoch != session.epoch:
        raise InvalidToken
    # What the token was issued for, as far as the user still has it.
    permissions = _of_role(claims.role) & _of_role(user.role)
    return Caller(user.id, permissions, session_id=session.id, grants_epoch=user.grants_epoch)


def _of_role(role: str) -> frozenset[str]:
    return frozenset(map(str, ROLES.get(role, ())))
