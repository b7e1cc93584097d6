"""Credentials: secrets go in, and never come out but into the node that uses them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata import credential_uses, oauth_refresh, oauth_revocation
from strata.clock import timestamp
from strata.credential_changes import changes_of
from strata.credential_checks import problems_of
from strata.credential_views import view
from strata.model.credential import bearer, full_placement, headers_of, mask_of, texts_of
from strata.model.errors import InvalidBody, NodeError, NotFound
from strata.model.hosts import normal_hosts
from strata.model.idempotency import Idempotency
from strata.model.revisions import check_tag
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import InvalidCiphertext
from strata.store import credentials
from strata.store.credentials import Credential, context
from strata.store.idempotency import once
from strata.store.sealing import forget, open_sealed, seal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a user hands in; `secret` is as `model/credential.py` says, `placement` is for kind
    api_key alone."""

    kind: str
    name: str
    provider: str
    allowed_hosts: list[str]
    secret: Mapping[str, Any]
    placement: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a node's request gets: these headers, for these hosts alone. `secrets` are the texts
    that its answer must not show."""

    headers: Mapping[str, str]
    hosts: frozenset[str]
    prefix: str = ""
    """What stands before a key in its header."""

    @property
    def secrets(self) -> list[str]:
        return texts_of(self.headers, self.prefix)


def create(
    user_id: str,
    new: NewCredential,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """Raises InvalidBody, Unavailable (no key, no credential)."""
    placement = full_placement(new.kind, new.placement)
    problems = problems_of(new.kind, new.secret, placement, new.allowed_hosts)
    if problems:
        raise InvalidBody(errors=problems)
    headers = headers_of(new.kind, new.secret, placement)
    credential_id = platform.clock.new_id("crd")
    bound = context(credential_id, user_id, new.provider, 1)
    now = timestamp(platform.clock.now())
    credential = Credential(
        id=credential_id,
        user_id=user_id,
        kind=new.kind,
        name=new.name,
        provider=new.provider,
        allowed_hosts=normal_hosts(new.allowed_hosts),
        placement=placement,
        masked=mask_of(new.kind, new.secret),
        sealed=seal(json.dumps(headers).encode(), bound, platform),
        created_at=now,
        updated_at=now,
    )
    writes = [credentials.put(credential)]
    return once(user_id, idempotency, writes, view(credential), platform=platform)


def get(user_id: str, credential_id: str, *, platform: Platform) -> Json:
    """With the graphs that name it."""
    credential = _own(user_id, credential_id, platform)
    used_by = credential_uses.told(user_id, credential_id, platform=platform)
    return {**view(credential), "used_by": used_by}


def listing(user_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """A page, newest first."""
    found = read_page(credentials.all_of(user_id), page, platform=platform)
    items = [view(credentials.of(item)) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def change(
    user_id: str,
    credential_id: str,
    wanted: Mapping[str, Any],
    *,
    if_match: str | None = None,
    platform: Platform,
) -> Json:
    """Changes `name`, `allowed_hosts`, `placement` or `secret`; a new secret is a new version.

    Raises NotFound, VersionConflict, InvalidBody, SecretRequired where an old secret would go where
    it could not go before, Unavailable."""
    before = _own(user_id, credential_id, platform)
    check_tag(if_match, before.revision)
    changes = changes_of(before, wanted, platform)
    if not changes:
        return view(before)
    changes["updated_at"] = timestamp(platform.clock.now())
    after = credentials.change(before, changes, platform)
    if after.sealed != before.sealed:
        forget(before.sealed, platform)
    return view(after)


def delete(user_id: str, credential_id: str, *, platform: Platform) -> Json:
    """From the next node on, nothing can use it. The graphs that name it, `used_by`.

    The tokens of an OAuth credential are revoked at its provider as well as that can be done: once
    the credential is gone, whatever the provider answers. `revoked` tells whether it confirmed
    that; it is None for other kinds."""
    credential = _own(user_id, credential_id, platform)
    used_by = credential_uses.told(user_id, credential_id, platform=platform)
    tokens = oauth_revocation.opened(credential, platform)
    if not credentials.remove(user_id, credential_id, platform):
        raise NotFound
    forget(credential.sealed, platform)
    revoked = oauth_revocation.revoke(credential, tokens, platform)
    return {"used_by": used_by, "revoked": revoked if credential.kind == "oauth2" else None}


def use(user_id: str, credential_id: str, *, platform: Platform) -> Use:
    """Opens a credential for the node that names it. Raises NodeError, Unavailable."""
    credential = credentials.by_id(user_id, credential_id, platform)
    if credential is None:
        raise oauth_refresh.unknown()
    try:
        return _opened(credential, platform)
    except InvalidCiphertext:
        raise NodeError("invalid_credential", "The credential cannot be opened.") from None


def _opened(credential: Credential, platform: Platform) -> Use:
    if credential.kind == "oauth2":
        access = oauth_refresh.access(credential, platform)
        return Use(bearer(access.token), access.hosts)
    headers: dict[str, str] = json.loads(
        open_sealed(credential.sealed, credential.context, platform)
    )
    prefix = (credential.placement or {}).get("prefix", "")
    return Use(headers, frozenset(credential.allowed_hosts), prefix)


def _own(user_id: str, credential_id: str, platform: Platform) -> Credential:
    credential = credentials.by_id(user_id, credential_id, platform)
    if credential is None:
        raise NotFound
    return credential
