"""API keys: a program calls in the name of its user, within the scopes that it was given.

    stk_<environment>_<id>_<secret><checksum>

What a key may do at a request: its scopes, as far as its owner's role has them still. The key is
shown once, when it is made or rotated; the table keeps the hash of its secret.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from strata import api_key_checks, opaque
from strata.clock import moment, timestamp
from strata.model.api_key import ApiKey
from strata.model.errors import (
    InvalidApiKey,
    NotFound,
    TooManyApiKeys,
    Unavailable,
    VersionConflict,
)
from strata.model.idempotency import Idempotency
from strata.model.revisions import check_tag
from strata.model.user import KEY_SCOPES, ROLES, Caller, User
from strata.opaque import Opaque
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import ConditionFailed
from strata.store import api_keys, users
from strata.store.idempotency import once

Json = dict[str, Any]

DEFAULT_OVERLAP_SECONDS = 3600
NOTED_SECONDS = 60
"""So often at most the use of a key is noted."""

_ID = "key_"
_ID_AND_MARK = "[0-9a-z]{26}_"
_HIDDEN = ("user_id", "secret_hash", "previous_hash", "grants_epoch")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """`expires_at` in RFC 3339; a limit of None is none besides the user's own."""

    name: str
    scopes: list[str]
    expires_at: str | None = None
    requests_per_minute: int | None = None
    requests_per_day: int | None = None


def create(
    caller: Caller, new: NewApiKey, *, idempotency: Idempotency | None = None, platform: Platform
) -> Json:
    """The key's record with the `key` itself, which no later answer shows, but for the same request
    again as long as the key has this secret. Raises ScopeNotAllowed, InvalidBody, TooManyApiKeys.
    """
    now = platform.clock.now()
    checked = api_key_checks.checked(
        {"scopes": new.scopes, "expires_at": new.expires_at}, caller, now
    )
    secret = opaque.new_secret(platform.clock)
    key = ApiKey(
        id=platform.clock.new_id("key"),
        user_id=caller.user_id,
        name=new.name,
        secret_hash=opaque.hashed(secret),
        created_at=timestamp(now),
        updated_at=timestamp(now),
        requests_per_minute=new.requests_per_minute,
        requests_per_day=new.requests_per_day,
        grants_epoch=caller.grants_epoch,
        **checked,
    )
    answer = {**_view(key, platform), "key": _written(key, secret, platform)}
    writes = api_keys.addition(key)
    try:
        told = once(
            caller.user_id, idempotency, writes, answer, platform=platform, hidden_field="key"
        )
    except ConditionFailed:
        # Of the count: nobody has had a new id before.
        raise TooManyApiKeys from None
    return told if told is answer else _told_again(told, platform)


def get(user_id: str, key_id: str, *, platform: Platform) -> Json:
    return _view(_own(user_id, key_id, platform), platform)


def listing(user_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """Newest first."""
    found = read_page(api_keys.all_of(user_id), page, platform=platform)
    items = [_view(api_keys.of(item), platform) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def change(
    caller: Caller,
    key_id: str,
    changes: Mapping[str, Any],
    *,
    if_match: str | None = None,
    platform: Platform,
) -> Json:
    """Changes any field of NewApiKey, or `status`. Raises NotFound, VersionConflict,
    ScopeNotAllowed, InvalidBody."""
    key = _own(caller.user_id, key_id, platform)
    check_tag(if_match, key.revision)
    now = platform.clock.now()
    checked = api_key_checks.checked(changes, caller, now)
    at = {"updated_at": timestamp(now)}
    return _view(api_keys.change(key, {**changes, **checked, **at}, platform), platform)


def rotate(
    user_id: str,
    key_id: str,
    overlap_seconds: int = DEFAULT_OVERLAP_SECONDS,
    *,
    if_match: str | None = None,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """The record with a new `key`; the one before it opens for so long, any older one no more.

    Raises NotFound, VersionConflict."""
    key = _own(user_id, key_id, platform)
    check_tag(if_match, key.revision)
    secret, now = opaque.new_secret(platform.clock), platform.clock.now()
    changes: Json = {
        "secret_hash": opaque.hashed(secret),
        "previous_hash": key.secret_hash,
        "previous_until": timestamp(now + timedelta(seconds=overlap_seconds)),
        "updated_at": timestamp(now),
    }
    rotated = replace(key, **changes, revision=key.revision + 1)
    answer = {**_view(rotated, platform), "key": _written(key, secret, platform)}
    writes = [api_keys.alteration(key, changes)]
    try:
        told = once(user_id, idempotency, writes, answer, platform=platform, hidden_field="key")
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None
    return told if told is answer else _told_again(told, platform)


def delete(user_id: str, key_id: str, *, platform: Platform) -> None:
    """Raises NotFound."""
    if not api_keys.remove(_own(user_id, key_id, platform), platform):
        raise NotFound


def authenticate(given: str, *, platform: Platform) -> Caller:
    """Who calls with this key, as key and owner are at this very moment.

    Raises InvalidApiKey, the same whatever is wrong, and Unavailable."""
    found = opaque.read(_prefix(platform), _ID_AND_MARK, given)
    key = api_keys.by_id(_ID + found.id.removesuffix("_"), platform) if found else None
    if found is None or key is None or not _opens(key, found.secret, platform):
        raise InvalidApiKey
    owner = users.by_id(key.user_id, platform)
    if owner is None or not owner.is_active or key.grants_epoch != owner.grants_epoch:
        raise InvalidApiKey
    _note_use(key, platform)
    return Caller(
        owner.id,
        _permissions(key, owner),
        key_id=key.id,
        key_limits=key.limits,
        grants_epoch=owner.grants_epoch,
    )


def _opens(key: ApiKey, secret: str, platform: Platform) -> bool:
    now = platform.clock.now()
    is_current = opaque.proves(secret, key.secret_hash)
    is_previous = opaque.proves(secret, key.previous_hash or "")
    in_overlap = key.previous_until is not None and now < moment(key.previous_until)
    lasts = key.expires_at is None or now < moment(key.expires_at)
    return (is_current or (is_previous and in_overlap)) and lasts and key.status == "active"


def _permissions(key: ApiKey, owner: User) -> frozenset[str]:
    allowed = KEY_SCOPES & ROLES.get(owner.role, frozenset())
    return frozenset(key.scopes) & frozenset(map(str, allowed))


def _note_use(key: ApiKey, platform: Platform) -> None:
    """What cannot be noted refuses nobody."""
    now, last = platform.clock.now(), key.last_used_at
    if last is None or now - moment(last) >= timedelta(seconds=NOTED_SECONDS):
        with suppress(ConditionFailed, Unavailable):
            api_keys.note_use(key, timestamp(now), platform)


def _own(user_id: str, key_id: str, platform: Platform) -> ApiKey:
    key = api_keys.by_id(key_id, platform)
    if key is None or key.user_id != user_id:
        raise NotFound
    return key


def _prefix(platform: Platform) -> str:
    return f"stk_{platform.settings.stage}_"


def _told_again(answer: Json, platform: Platform) -> Json:
    """An answer that was given before. A secret that its key has no more is not shown again."""
    key = api_keys.by_id(answer["id"], platform)
    shown = opaque.read(_prefix(platform), _ID_AND_MARK, answer["key"])
    if key and shown and opaque.proves(shown.secret, key.secret_hash):
        return answer
    return {**answer, "key": answer["masked"]}


def _written(key: ApiKey, secret: str, platform: Platform) -> str:
    return opaque.written(_prefix(platform), Opaque(f"{key.id.removeprefix(_ID)}_", secret))


def _view(key: ApiKey, platform: Platform) -> Json:
    told = {name: getattr(key, name) for name in ApiKey.__slots__ if name not in _HIDDEN}
    return {**told, "masked": f"{_prefix(platform)}{key.id.removeprefix(_ID)}_****"}
