"""Records of light nodes: written once, when their end is known, several in one transaction.

Nothing tells that such a node has begun. `attempts` and `status` guard the write as they do every
other (see `node_runs`): of two invocations at the same time the word of one alone counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from strata.model.execution import Run
from strata.platform import Platform
from strata.ports import Item, Key, Put, Write
from strata.store import executions, keys, node_records, node_runs
from strata.store.node_records import Record
from strata.store.values import Packed, room_of

Emitted = Mapping[str, Packed]

_ERROR_BYTES = 4_200
"""At most: a message has 1,000 characters."""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What is known of several nodes before the first of them runs: the execution's head, their
    records, and what their sources emitted, those within the group among them."""

    head: Item | None
    own: Mapping[str, Record]
    emitted: Mapping[str, Emitted] = field(default_factory=dict)
    around: Mapping[Key, Item] = field(default_factory=dict)
    """What was asked for besides: of the loops around the nodes."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """A node after an attempt, or skipped: its record as it was and as it is to be."""

    before: Record
    record: Record
    emitted: Emitted | None = None

    @property
    def size(self) -> int:
        """No less than the bytes that it takes in the table."""
        told = _ERROR_BYTES * (2 + len(self.record.failures))
        return told + sum(2 * len(pin) + room_of(one) for pin, one in self._pins)

    @property
    def is_large(self) -> bool:
        """Whether one of its values stands in a blob."""
        return any("blob" in one for _, one in self._pins)

    @property
    def _pins(self) -> Iterable[tuple[str, Packed]]:
        return (self.emitted or {}).items()


def read(
    run: Run,
    nodes: Iterable[str],
    sources: Mapping[str, Key],
    platform: Platform,
    around: Sequence[Key] = (),
) -> GroupFacts:
    """One batch, and one more where nodes of the group have ended before. `sources` tells where the
    values lie that come from outside of the group."""
    head, records = keys.execution(run), {node: keys.node_run(run, node) for node in nodes}
    found = platform.table.get_many([head, *records.values(), *sources.values(), *around])
    own = {node: node_records.record_of(node, found.get(key)) for node, key in records.items()}
    emitted: dict[str, Emitted] = {
        source: found[key]["pins"] for source, key in sources.items() if key in found
    }
    ended = [node for node, record in own.items() if record.pins]
    emitted |= node_runs.emitted_by(run, ended, platform)
    besides = {key: found[key] for key in around if key in found}
    return GroupFacts(found.get(head), own, emitted, besides)


def writes(run: Run, concluded: Concluded) -> list[Write]:
    """A loss of power may undo them: without an effect nobody can tell that the node runs again."""
    key = keys.node_run(run, concluded.record.node)
    item = {"pk": key.pk, "sk": key.sk, **_attributes(concluded.record)}
    end = Put(item, node_runs.unchanged(concluded.before), may_be_lost=True)
    if concluded.emitted is None:
        return [end]
    key = keys.value(run, concluded.record.node)
    values = {"pk": key.pk, "sk": key.sk, "pins": dict(concluded.emitted)}
    return [end, Put(values, may_be_lost=True)]


def started(run: Run, first: Record) -> Write:
    """The execution's start, to be written with the first node's record."""
    at = first.started_at or first.ended_at or ""
    return replace(executions.started(run, at), may_be_lost=True)


def write(together: list[Write], platform: Platform) -> None:
    """All or none. Raises ConditionFailed, Conflict."""
    if len(together) == 1 and isinstance(together[0], Put):
        platform.table.write(together[0])
    else:
        platform.table.write_all(together)


def _attributes(record: Record) -> dict[str, Any]:
    told = {
        "status": record.status,
        "attempts": record.attempts,
        "pins": list(record.pins),
        "error": None if record.error is None else dict(record.error),
    }
    seldom = {
        "started_at": record.started_at,
        "attempted_at": record.attempted_at,
        "ended_at": record.ended_at,
        "losses": record.losses,
        "failures": [dict(one) for one in record.failures],
        "reused_from": record.reused_from,
    }
    return told | {name: value for name, value in seldom.items() if value}
