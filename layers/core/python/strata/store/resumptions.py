"""Resumptions: what an execution takes over from the one that it resumes, and the copies of that.

A copy is written once, and only where there is no record yet: a repeated or late one changes
nothing that has gone on since.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strata.model.errors import Conflict, Unavailable
from strata.model.execution import NodeStatus, Run, run_from_json
from strata.platform import Platform
from strata.ports import ABSENT, MAX_WRITES, ConditionFailed, Item, Key, Put
from strata.store import keys
from strata.store.values import encode, keep, pack, unpack

BATCH_BYTES = 3_000_000
"""Of one transaction, which DynamoDB ends at 4 MB."""
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Resumption:
    """`reused` nodes have the results that they had in the run `before`; `effects` are idempotency
    keys, by node, of those that may have had their effect already."""

    before: Run
    reused: Sequence[str]
    effects: Mapping[str, str]


def put(run: Run, resumption: Resumption, platform: Platform) -> Put:
    """Together with the execution's head."""
    content = {
        "before": resumption.before.to_json(),
        "reused": list(resumption.reused),
        "effects": dict(resumption.effects),
    }
    key = keys.resumption(run)
    return Put({"pk": key.pk, "sk": key.sk, "content": pack(content, run.user_id, platform)})


def load(run: Run, platform: Platform) -> Resumption:
    item = platform.table.get(keys.resumption(run)) or {}
    content = unpack(item["content"], platform)
    before = run_from_json(content["before"])
    return Resumption(before, content["reused"], content["effects"])


def copy(run: Run, resumption: Resumption, platform: Platform) -> None:
    """Writes all that is not there yet. Raises Unavailable."""
    nodes = [*resumption.reused, *resumption.effects]
    half = MAX_WRITES // 2
    for first in range(0, len(nodes), half):
        _copy(run, resumption, nodes[first : first + half], platform)


def _copy(run: Run, resumption: Resumption, nodes: Sequence[str], platform: Platform) -> None:
    for _ in range(MOST_TRIES):
        try:
            for batch in _batches(_copies(run, resumption, nodes, platform)):
                platform.table.write_all(batch)
        except (ConditionFailed, Conflict):
            continue
        return
    raise Unavailable("The results are being copied by another request.")


def _copies(
    run: Run, resumption: Resumption, nodes: Iterable[str], platform: Platform
) -> Iterator[list[Put]]:
    """Of each node that has no record yet: its record and what it emitted, never one alone."""
    before = resumption.before
    records = {node: keys.node_run(run, node) for node in nodes}
    there = platform.table.get_many(list(records.values()))
    missing = [node for node, key in records.items() if key not in there]
    wanted = [key for node in missing for key in _keys(before, node)]
    found = platform.table.get_many(wanted) if wanted else {}
    for node in missing:
        if node in resumption.effects:
            yield [Put(begun(records[node], resumption.effects[node]), ABSENT)]
            continue
        record, value = (found.get(key) for key in _keys(before, node))
        copies = [Put(reused(records[node], record or {}, before), ABSENT)]
        if value is not None:
            keep(value["pins"].values(), platform)
            copies.append(Put(moved(keys.value(run, node), value)))
        yield copies


def _keys(run: Run, node: str) -> tuple[Key, Key]:
    return keys.node_run(run, node), keys.value(run, node)


def moved(key: Key, item: Item) -> Item:
    """The same under another key."""
    return {**item, "pk": key.pk, "sk": key.sk}


def reused(key: Key, record: Item, before: Run) -> Item:
    """The copy of a record; its token was that of another machine's Task."""
    kept = {name: value for name, value in record.items() if name != "token"}
    origin = record.get("reused_from", before.execution_id)
    return {**moved(key, kept), "reused_from": origin}


def begun(key: Key, effect_key: str) -> Item:
    """The record of a node that may have had its effect under that key."""
    return {
        "pk": key.pk,
        "sk": key.sk,
        "status": NodeStatus.PENDING,
        "attempts": 0,
        "effect_key": effect_key,
        "possibly_repeated": True,
    }


def _batches(copies: Iterable[list[Put]]) -> Iterator[list[Put]]:
    batch: list[Put] = []
    size = 0
    for together in copies:
        taken = sum(len(encode(one.item).encode()) for one in together)
        if batch and (len(batch) + len(together) > MAX_WRITES or size + taken > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch += together
        size += taken
    if batch:
        yield batch
