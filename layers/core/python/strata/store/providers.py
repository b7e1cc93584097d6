"""OAuth providers of this environment: its clients, and whole providers of its own."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from strata.model.errors import NotFound, VersionConflict
from strata.model.provider import Provider
from strata.platform import Platform
from strata.ports import ABSENT, Condition, ConditionFailed, Delete, Item, Put, Query
from strata.store import keys
from strata.store.reading import read_each


@dataclass(frozen=True, slots=True)
class Configured:
    """`definition` is None for a provider that Strata knows; `sealed` is empty for a public client.
    `revision` counts every change, is the ETag, and part of what the secret is bound to."""

    id: str
    client_id: str
    sealed: str
    definition: Provider | None
    created_at: str
    updated_at: str
    revision: int = 1

    @property
    def context(self) -> dict[str, str]:
        return context(self.id, self.client_id, self.revision)


def context(provider_id: str, client_id: str, revision: int) -> dict[str, str]:
    """What the client's secret is bound to."""
    return {
        "purpose": "provider",
        "provider": provider_id,
        "client": client_id,
        "version": str(revision),
    }


def by_id(provider_id: str, platform: Platform) -> Configured | None:
    item = platform.table.get(keys.provider(provider_id))
    return _of(item) if item else None


def all_of(platform: Platform) -> Iterator[Configured]:
    return map(_of, read_each(Query(keys.provider("").pk), platform))


def save(configured: Configured, before: Configured | None, platform: Platform) -> None:
    """Raises VersionConflict where another change came first."""
    key = keys.provider(configured.id)
    fields: dict[str, Any] = {name: getattr(configured, name) for name in Configured.__slots__}
    if configured.definition is not None:
        fields["definition"] = asdict(configured.definition)
    try:
        platform.table.write(Put({"pk": key.pk, "sk": key.sk, **fields}, _unchanged(before)))
    except ConditionFailed:
        raise VersionConflict from None


def remove(before: Configured, platform: Platform) -> None:
    """Raises VersionConflict where a change came first, NotFound."""
    try:
        platform.table.write(Delete(keys.provider(before.id), _unchanged(before)))
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None


def _unchanged(before: Configured | None) -> tuple[Condition, ...]:
    return (Condition("revision", "=", before.revision),) if before else ABSENT


def _of(item: Item) -> Configured:
    fields = {name: item[name] for name in Configured.__slots__}
    if fields["definition"] is not None:
        fields["definition"] = Provider(**fields["definition"])
    return Configured(**fields)
