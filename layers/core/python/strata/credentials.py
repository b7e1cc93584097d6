"""Credentials: secrets go in, and never come out but into the node that uses them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.clock import timestamp
from strata.credential_checks import problems_of
from strata.model.errors import InvalidBody, NodeError, NotFound
from strata.model.hosts import normal_host
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import InvalidCiphertext
from strata.store import credentials
from strata.store.credentials import Credential, context
from strata.store.idempotency import once
from strata.store.sealing import open_sealed, seal

Json = dict[str, Any]

DEFAULT_PLACEMENT = {"header": "Authorization", "prefix": "Bearer "}
SHOWN = 4
"""So many characters at the end of a long secret stay readable, for a person to tell two apart."""


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a user hands in; `secret` is {key} for kind api_key, {headers: {name: value}} for
    kind header; `placement` is for api_key alone."""

    kind: str
    name: str
    provider: str
    allowed_hosts: list[str]
    secret: Mapping[str, Any]
    placement: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a node's request gets: these headers, for these hosts alone."""

    headers: Mapping[str, str]
    hosts: frozenset[str]


def create(
    user_id: str,
    new: NewCredential,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """Raises InvalidBody, Unavailable (no key, no credential)."""
    placement = _placement(new)
    headers = _headers(new, placement)
    problems = problems_of(headers, new.secret.get("key"), placement, new.allowed_hosts)
    if problems:
        raise InvalidBody(errors=problems)
    credential_id = platform.clock.new_id("crd")
    bound = context(credential_id, user_id, new.provider, 1)
    hosts = (normal_host(host) for host in new.allowed_hosts)
    credential = Credential(
        id=credential_id,
        user_id=user_id,
        kind=new.kind,
        name=new.name,
        provider=new.provider,
        allowed_hosts=list(dict.fromkeys(filter(None, hosts))),
        placement=placement,
        masked=_mask(new),
        sealed=seal(json.dumps(headers).encode(), bound, platform),
        created_at=timestamp(platform.clock.now()),
    )
    writes = [credentials.put(credential)]
    return once(user_id, idempotency, writes, _view(credential), platform=platform)


def get(user_id: str, credential_id: str, *, platform: Platform) -> Json:
    credential = credentials.by_id(user_id, credential_id, platform)
    if credential is None:
        raise NotFound
    return _view(credential)


def listing(user_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """A page, newest first."""
    found = read_page(credentials.all_of(user_id), page, platform=platform)
    items = [_view(credentials.of(item)) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def delete(user_id: str, credential_id: str, *, platform: Platform) -> None:
    """From the next node on, nothing can use it."""
    if not credentials.remove(user_id, credential_id, platform):
        raise NotFound


def use(user_id: str, credential_id: str, *, platform: Platform) -> Use:
    """Opens a credential for the node that names it. Raises NodeError, Unavailable."""
    credential = credentials.by_id(user_id, credential_id, platform)
    if credential is None:
        raise NodeError("unknown_credential", "The credential of this node does not exist.")
    bound = context(credential.id, user_id, credential.provider, credential.version)
    try:
        headers = json.loads(open_sealed(credential.sealed, bound, platform))
    except InvalidCiphertext:
        raise NodeError("invalid_credential", "The credential cannot be opened.") from None
    return Use(headers, frozenset(credential.allowed_hosts))


def _placement(new: NewCredential) -> dict[str, str] | None:
    """Where a key stands; a header of one's own has no prefix unless one is given."""
    if new.kind != "api_key":
        return None
    if not new.placement:
        return dict(DEFAULT_PLACEMENT)
    prefix = "" if "header" in new.placement else DEFAULT_PLACEMENT["prefix"]
    return {"header": DEFAULT_PLACEMENT["header"], "prefix": prefix, **new.placement}


def _headers(new: NewCredential, placement: Mapping[str, str] | None) -> dict[str, str]:
    """Whatever the kind, a secret is the headers that it puts on a request."""
    if placement is None:
        return dict(new.secret["headers"])
    return {placement["header"]: placement["prefix"] + new.secret["key"]}


def _mask(new: NewCredential) -> str:
    if new.kind == "header":
        return ", ".join(f"{name}: ****" for name in new.secret["headers"])
    key = new.secret["key"]
    return "****" + (key[-SHOWN:] if len(key) >= 4 * SHOWN else "")


def _view(credential: Credential) -> Json:
    return {
        "id": credential.id,
        "kind": credential.kind,
        "name": credential.name,
        "provider": credential.provider,
        "allowed_hosts": credential.allowed_hosts,
        "placement": credential.placement,
        "masked": credential.masked,
        "created_at": credential.created_at,
    }
