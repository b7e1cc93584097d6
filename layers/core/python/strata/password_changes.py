"""New passwords: with the one before, or by a letter to whoever has forgotten it. Either ends all
sessions of the user.

A letter may also be the first proof that somebody has the mailbox. Whoever made the account with
that address was not asked for one: what they left in it to come back by, API keys and triggers,
counts no more. Where the address was proved before, those stay: what a team runs must not stop
because somebody has forgotten a password.
"""

from strata import accounts, audit, letters, one_time_tokens, passwords, sign_in_limits
from strata.model.email import NO_EMAIL, normal_email
from strata.model.errors import Detail, InvalidBody, InvalidOneTimeToken
from strata.model.origin import NOWHERE, Origin
from strata.model.user import User
from strata.one_time_tokens import RESET
from strata.platform import Platform
from strata.store import accounts as records
from strata.store import one_time_tokens as tokens
from strata.store import users

ANSWER_SECONDS = 1.0
"""Where letters go over a network, a request for one is answered after so long: that one is sent
must not be told by the time that it takes."""

_UNCHANGED = Detail("/new_password", "password_unchanged", "This is the password that it was.")


def change(
    user_id: str, current: str, new: str, origin: Origin = NOWHERE, *, platform: Platform
) -> None:
    """Raises InvalidCredentials, TooManyAttempts, InvalidBody, VersionConflict."""
    user = accounts.confirm(user_id, current, origin, platform=platform)
    _check(new, user)
    if passwords.are_same(current, new):
        raise InvalidBody(errors=[_UNCHANGED])
    password_hash = passwords.hashed(new, platform.clock)
    records.replace_password(user, password_hash, tokens.void(user.id, RESET.name), platform)
    letters.try_to_send(letters.password_changed(user, platform=platform), platform=platform)


def ask_for_reset(email: str, origin: Origin = NOWHERE, *, platform: Platform) -> None:
    """Sends a letter if the address is a user's, and tells nobody whether it is.

    Raises InvalidBody for what is no address, TooManyRequests."""
    address = normal_email(email)
    if address is None:
        raise InvalidBody(errors=[NO_EMAIL])
    started = platform.clock.monotonic()
    sign_in_limits.count_letter(address, RESET.name, origin.source, platform=platform)
    user = users.by_email(address, platform)
    if user and user.is_active:
        token = one_time_tokens.issue(user.id, RESET, platform=platform)
        letter = letters.password_reset(user, token, platform=platform)
        letters.try_to_send(letter, platform=platform)
        audit.record(user.id, "ask_for_password_reset", origin=origin, platform=platform)
    if platform.settings.mail_from:
        passed = platform.clock.monotonic() - started
        platform.clock.sleep(max(0.0, ANSWER_SECONDS - passed))


def reset(token: str, new: str, origin: Origin = NOWHERE, *, platform: Platform) -> None:
    """Sets the password, verifies the address, and lets its user sign in again at once.

    Raises InvalidOneTimeToken, InvalidBody, which leaves the token good."""
    proof = one_time_tokens.read(token, RESET, platform=platform)
    user = users.by_id(proof.user_id, platform)
    if user is None:
        raise InvalidOneTimeToken
    _check(new, user)
    password_hash = passwords.hashed(new, platform.clock)
    one_time_tokens.use(proof, records.reset_password(user, password_hash), platform=platform)
    sign_in_limits.unlock(user, platform=platform)
    audit.record(user.id, "reset_password", origin=origin, platform=platform)
    letters.try_to_send(letters.password_was_reset(user, platform=platform), platform=platform)


def _check(new: str, user: User) -> None:
    """Raises InvalidBody."""
    faults = passwords.problems(new, user.email, user.name, "/new_password")
    if faults:
        raise InvalidBody(errors=faults)
