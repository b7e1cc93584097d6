"""Verification of e-mail addresses: who can read the letter has the mailbox."""

from strata import audit, letters, one_time_tokens, sign_in_limits
from strata.model.errors import AlreadyVerified
from strata.model.origin import NOWHERE, Origin
from strata.model.user import User
from strata.observability import record_failure
from strata.one_time_tokens import VERIFICATION
from strata.platform import Platform
from strata.ports import Letter
from strata.store import accounts, users


def greet(user: User, *, platform: Platform) -> None:
    """The first letter. The account is there whatever becomes of it, and another can be asked for:
    a failure is logged."""
    try:
        platform.notifier.send(_letter(user, platform))
    except Exception as error:
        record_failure("accounts", error, platform=platform, ids={"user_id": user.id})


def send_again(user_id: str, origin: Origin = NOWHERE, *, platform: Platform) -> None:
    """Another letter, which makes the one before it void.

    Raises AlreadyVerified, TooManyRequests, NotFound, Unavailable."""
    user = users.get(user_id, platform)
    if user.email_verified:
        raise AlreadyVerified
    sign_in_limits.count_letter(user.email, VERIFICATION.name, origin.source, platform=platform)
    platform.notifier.send(_letter(user, platform))


def confirm(token: str, origin: Origin = NOWHERE, *, platform: Platform) -> None:
    """The address is its user's. Raises InvalidOneTimeToken."""
    proof = one_time_tokens.read(token, VERIFICATION, platform=platform)
    one_time_tokens.use(proof, accounts.verified(proof.user_id), platform=platform)
    audit.record(proof.user_id, "confirm_verification", origin=origin, platform=platform)


def _letter(user: User, platform: Platform) -> Letter:
    token = one_time_tokens.issue(user.id, VERIFICATION, platform=platform)
    return letters.verification(user, token, platform=platform)
