"""One-time tokens: what a letter holds proves that one has the mailbox, once and for a while.

    svt_<user><secret><checksum>     verifies the address
    srp_<user><secret><checksum>     sets a new password

The id in it is the user's. A new one makes the one before it void.
"""

from datetime import timedelta
from typing import NamedTuple

from strata import opaque
from strata.model.errors import InvalidOneTimeToken
from strata.opaque import Opaque
from strata.platform import Platform
from strata.ports import ConditionFailed, Write
from strata.store import one_time_tokens

MAX_TOKEN = 200
_ID = "[0-9a-z]{26}"
_USER = "usr_"


class Purpose(NamedTuple):
    name: str
    prefix: str
    lifetime: timedelta


VERIFICATION = Purpose("verification", "svt_", timedelta(hours=24))
RESET = Purpose("password_reset", "srp_", timedelta(hours=1))


class Proof(NamedTuple):
    """A token that is good, and whose it is."""

    user_id: str
    purpose: Purpose
    token_hash: str


def issue(user_id: str, purpose: Purpose, *, platform: Platform) -> str:
    """A token for the letter; the table keeps its hash."""
    secret = opaque.new_secret(platform.clock)
    expires = int((platform.clock.now() + purpose.lifetime).timestamp())
    one_time_tokens.put(user_id, purpose.name, opaque.hashed(secret), expires, platform)
    return opaque.written(purpose.prefix, Opaque(user_id.removeprefix(_USER), secret))


def read(token: str, purpose: Purpose, *, platform: Platform) -> Proof:
    """Does not use it yet. Raises InvalidOneTimeToken, the same for whatever is wrong with it."""
    found = opaque.read(purpose.prefix, _ID, token)
    if found is None:
        raise InvalidOneTimeToken
    user_id = _USER + found.id
    kept = one_time_tokens.hash_of(user_id, purpose.name, platform)
    if kept is None or not opaque.proves(found.secret, kept):
        raise InvalidOneTimeToken
    return Proof(user_id, purpose, kept)


def use(proof: Proof, *writes: Write, platform: Platform) -> None:
    """Does what the token allows, and ends it: both or neither. Raises InvalidOneTimeToken where it
    is not good any more, or the first of the writes is refused."""
    used = one_time_tokens.used(proof.user_id, proof.purpose.name, proof.token_hash)
    try:
        platform.table.write_all([used, *writes])
    except ConditionFailed:
        raise InvalidOneTimeToken from None
