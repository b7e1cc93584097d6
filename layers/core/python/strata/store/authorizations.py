"""Authorisations that a user has begun: for ten minutes, to be completed once."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from strata.platform import Platform
from strata.ports import ABSENT, PRESENT, Condition, ConditionFailed, Delete, Item, Put, Update
from strata.store import keys


@dataclass(frozen=True, slots=True)
class Authorization:
    """`state_hash` is SHA-256 in hexadecimal; `sealed` is the verifier of PKCE. `credential_id` is
    the credential that is authorised anew, empty for a new one. `expires` is in epoch seconds."""

    id: str
    user_id: str
    provider: str
    issued_by: str
    name: str
    scopes: list[str]
    redirect_uri: str
    state_hash: str
    sealed: str
    expires: int
    credential_id: str = ""

    @property
    def context(self) -> dict[str, str]:
        return context(self.id, self.user_id, self.provider)


def context(authorization_id: str, user_id: str, provider: str) -> dict[str, str]:
    """What the verifier is bound to."""
    return {
        "purpose": "authorization",
        "owner": user_id,
        "authorization": authorization_id,
        "provider": provider,
    }


def put(authorization: Authorization) -> Put:
    key = keys.authorization(authorization.user_id, authorization.id)
    fields = {name: getattr(authorization, name) for name in Authorization.__slots__}
    return Put({"pk": key.pk, "sk": key.sk, **fields}, ABSENT)


def by_id(user_id: str, authorization_id: str, platform: Platform) -> Authorization | None:
    """None also for one whose time is over."""
    item = platform.table.get(keys.authorization(user_id, authorization_id))
    if item is None or item["expires"] <= platform.clock.now().timestamp():
        return None
    return _of(item)


def claim(authorization: Authorization, platform: Platform) -> bool:
    """Whether this call is the first to complete it."""
    first = (*PRESENT, Condition("claimed", "absent"))
    key = keys.authorization(authorization.user_id, authorization.id)
    try:
        platform.table.write(Update(key, set={"claimed": True}, when=first))
    except ConditionFailed:
        return False
    return True


def release(authorization: Authorization, platform: Platform) -> None:
    """Lets it be completed all the same: the provider was not there."""
    key = keys.authorization(authorization.user_id, authorization.id)
    with suppress(ConditionFailed):
        platform.table.write(Update(key, remove=("claimed",), when=PRESENT))


def delete(authorization: Authorization) -> Delete:
    return Delete(keys.authorization(authorization.user_id, authorization.id))


def _of(item: Item) -> Authorization:
    fields: dict[str, Any] = {name: item[name] for name in Authorization.__slots__}
    return Authorization(**fields)
