"""Credentials: secrets go in, and never come out but into the node that uses them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.clock import timestamp
from strata.model.errors import Detail, InvalidBody, NodeError, NotFound
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

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")  # fmt: skip # noqa: E501
_RESERVED = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "te", "upgrade")
)


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
    headers = _headers(new)
    hosts = [host.casefold() for host in new.allowed_hosts]
    problems = [*_header_problems(headers), *_host_problems(hosts)]
    if problems:
        raise InvalidBody(errors=problems)
    credential_id = platform.clock.new_id("crd")
    bound = context(credential_id, user_id, new.provider, 1)
    credential = Credential(
        id=credential_id,
        user_id=user_id,
        kind=new.kind,
        name=new.name,
        provider=new.provider,
        allowed_hosts=hosts,
        placement=dict(new.placement or DEFAULT_PLACEMENT) if new.kind == "api_key" else None,
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


def _headers(new: NewCredential) -> dict[str, str]:
    """Whatever the kind, a secret is the headers that it puts on a request."""
    if new.kind == "header":
        return dict(new.secret["headers"])
    placement = {**DEFAULT_PLACEMENT, **(new.placement or {})}
    if new.placement and "prefix" not in new.placement and "header" in new.placement:
        placement["prefix"] = ""
    return {placement["header"]: placement["prefix"] + new.secret["key"]}


def _header_problems(headers: Mapping[str, str]) -> list[Detail]:
    problems = [Detail("/secret", "empty_secret", "A secret has a header.")] if not headers else []
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.casefold() in _RESERVED:
            problems.append(Detail("/secret", "invalid_header", "A header has no such name."))
        if not value.isascii() or not value.isprintable() or not value.strip():
            problems.append(Detail("/secret", "invalid_secret", "A secret is printable ASCII."))
    return problems


def _host_problems(hosts: list[str]) -> list[Detail]:
    problems = [
        Detail(f"/allowed_hosts/{index}", "invalid_host", "This is not a host name.")
        for index, host in enumerate(hosts)
        if not _HOST.fullmatch(host)
    ]
    if not hosts:
        problems.append(Detail("/allowed_hosts", "no_host", "Name the hosts that may get it."))
    return problems


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
