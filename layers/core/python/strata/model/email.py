"""E-mail addresses in the one form in which they are stored, looked up and written to.

The part before the `@` is folded by Unicode (NFKC, then case): `Ada@…`, `ADA@…` and `ａｄａ@…` are
one account. The host is read as every host here (`model/hosts.py`): in ASCII, so that `münchen.de`
and `xn--mnchen-3ya.de` are one too, and the mail service can be handed it as it is.
"""

import re
import unicodedata

from strata.model.errors import Detail
from strata.model.hosts import NoHost, read_host

NO_EMAIL = Detail("/email", "invalid_email", "This is not an e-mail address.")
MAX_EMAIL = 254
MAX_WRITTEN = 320
"""Characters that are looked at: what folding makes of them may be longer or shorter."""

# What a mail program would take for a name beside the address, a list or a comment is refused, and
# so is a quoted part: one mailbox must not have two accounts.
_LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\".]+(\.[^\s@<>()\[\]\\,;:\".]+)*")


def normal_email(written: str) -> str | None:
    """The address in its one form; None for what is no address that a letter could go to."""
    if len(written) > MAX_WRITTEN:
        return None
    local, at, host = unicodedata.normalize("NFKC", written).strip().rpartition("@")
    folded = _folded(local)
    # No invisible characters: two addresses that look alike must not be two.
    if not at or not folded.isprintable() or not _LOCAL.fullmatch(folded):
        return None
    name = _mail_host(host)
    address = f"{folded}@{name}"
    return address if name and len(address) <= MAX_EMAIL else None


def _folded(local: str) -> str:
    """Folding may leave what can be folded further; after the second time nothing is left."""
    for _ in range(2):
        local = unicodedata.normalize("NFKC", local.casefold())
    return local


def _mail_host(written: str) -> str | None:
    """None for addresses of machines, and for names without a dot, which no mail server has."""
    try:
        host = read_host(written)
    except NoHost:
        return None
    return host if "." in host and not host.replace(".", "").isdecimal() else None
