"""Triggers: what may start executions of a graph, found by their own id."""

from dataclasses import dataclass
from typing import Any

from strata.model.errors import NotFound, VersionConflict
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


@dataclass(frozen=True, slots=True)
class Trigger:
    """`token_hash` is SHA-256 of the token, in hexadecimal; the token itself is shown once."""

    id: str
    user_id: str
    graph_id: str
    kind: str
    name: str
    enabled: bool
    token_hash: str
    created_at: str
    updated_at: str
    grants_epoch: int = 0
    revision: int = 1


def put(trigger: Trigger) -> Put:
    key = keys.trigger(trigger.id)
    fields = {name: getattr(trigger, name) for name in Trigger.__slots__}
    indexes = keys.trigger_indexes(trigger.user_id, trigger.graph_id, trigger.id)
    return Put({"pk": key.pk, "sk": key.sk, **indexes, **fields}, ABSENT)


def of(item: Item) -> Trigger:
    """An item of an earlier release lacks what triggers have been given since."""
    fields: dict[str, Any] = {name: item[name] for name in Trigger.__slots__ if name in item}
    return Trigger(**fields)


def by_id(trigger_id: str, platform: Platform) -> Trigger | None:
    item = platform.table.get(keys.trigger(trigger_id))
    return of(item) if item else None


def all_of(user_id: str, graph_id: str) -> Query:
    """Newest first."""
    partition = keys.trigger_indexes(user_id, graph_id, "")["gsi1pk"]
    return Query(partition, index="gsi1", descending=True)


def change(trigger: Trigger, changes: dict[str, Any], platform: Platform) -> Trigger:
    """The trigger changed. Raises VersionConflict where another change came first, NotFound."""
    unchanged = (Condition("revision", "=", trigger.revision),)
    update = Update(keys.trigger(trigger.id), set=changes, add={"revision": 1}, when=unchanged)
    try:
        return of(platform.table.write(update))
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None


def remove(trigger: Trigger, platform: Platform) -> bool:
    """Whether it was still there."""
    try:
        platform.table.write(Delete(keys.trigger(trigger.id), PRESENT))
    except ConditionFailed:
        return False
    return True
