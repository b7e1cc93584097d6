"""Letters to users: what they say, and how they are sent.

Nothing stands in them that a stranger has written: whoever registers somebody else's address must
not have us send them a text of their choice.
"""

from strata.model.user import User
from strata.observability import record_failure
from strata.platform import Platform
from strata.ports import Letter

_VERIFICATION = """\
An account was made with this e-mail address. To confirm that the address is yours, send within
24 hours

    POST {url}/v1/auth/verification/confirm
    Content-Type: application/json

    {{"token": "{token}"}}

If it was not you, leave this letter as it is: without it nobody can confirm the address.
"""

_RESET = """\
Somebody asked for a new password for the account with this e-mail address. To set one, send within
an hour

    POST {url}/v1/auth/password-reset/confirm
    Content-Type: application/json

    {{"token": "{token}", "new_password": "..."}}

It ends all sessions of the account{also}. If it was not you, leave this
letter as it is: your password stays.
"""

_CHANGED = """\
The password of the account with this e-mail address was changed, and all of its sessions have
ended. If it was not you, ask for a new password at once:

    POST {url}/v1/auth/password-reset
    Content-Type: application/json

    {{"email": "{email}"}}
"""

_WAS_RESET = """\
The password of the account with this e-mail address was set anew by a letter that was sent here,
and all of its sessions have ended. {grants}

    GET {url}/v1/api-keys
    GET {url}/v1/graphs/{{graph_id}}/triggers

If it was not you, somebody reads your letters: make your mailbox safe, then ask for a new password.

    POST {url}/v1/auth/password-reset
    Content-Type: application/json

    {{"email": "{email}"}}
"""

_ALSO = ", and all API keys and triggers made so far"
_GRANTS_ENDED = """\
The address had not been confirmed before,
so API keys and triggers that were made until now open nothing any more. Delete those that you do
not know, and make those anew that you need:"""
_GRANTS_STAY = """\
Its API keys and triggers stay as
they were. Look at them, and delete those that you do not know:"""


def verification(user: User, token: str, *, platform: Platform) -> Letter:
    return _letter(user, "Confirm your e-mail address", _VERIFICATION, platform, token=token)


def password_reset(user: User, token: str, *, platform: Platform) -> Letter:
    also = "" if user.email_verified else _ALSO
    return _letter(user, "Set a new password", _RESET, platform, token=token, also=also)


def password_changed(user: User, *, platform: Platform) -> Letter:
    return _letter(user, "Your password was changed", _CHANGED, platform, email=user.email)


def password_was_reset(user: User, *, platform: Platform) -> Letter:
    """To the user as they were before."""
    grants = _GRANTS_STAY if user.email_verified else _GRANTS_ENDED
    values = {"email": user.email, "grants": grants}
    return _letter(user, "Your password was reset", _WAS_RESET, platform, **values)


def try_to_send(letter: Letter, *, platform: Platform) -> None:
    """For a letter that what has been done does not depend on: a failure is logged."""
    try:
        platform.notifier.send(letter)
    except Exception as error:
        record_failure("letters", error, platform=platform)


def _letter(user: User, subject: str, text: str, platform: Platform, **values: str) -> Letter:
    url = platform.settings.public_url
    return Letter(user.email, f"Strata: {subject}", text.format(url=url, **values))
