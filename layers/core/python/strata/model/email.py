"""E-mail addresses in the one form in which they are stored, looked up and written to.

The part before the `@` is folded by Unicode (NFKC, then case): `Ada@…`, `ADA@…` and `ａｄａ@…` are
one account. What is then left must be ASCII: mail services take nothing else, and letters that look
alike in two scripts, or that nobody sees, make no second account. The host is read as every host
here (`model/hosts.py`): in ASCII, so that `münchen.de` and `xn--mnchen-3ya.de` are one too, and the
mail service can be handed it as it is.
"""

import re
import unicodedata

from strata.model.errors import Detail
from strata.model.hosts import NoHost, read_host

NO_EMAIL = Detail("/email", "invalid_email", "This is not an e-mail address.")
MAX_EMAIL, MAX_LOCAL = 254, 64
MAX_WRITTEN = 320
"""Characters that are looked at: what folding makes of them may be longer or shorter."""

# Of visible ASCII (the dot-atom of RFC 5322). What a mail program would take for a name beside the
# address, a list or a comment is refused, and so is a quoted part: one mailbox must not have two
# accounts.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")


def normal_email(written: str) -> str | None:
    """The address in its one form; None for what is no address that a letter could go to."""
    if len(written) > MAX_WRITTEN:
        return None
    local, at, host = unicodedata.normalize("NFKC", written).strip().rpartition("@")
    # Case alone: what NFKC leaves of ASCII is ASCII, and `ß` must not become `ss`.
    folded = local.lower()
    if not at or len(folded) > MAX_LOCAL or not _LOCAL.fullmatch(folded):
        return None
    name = _mail_host(host)
    address = f"{folded}@{name}"
    return address if name and len(address) <= MAX_EMAIL else None


def _mail_host(written: str) -> str | None:
    """None for addresses of machines, and for names without a dot, which no mail server has."""
    try:
        host = read_host(written)
    except NoHost:
        return None
    return host if "." in host and not host.replace(".", "").isdecimal() else None
