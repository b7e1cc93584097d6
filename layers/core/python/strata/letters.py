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

It ends all sessions of the account. If it was not you, leave this letter as it is: your password
stays.
"""

_CHANGED = """\
The password of the account with this e-mail address was changed, and all of its sessions have
ended. If it was not you, ask for a new password at once:

    POST {url}/v1/auth/password-reset
    Content-Type: application/json

    {{"email": "{email}"}}
"""


def verification(user: User, token: str, *, platform: Platform) -> Letter:
    return _letter(user, "Confirm your e-mail address", _VERIFICATION, platform, token=token)


def password_reset(user: User, token: str, *, platform: Platform) -> Letter:
    return _letter(user, "Set a new password", _RESET, platform, token=token)


def password_changed(user: User, *, platform: Platform) -> Letter:
    return _letter(user, "Your password was changed", _CHANGED, platform, email=user.email)


def try_to_send(letter: Letter, *, platform: Platform) -> None:
    """For a letter that what has been done does not depend on: a failure is logged."""
    try:
        platform.notifier.send(letter)
    except Exception as error:
        record_failure("letters", error, platform=platform)


def _letter(user: User, subject: str, text: str, platform: Platform, **values: str) -> Letter:
    url = platform.settings.public_url
    return Letter(user.email, f"Strata: {subject}", text.format(url=url, **values))
