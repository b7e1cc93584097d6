"""One-time tokens: for each purpose the last one that a user was sent, as a hash."""

from strata.platform import Platform
from strata.ports import Condition, Delete, Put
from strata.store import keys


def put(user_id: str, purpose: str, token_hash: str, expires: int, platform: Platform) -> None:
    """In the place of an earlier one; `expires` in epoch seconds."""
    key = keys.one_time_token(user_id, purpose)
    item = {"pk": key.pk, "sk": key.sk, "token_hash": token_hash, "expires": expires}
    platform.table.write(Put(item))


def hash_of(user_id: str, purpose: str, platform: Platform) -> str | None:
    """Of the one that is good now, if there is one."""
    item = platform.table.get(keys.one_time_token(user_id, purpose))
    if item is None or item["expires"] <= platform.clock.now().timestamp():
        return None
    return str(item["token_hash"])


def used(user_id: str, purpose: str, token_hash: str) -> Delete:
    """Only where it still is the one that is good."""
    same = (Condition("token_hash", "=", token_hash),)
    return Delete(keys.one_time_token(user_id, purpose), same)


def void(user_id: str, purpose: str) -> Delete:
    return Delete(keys.one_time_token(user_id, purpose))
