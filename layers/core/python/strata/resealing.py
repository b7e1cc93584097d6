"""Resealing: every secret at rest is opened and sealed anew, under a data key of its own that the
newest wrapping key has wrapped.

The few secrets of the environment come first, then the users in the order of their ids, each with
their credentials. A run has an end in time; its cursor says which credential is next. A secret that
changes meanwhile is left alone: whoever changed it sealed it anew.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from strata.model.errors import InvalidRequest, Unavailable
from strata.observability import record_failure
from strata.paging import CURSOR_CONTEXT
from strata.platform import Platform
from strata.ports import Condition, ConditionFailed, InvalidCiphertext, Item, Key, Query, Update
from strata.store import credentials, keys, providers, users
from strata.store.reading import read_each
from strata.store.sealing import Context, forget, open_sealed, seal

Json = dict[str, Any]
Outcome = Literal["resealed", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Secret:
    """One that lies somewhere: what it is bound to, what it will be, and how its item changes.
    `place` is where a run goes on that ended before it."""

    place: str
    key: Key
    sealed: str
    bound: Context
    to_be_bound: Context
    changes: Mapping[str, Any]
    when: tuple[Condition, ...] = ()
    is_busy: bool = False


def reseal(
    cursor: str = "", *, goes_on: Callable[[], bool] = lambda: True, platform: Platform
) -> Json:
    """{"resealed", "skipped", "failed": counts, "cursor"}: those that changed meanwhile or are
    about to were skipped, those that nothing opens any more have failed, and stay as they are. A
    cursor that is not empty is where the next run goes on: this one stops where `goes_on` says no,
    or where the vault is down once it has done something; else Unavailable is raised."""
    done: dict[str, int] = {"resealed": 0, "skipped": 0, "failed": 0}
    for secret in _secrets(cursor, platform):
        any_done = any(done.values())
        if any_done and secret.place and not goes_on():
            return {**done, "cursor": secret.place}
        try:
            done[_resealed(secret, platform)] += 1
        except Unavailable:
            if not any_done or not secret.place:
                raise
            return {**done, "cursor": secret.place}
    return {**done, "cursor": ""}


def _resealed(secret: Secret, platform: Platform) -> Outcome:
    if secret.is_busy:
        return "skipped"
    try:
        plaintext = open_sealed(secret.sealed, secret.bound, platform)
    except InvalidCiphertext as error:
        record_failure("maintain", error, platform=platform, ids={"sealed": _told(secret)})
        return "failed"
    finally:
        forget(secret.sealed, platform)
    sealed = seal(plaintext, secret.to_be_bound, platform)
    unchanged = (Condition("sealed", "=", secret.sealed), *secret.when)
    try:
        platform.table.write(
            Update(secret.key, set={**secret.changes, "sealed": sealed}, when=unchanged)
        )
    except ConditionFailed:
        return "skipped"
    return "resealed"


def _secrets(cursor: str, platform: Platform) -> Iterator[Secret]:
    first_user, _, first_credential = cursor.partition("/")
    if not cursor:
        yield from _of_environment(platform)
    elif not first_user.startswith("usr_") or not credentials.is_id(first_credential):
        raise InvalidRequest("The cursor is not one that a run has told.")
    for user_id in _user_ids(first_user, platform):
        start = first_credential if user_id == first_user else ""
        yield from _of_user(user_id, start, platform)


def _of_environment(platform: Platform) -> Iterator[Secret]:
    key = keys.secret("cursor")
    item = platform.table.get(key)
    if item is not None:
        yield Secret("", key, item["sealed"], CURSOR_CONTEXT, CURSOR_CONTEXT, {})
    for one in providers.all_of(platform):
        if one.sealed:
            later = replace(one, revision=one.revision + 1)
            changes = {"revision": later.revision}
            when = (Condition("revision", "=", one.revision),)
            key = keys.provider(one.id)
            yield Secret("", key, one.sealed, one.context, later.context, changes, when)


def _user_ids(first: str, platform: Platform) -> Iterator[str]:
    query = Query(keys.users(), index="gsi1", first=first or "usr_", last=keys.LAST)
    yield from (users.of(item).id for item in read_each(query, platform))


def _of_user(user_id: str, first: str, platform: Platform) -> Iterator[Secret]:
    own, after_all = keys.credential(user_id, first), keys.credential(user_id, keys.LAST)
    for item in read_each(Query(own.pk, first=own.sk, last=after_all.sk), platform):
        one = credentials.of(item)
        later = replace(one, version=one.version + 1)
        yield Secret(
            place=f"{user_id}/{one.id}",
            key=keys.credential(user_id, one.id),
            sealed=one.sealed,
            bound=one.context,
            to_be_bound=later.context,
            changes={"version": later.version},
            when=(Condition("version", "=", one.version), _same("lease", item)),
            # Its tokens are being renewed: what comes of that must find the version it began with.
            is_busy=one.lease_until >= platform.clock.now().timestamp(),
        )


def _told(secret: Secret) -> str:
    """Ids alone."""
    return secret.place or "/".join(secret.key)


def _same(name: str, item: Item) -> Condition:
    return Condition(name, "=", item[name]) if name in item else Condition(name, "absent")
