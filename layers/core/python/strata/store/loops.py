"""Loops: the items that their iterations are given, and how these fare.

Few items tell of many iterations, 100 of one, and each fact is an attribute that is set once: a
write that is repeated changes nothing, and many at once do not collide, as they would over a
counter that a transaction guards.

    "12": "fetch"    the iteration of the item 12 failed, with that node first
    "12.0": 1        of the last nodes of its body the first has ended
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strata.model.execution import NodeStatus, Run
from strata.platform import Platform
from strata.ports import MAX_WRITES, Item, Key, Put, Update
from strata.store import keys
from strata.store.node_records import Loop, Record
from strata.store.node_runs import unchanged
from strata.store.values import Packed, pack_all, size_of

ITEM_PIN, INDEX_PIN = "item", "index"
MOST_FACTS = 100
"""Of one item of the table: it stays within the kilobytes that a write is charged by."""
BATCH_BYTES = 3_000_000
"""Of one transaction, which DynamoDB ends at 4 MB."""
_ENVELOPE_BYTES = 400


def run_body(run: Run, own: Record, loop: Loop) -> Update:
    """The loop's attempt goes on in its body."""
    facts = {"count": loop.count, "tolerated": loop.tolerated, "mode": loop.mode}
    return Update(
        keys.node_run(run, own.node),
        set={"status": NodeStatus.WAITING, "loop": facts},
        when=unchanged(own),
    )


def given(run: Run, loop: str, items: Iterable[Any], platform: Platform) -> Iterator[list[Put]]:
    """What each iteration is given, in batches that one transaction takes."""
    batch: list[Put] = []
    size = 0
    for index, item in enumerate(items):
        pins = pack_all({ITEM_PIN: item, INDEX_PIN: index}, run.user_id, platform)
        key = keys.item(run.within(loop, index))
        taken = _ENVELOPE_BYTES + sum(map(_stored_bytes, pins.values()))
        if batch and (len(batch) == MAX_WRITES or size + taken > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(Put({"pk": key.pk, "sk": key.sk, "pins": pins}))
        size += taken
    if batch:
        yield batch


def _stored_bytes(packed: Packed) -> int:
    return size_of(packed) if "json" in packed else 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the iterations of a loop; `failed` names the node of each that failed, in their order."""

    failed: Mapping[int, str]
    completed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Track:
    """Where the progress of a loop is kept; `run` is the one that the loop itself belongs to, its
    body has so many last nodes."""

    run: Run
    loop: str
    last_nodes: int

    def key(self, index: int) -> Key:
        return keys.progress(self.run, self.loop, index // self._per_item)

    def failed(self, index: int, node: str) -> Update:
        return Update(self.key(index), initial={str(index): node})

    def ended(self, index: int, position: int) -> Update:
        """The last node at that position has ended; nothing depends on it but what is shown."""
        return Update(self.key(index), set={f"{index}.{position}": 1}, may_be_lost=True)

    def read(self, count: int, platform: Platform) -> Progress:
        """How each of so many iterations has ended; those that have not are left out."""
        parts = -(-count // self._per_item)
        wanted = [keys.progress(self.run, self.loop, part) for part in range(parts)]
        return self._progress(platform.table.get_many(wanted).values() if wanted else ())

    @property
    def _per_item(self) -> int:
        return max(1, MOST_FACTS // max(1, self.last_nodes))

    def _progress(self, items: Iterable[Item]) -> Progress:
        failed: dict[int, str] = {}
        ended: dict[int, int] = {}
        for item in items:
            for name, value in item.items():
                index, _, position = name.partition(".")
                if not index.isdecimal():
                    continue
                if position:
                    ended[int(index)] = ended.get(int(index), 0) + 1
                else:
                    failed[int(index)] = value
        whole = (index for index, nodes in ended.items() if nodes == self.last_nodes)
        return Progress(dict(sorted(failed.items())), frozenset(whole) - failed.keys())
