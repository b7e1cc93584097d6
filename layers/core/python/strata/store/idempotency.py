"""Once: a creation and the record of its answer are one transaction, so that neither is alone."""

from collections.abc import Sequence
from typing import Any

from strata.model.errors import (
    Conflict,
    IdempotencyKeyReused,
    RequestInFlight,
    Unavailable,
)
from strata.model.idempotency import Idempotency
from strata.platform import Platform
from strata.ports import ABSENT, Condition, ConditionFailed, Item, Put, Write
from strata.store import keys
from strata.store.sealing import open_sealed, seal
from strata.store.values import pack, unpack

Json = dict[str, Any]


def once(
    user_id: str,
    idempotency: Idempotency | None,
    writes: Sequence[Write],
    answer: Json,
    *,
    platform: Platform,
    hidden_field: str = "",
) -> Json:
    """Does the writes and returns the answer, or returns the answer that the key got before.

    `hidden_field` of the answer is kept encrypted. Raises IdempotencyKeyReused, RequestInFlight,
    Unavailable, and ConditionFailed with the position within `writes`."""
    if idempotency is None:
        return _unguarded(writes, answer, platform)
    item = _record(user_id, idempotency, answer, hidden_field, platform)
    replaced: tuple[Condition, ...] = ABSENT
    # Another round means that the record has expired, or was renewed or deleted in between.
    while True:
        found = _first(Put(item, replaced), writes, platform)
        if found is None:
            return answer
        if found.get("expires", 0) > platform.clock.now().timestamp():
            return _replay(found, idempotency, platform)
        replaced = _unchanged(found) if found else ABSENT


def answered(user_id: str, idempotency: Idempotency | None, *, platform: Platform) -> Json | None:
    """The answer that the key got before, for a request whose work cannot be done twice. Raises
    IdempotencyKeyReused."""
    if idempotency is None:
        return None
    found = platform.table.get(keys.idempotency(user_id, idempotency.key))
    if found is None or found.get("expires", 0) <= platform.clock.now().timestamp():
        return None
    return _replay(found, idempotency, platform)


def _unguarded(writes: Sequence[Write], answer: Json, platform: Platform) -> Json:
    try:
        platform.table.write_all(writes)
    except Conflict:
        raise Unavailable("Other writes of the same things came first each time.") from None
    return answer


def _first(record: Put, writes: Sequence[Write], platform: Platform) -> Item | None:
    """None once all is written; else the record that another request wrote first."""
    try:
        platform.table.write_all([record, *writes])
    except Conflict:
        raise RequestInFlight from None
    except ConditionFailed as failed:
        if failed.position > 0:
            raise ConditionFailed(failed.position - 1, failed.item) from None
        return failed.item or {}
    return None


def _unchanged(record: Item) -> tuple[Condition, ...]:
    return tuple(Condition(name, "=", record[name]) for name in ("digest", "expires"))


def _replay(found: Item, idempotency: Idempotency, platform: Platform) -> Json:
    if found["digest"] != idempotency.digest:
        raise IdempotencyKeyReused
    answer: Json = unpack(found["answer"], platform)
    for name, sealed in found["sealed"].items():
        answer[name] = open_sealed(sealed, _context(found), platform).decode()
    return answer


def _record(
    user_id: str, idempotency: Idempotency, answer: Json, hidden_field: str, platform: Platform
) -> Item:
    key = keys.idempotency(user_id, idempotency.key)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        "digest": idempotency.digest,
        "sealed": {},
        "expires": int(platform.clock.now().timestamp()) + idempotency.kept_seconds,
    }
    shown = dict(answer)
    if hidden_field:
        secret = shown.pop(hidden_field).encode()
        item["sealed"] = {hidden_field: seal(secret, _context(item), platform)}
    return {**item, "answer": pack(shown, user_id, platform)}


def _context(record: Item) -> dict[str, str]:
    return {"purpose": "idempotency", "owner": record["pk"], "key": record["sk"]}
