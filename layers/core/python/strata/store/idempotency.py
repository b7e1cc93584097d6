"""Once: a creation and the record of its answer are one transaction, so that neither is alone."""

from collections.abc import Sequence
from typing import Any

from strata.model.errors import Conflict, IdempotencyKeyReused, RequestInFlight
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
    and ConditionFailed with the position within `writes`."""
    if idempotency is None:
        platform.table.write_all(writes)
        return answer
    record = _record(user_id, idempotency, answer, hidden_field, platform)
    try:
        return _first(record, writes, answer, platform)
    except ConditionFailed as failed:
        if failed.position > 0:
            raise ConditionFailed(failed.position - 1, failed.item) from None
        return _again(record, failed.item or {}, writes, answer, platform)


def _first(record: Put, writes: Sequence[Write], answer: Json, platform: Platform) -> Json:
    try:
        platform.table.write_all([record, *writes])
    except Conflict:
        raise RequestInFlight from None
    return answer


def _again(
    record: Put, found: Item, writes: Sequence[Write], answer: Json, platform: Platform
) -> Json:
    if found.get("expires", 0) <= platform.clock.now().timestamp():
        unchanged = Condition("digest", "=", found.get("digest"))
        stale = Condition("expires", "=", found.get("expires"))
        return _first(Put(record.item, (unchanged, stale)), writes, answer, platform)
    if found["digest"] != record.item["digest"]:
        raise IdempotencyKeyReused
    return _replay(found, platform)


def _replay(found: Item, platform: Platform) -> Json:
    answer: Json = unpack(found["answer"], platform)
    for name, sealed in found.get("sealed", {}).items():
        answer[name] = open_sealed(sealed, _context(found["pk"]), platform).decode()
    return answer


def _record(
    user_id: str, idempotency: Idempotency, answer: Json, hidden_field: str, platform: Platform
) -> Put:
    key = keys.idempotency(user_id, idempotency.key)
    shown = {name: value for name, value in answer.items() if name != hidden_field}
    hidden = {
        name: seal(value.encode(), _context(key.pk), platform)
        for name, value in answer.items()
        if name == hidden_field
    }
    item = {
        "pk": key.pk,
        "sk": key.sk,
        "digest": idempotency.digest,
        "answer": pack(shown, user_id, platform),
        "sealed": hidden,
        "expires": int(platform.clock.now().timestamp()) + idempotency.kept_seconds,
    }
    return Put(item, ABSENT)


def _context(partition: str) -> dict[str, str]:
    return {"purpose": "idempotency", "owner": partition}
