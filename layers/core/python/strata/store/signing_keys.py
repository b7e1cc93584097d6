"""Which signing keys there are: one item, replaced as a whole by who saw it as it is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from strata.platform import Platform
from strata.ports import ABSENT, Condition, ConditionFailed, Put
from strata.store import keys


@dataclass(frozen=True, slots=True)
class Listed:
    """A key by the vault's name and by the one in tokens; it signs from `since` on, until a later
    one does, and verifies until `until` (0: no end yet). Both in epoch seconds."""

    name: str
    kid: str
    since: int
    until: int = 0

    def verifies_at(self, now: float) -> bool:
        return not self.until or now < self.until


@dataclass(frozen=True, slots=True)
class Ring:
    """`making` is the rotation that is just making a key, if `making_until` (epoch seconds) has
    not come. It is noted before the key is made, so that a key which the ring does not know is
    either being made or was lost by who made it."""

    keys: tuple[Listed, ...]
    revision: int = 0
    making: str = ""
    making_until: int = 0

    def signer_at(self, now: float) -> Listed:
        """The youngest that signs by now."""
        return max(self.keys, key=lambda key: (key.since <= now, key.since))

    @property
    def newest(self) -> Listed:
        return max(self.keys, key=lambda key: key.since)

    def is_making_at(self, now: float) -> bool:
        return now < self.making_until


def load(platform: Platform) -> Ring | None:
    """None where no key was ever rotated or looked after."""
    item = platform.table.get(keys.signing_ring())
    if item is None:
        return None
    fields: Mapping[str, Any] = {name: item[name] for name in Ring.__slots__}
    return replace(Ring(**fields), keys=tuple(Listed(**each) for each in item["keys"]))


def save(ring: Ring, platform: Platform) -> Ring | None:
    """The ring as it now is; None where another write came first."""
    unchanged = (Condition("revision", "=", ring.revision),) if ring.revision else ABSENT
    saved = replace(ring, revision=ring.revision + 1)
    key = keys.signing_ring()
    try:
        platform.table.write(Put({"pk": key.pk, "sk": key.sk, **_fields(saved)}, unchanged))
    except ConditionFailed:
        return None
    return saved


def _fields(ring: Ring) -> dict[str, Any]:
    fields = asdict(ring)
    return {**fields, "keys": list(fields["keys"])}
