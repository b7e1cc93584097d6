"""Accounts: register, sign in, prove who one is, change what one is called.

Whoever tries a password learns nothing but whether it is right: a wrong one, an unknown address and
a user who may not sign in any more cost the same work and get the same answer.
"""

from collections.abc import Mapping
from typing import Any

from strata import audit, passwords, sessions, sign_in_limits, verification
from strata.clock import timestamp
from strata.model.email import NO_EMAIL, normal_email
from strata.model.errors import (
    Detail,
    EmailUnverified,
    InvalidBody,
    InvalidCredentials,
    TooManyAttempts,
)
from strata.model.origin import NOWHERE, Origin
from strata.model.revisions import check_tag
from strata.model.user import User
from strata.model.values import fault
from strata.platform import Platform
from strata.sessions import Login
from strata.sign_in_limits import Attempt
from strata.store import accounts, users
from strata.store.values import encode

MAX_PREFERENCES_BYTES = 8_192
MAX_PREFERENCES_DEPTH = 8

_NOBODY = "usr_" + "0" * 26
"""As whom an unknown address is looked up and written down, so that it is the same work."""


def register(
    email: str, password: str, name: str, origin: Origin = NOWHERE, *, platform: Platform
) -> User:
    """A new user, who is sent a letter. Raises InvalidBody, EmailTaken, TooManyRequests."""
    sign_in_limits.count_sign_up(origin.source, platform=platform)
    address = normal_email(email)
    faults = [] if address else [NO_EMAIL]
    faults += passwords.problems(password, address or email, name, "/password")
    if faults or address is None:
        raise InvalidBody(errors=faults)
    user = User(
        id=platform.clock.new_id("usr"),
        email=address,
        name=name,
        password_hash=passwords.hashed(password, platform.clock),
        created_at=timestamp(platform.clock.now()),
    )
    users.add(user, platform)
    _record("register", user, origin, platform)
    verification.greet(user, platform=platform)
    return user


def login(email: str, password: str, origin: Origin = NOWHERE, *, platform: Platform) -> Login:
    """A session. Raises InvalidCredentials, TooManyAttempts and, for the right password alone,
    EmailUnverified."""
    address = normal_email(email)
    attempt = sign_in_limits.begin(address or email, origin.source, platform=platform)
    named = users.by_email(address or "", platform) or users.by_id(_NOBODY, platform)
    try:
        user = _prove(attempt, named, password, origin, platform)
        _strengthen(user, password, platform)
        _check_verified(user, platform)
    except (InvalidCredentials, EmailUnverified) as refusal:
        _record("log_in", named, origin, platform, refusal.code)
        raise
    begun = sessions.begin(user, origin, platform=platform)
    _record("log_in", user, origin, platform, session_id=begun.session_id)
    return begun


def confirm(user_id: str, password: str, origin: Origin = NOWHERE, *, platform: Platform) -> User:
    """The user who is signed in, if they know their password too. What a stranger has tried does
    not count here.

    Raises InvalidCredentials, TooManyAttempts, NotFound."""
    user = profile(user_id, platform=platform)
    attempt = sign_in_limits.begin_confirmation(user.id, platform=platform)
    return _prove(attempt, user, password, origin, platform, "lock_confirmation")


def profile(user_id: str, *, platform: Platform) -> User:
    """Raises NotFound."""
    return users.get(user_id, platform)


def change(
    user_id: str, changes: Mapping[str, Any], *, if_match: str | None = None, platform: Platform
) -> User:
    """Changes `name` or `preferences`, these as a whole. Raises InvalidBody, NotFound,
    VersionConflict."""
    _check_preferences(changes.get("preferences", {}))
    user = profile(user_id, platform=platform)
    check_tag(if_match, user.revision)
    revision = None if if_match in (None, "*") else user.revision
    return accounts.change(user_id, changes, revision, platform)


def _prove(
    attempt: Attempt,
    user: User | None,
    password: str,
    origin: Origin,
    platform: Platform,
    lock: str = "lock_sign_in",
) -> User:
    """`lock` is what the audit log calls it that no place is left. Raises InvalidCredentials."""
    # First of all, whoever it is.
    matches = passwords.matches(password, user.password_hash if user else passwords.NOBODY)
    if user and matches and user.is_active:
        sign_in_limits.right(attempt, platform=platform)
        return user
    sign_in_limits.wrong(attempt, platform=platform)
    if attempt.is_last:
        _record(lock, user, origin, platform, TooManyAttempts.code)
    raise InvalidCredentials


def _strengthen(user: User, password: str, platform: Platform) -> None:
    """The moment at which the password is known is the one to hash it by today's measure."""
    cost = passwords.grown(user.password_hash)
    if cost:
        accounts.hash_again(user, passwords.hashed(password, platform.clock, cost), platform)


def _check_verified(user: User, platform: Platform) -> None:
    """Raises EmailUnverified."""
    if platform.settings.verified_email == "required" and not user.email_verified:
        raise EmailUnverified(
            "The e-mail address has not been verified. If the letter is lost, ask for a new "
            "password: that verifies the address too."
        )


def _check_preferences(preferences: Mapping[str, Any]) -> None:
    """Raises InvalidBody."""
    found = fault(preferences, MAX_PREFERENCES_DEPTH, MAX_PREFERENCES_BYTES)
    if found is None and len(encode(preferences).encode()) > MAX_PREFERENCES_BYTES:
        found = f"has more than {MAX_PREFERENCES_BYTES:,} bytes"
    if found:
        sentence = f"The object {found}."
        raise InvalidBody(errors=[Detail("/preferences", "invalid_preferences", sentence)])


def _record(
    action: str,
    user: User | None,
    origin: Origin,
    platform: Platform,
    result: str = audit.OK,
    session_id: str = "",
) -> None:
    """An unknown address has an entry too: to write none would be faster."""
    user_id = user.id if user else _NOBODY
    audit.record(
        user_id,
        action,
        result=result,
        origin=origin,
        by=session_id,
        resource=session_id,
        platform=platform,
    )
