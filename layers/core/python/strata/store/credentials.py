"""Credentials: what may be shown in the item, the secret sealed beside it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from strata.platform import Platform
from strata.ports import ABSENT, PRESENT, ConditionFailed, Delete, Item, Put, Query
from strata.store import keys

_ID = re.compile(r"crd_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class Credential:
    """`sealed` is the secret under its own data key; `masked` is all of it that is ever shown."""

    id: str
    user_id: str
    kind: str
    name: str
    provider: str
    allowed_hosts: list[str]
    placement: dict[str, str] | None
    masked: str
    sealed: str
    created_at: str
    version: int = 1


def context(credential_id: str, user_id: str, provider: str, version: int) -> dict[str, str]:
    """What the secret is bound to, as associated data and as encryption context alike."""
    return {
        "purpose": "credential",
        "owner": user_id,
        "credential": credential_id,
        "provider": provider,
        "version": str(version),
    }


def put(credential: Credential) -> Put:
    key = keys.credential(credential.user_id, credential.id)
    fields = {name: getattr(credential, name) for name in Credential.__slots__}
    return Put({"pk": key.pk, "sk": key.sk, **fields}, ABSENT)


def of(item: Item) -> Credential:
    fields: dict[str, Any] = {name: item[name] for name in Credential.__slots__}
    return Credential(**fields)


def by_id(user_id: str, credential_id: str, platform: Platform) -> Credential | None:
    item = platform.table.get(keys.credential(user_id, credential_id))
    return of(item) if item else None


def existing(user_id: str, ids: Iterable[str], platform: Platform) -> set[str]:
    """Those of the ids, which may be any texts, that are credentials of this user."""
    wanted = {keys.credential(user_id, one): one for one in ids if _ID.fullmatch(one)}
    found = platform.table.get_many(list(wanted)) if wanted else {}
    return {wanted[key] for key in found}


def all_of(user_id: str) -> Query:
    """Newest first."""
    own = keys.credential(user_id, "")
    return Query(own.pk, prefix=own.sk, descending=True)


def remove(user_id: str, credential_id: str, platform: Platform) -> bool:
    """Whether there was one."""
    try:
        platform.table.write(Delete(keys.credential(user_id, credential_id), PRESENT))
    except ConditionFailed:
        return False
    return True
