"""Credentials: what may be shown in the item, the secret sealed beside it."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from strata.model.errors import NotFound, VersionConflict
from strata.model.hosts import kept_hosts
from strata.platform import Platform
from strata.ports import (
    ABSENT,
    PRESENT,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    Put,
    Query,
    Update,
)
from strata.store import keys

_ID = re.compile(r"crd_[0-9a-z]{26}")

Status = Literal["active", "needs_authorization"]


@dataclass(frozen=True, slots=True)
class Credential:
    """`sealed` is the secret under its own data key; `masked` is all of it that is ever shown.

    `version` counts the secrets and is part of what they are bound to; `revision` counts what its
    user can see change, and is the ETag."""

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
    updated_at: str
    version: int = 1
    revision: int = 1
    status: Status = "active"
    # Of kind oauth2 alone.
    asked_scopes: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    """What was granted."""
    token_expires: int = 0
    """When the access token ends, in epoch seconds; 0 where nobody said."""
    renewable: bool = False
    """Whether there is a refresh token."""
    issued_by: str = ""
    """The digest of the endpoints that its tokens may be sent to."""
    hosts_chosen: bool = False
    """Whether its user has narrowed its hosts: then they are not its provider's any more."""
    lease: str = ""
    """Who is renewing its tokens, as long as `lease_until` (epoch seconds) has not come."""
    lease_until: int = 0

    @property
    def context(self) -> dict[str, str]:
        return context(self.id, self.user_id, self.provider, self.version)


_UNSHOWN = (
    *("sealed", "version", "token_expires", "renewable", "issued_by", "hosts_chosen"),
    *("lease", "lease_until"),
)
"""Fields whose change no revision counts: those of the secret itself."""

_FREE = {"lease": "", "lease_until": 0}


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
    fields: dict[str, Any] = {name: item[name] for name in Credential.__slots__ if name in item}
    return Credential(**{**fields, "allowed_hosts": kept_hosts(item["allowed_hosts"])})


def by_id(user_id: str, credential_id: str, platform: Platform) -> Credential | None:
    item = platform.table.get(keys.credential(user_id, credential_id))
    return of(item) if item else None


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def existing(user_id: str, ids: Iterable[str], platform: Platform) -> set[str]:
    """Those of the ids, which may be any texts, that are credentials of this user."""
    wanted = {keys.credential(user_id, one): one for one in ids if is_id(one)}
    found = platform.table.get_many(list(wanted)) if wanted else {}
    return {wanted[key] for key in found}


def all_of(user_id: str) -> Query:
    """Newest first."""
    own = keys.credential(user_id, "")
    return Query(own.pk, prefix=own.sk, descending=True)


def updated(before: Credential, changes: Mapping[str, Any]) -> Update:
    """The write of these fields. It fails where a change came first that its user could see, and
    where a secret did if the secret is among the changes."""
    shown = {name for name in changes if name not in _UNSHOWN}
    when = [Condition("revision", "=", before.revision)] if shown else []
    if "sealed" in changes:
        when.append(Condition("version", "=", before.version))
    key = keys.credential(before.user_id, before.id)
    return Update(key, set=changes, add={"revision": 1} if shown else {}, when=tuple(when))


def change(before: Credential, changes: Mapping[str, Any], platform: Platform) -> Credential:
    """The credential changed. Raises VersionConflict where another change came first, NotFound."""
    try:
        return of(platform.table.write(updated(before, changes)))
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None


def take_lease(
    credential: Credential, holder: str, now: int, until: int, platform: Platform
) -> tuple[bool, Credential | None]:
    """Whether the holder alone may renew this version of the secret until then, and the credential
    as it is; None where it is gone."""
    key = keys.credential(credential.user_id, credential.id)
    free = (
        Condition("version", "=", credential.version),
        Condition("status", "=", "active"),
        Condition("lease_until", "<", now),
    )
    lease = {"lease": holder, "lease_until": until}
    try:
        return True, of(platform.table.write(Update(key, set=lease, when=free)))
    except ConditionFailed as failed:
        return False, of(failed.item) if failed.item else None


def renew(
    held: Credential, changes: Mapping[str, Any], platform: Platform
) -> tuple[bool, Credential | None]:
    """Whether the secret was still the one that was renewed: only then these changes are made, and
    any lease of it ends. And the credential as it is; None where it is gone.

    Also where the lease was lost: who has the new secret knows better than who took over."""
    key = keys.credential(held.user_id, held.id)
    same = (Condition("version", "=", held.version),)
    kept = {**changes, "status": "active", **_FREE}
    # The one field of a renewal that its user sees.
    seen = {"revision": 1} if changes.get("scopes", held.scopes) != held.scopes else {}
    try:
        return True, of(platform.table.write(Update(key, set=kept, add=seen, when=same)))
    except ConditionFailed as failed:
        return False, of(failed.item) if failed.item else None


def give_up(held: Credential, changes: Mapping[str, Any], platform: Platform) -> None:
    """Ends the lease with these changes, unless somebody else has taken it or the secret is new."""
    update = updated(held, changes)
    still = (Condition("lease", "=", held.lease), Condition("version", "=", held.version))
    write = Update(update.key, set={**changes, **_FREE}, add=update.add, when=still)
    with suppress(ConditionFailed):
        platform.table.write(write)


def remove(user_id: str, credential_id: str, platform: Platform) -> bool:
    """Whether there was one."""
    try:
        platform.table.write(Delete(keys.credential(user_id, credential_id), PRESENT))
    except ConditionFailed:
        return False
    return True
