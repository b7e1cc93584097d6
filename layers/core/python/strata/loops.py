"""Loops: their beginning hands out the items, their end collects what came of them.

begin: gather ─▶ an iteration's item each ─▶ WAITING ─▶ the machine runs the body, once per item
end:   progress ─▶ results in the order of the items ─▶ block ─▶ COMPLETED
          └──▶ more failed than are tolerated ─▶ FAILED

A loop WAITS while its body runs: no function is busy with it, and none that vanishes is missed.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from strata import iterations
from strata.compiler.costs import MOST_ITEMS, most_inline_items
from strata.item_failures import fail_loop
from strata.model.block import Values
from strata.model.errors import NodeError, NodeRetry
from strata.model.execution import NodeStatus, Run
from strata.model.plan import PlannedNode
from strata.node_attempts import begun, conclude
from strata.node_ends import give_up
from strata.node_work import Work, taking
from strata.platform import Platform
from strata.store import keys, node_records
from strata.store.loops import Progress, given, run_body
from strata.store.node_records import Loop, Record
from strata.store.node_runs import Facts
from strata.store.values import MAX_VALUE_BYTES, Packed, encode, size_of, unpack

Json = dict[str, Any]

NAMES_BYTES = 250_000
"""What the names of a loop's iterations may take of a state's 256 KiB."""
READ_AT_ONCE = 100
"""Iterations whose results are read together: with 300 KB each they are held in memory."""

INLINE, DISTRIBUTED = "inline", "distributed"


def begin(work: Work, facts: Facts) -> Record:
    """The loop's record, WAITING for its body; final where there is nothing to run."""
    if facts.own.status is NodeStatus.WAITING:
        return facts.own
    with taking(work):
        return begun(work, facts, partial(_hand_out, work, facts))


def _hand_out(work: Work, facts: Facts, own: Record, values: Values) -> Record:
    """Each item is written once, or again with the same content where a function was lost; the
    body begins when all of them are there. Raises NodeError."""
    loop = _planned(work, facts, values)
    for batch in given(work.run, own.node, values["items"], work.platform):
        work.platform.table.write_all(batch)
    item = work.platform.table.write(run_body(work.run, own, loop))
    return node_records.record_of(own.node, item)


def _planned(work: Work, facts: Facts, values: Mapping[str, Any]) -> Loop:
    count = len(values["items"])
    longest = len(encode(work.run.within(work.node.id, MOST_ITEMS - 1).iteration)) + len(", ")
    most = min(MOST_ITEMS, NAMES_BYTES // longest)
    if count > most:
        message = f"The loop has {count:,} items, {most:,} are the most."
        raise NodeError("limit_exceeded", message)
    share = Fraction(str(values["tolerated_failure_percentage"])) / 100
    tolerated = max(values["tolerated_failures"], int(count * share))
    return Loop(count, tolerated, INLINE if count <= _most_inline(work, facts) else DISTRIBUTED)


def _most_inline(work: Work, facts: Facts) -> int:
    """Loops around that run inline share their history with this one, so often as they run it."""
    times = 1
    for one in iterations.around(work.run):
        loop = iterations.record_in(one, facts.around).loop
        if loop is None or loop.mode == DISTRIBUTED:
            return most_inline_items(work.node.id, work.plan, history=one.loop, times=times)
        times *= loop.count
    return most_inline_items(work.node.id, work.plan, times=times)


def told(work: Work, own: Record) -> Json:
    """The names of the iterations that are to run: none once the loop has ended."""
    if own.status is not NodeStatus.WAITING or own.loop is None:
        return {"items": [], "mode": INLINE}
    runs = (work.run.within(own.node, index) for index in range(own.loop.count))
    return {"items": [one.iteration for one in runs], "mode": own.loop.mode}


def finish(work: Work, facts: Facts) -> Record:
    """The loop's record, final. Raises NodeRetry where it has not begun."""
    own = facts.own
    if own.loop is None:
        raise NodeRetry(f"{own.node} has not begun")
    progress = iterations.track_of(work.run, work.plan, own.node).read(
        own.loop.count, work.platform
    )
    with taking(work):
        if len(progress.failed) > own.loop.tolerated:
            return fail_loop(work, own, progress)
        try:
            results = _results(work, own.loop.count, progress)
        except NodeError as error:
            return give_up(work, own, error)
        answer = {"results": results, "failures": _failures(work, progress)}
        return conclude(work, facts, answer)


def _results(work: Work, count: int, progress: Progress) -> list[Any]:
    """In the order of the items; null for one that failed, or whose result was skipped."""
    results: list[Any] = []
    room = MAX_VALUE_BYTES
    for first in range(0, count, READ_AT_ONCE):
        indexes = range(first, min(first + READ_AT_ONCE, count))
        succeeded = [index for index in indexes if index not in progress.failed]
        found = packed_results(work.run, work.node, succeeded, work.platform)
        room -= sum(map(size_of, found.values())) + len(indexes)
        if room < 0:
            message = f"The results have more than {MAX_VALUE_BYTES:,} bytes together."
            raise NodeError("value_too_large", message)
        loaded = {index: unpack(one, work.platform) for index, one in found.items()}
        results += map(loaded.get, indexes)
    return results


def packed_results(
    run: Run, loop: PlannedNode, indexes: Iterable[int], platform: Platform
) -> dict[int, Packed]:
    """What the loop's body hands back for each of these items: by the first of its links that is
    live. One for which there is none is left out. `run` is the one that the loop belongs to."""
    keys_of = {
        index: [keys.value(run.within(loop.id, index), link.source) for link in loop.collects]
        for index in indexes
    }
    found = platform.table.get_many([key for row in keys_of.values() for key in row])
    results: dict[int, Packed] = {}
    for index, row in keys_of.items():
        for key, link in zip(row, loop.collects, strict=True):
            if key in found and link.output in found[key]["pins"]:
                results.setdefault(index, found[key]["pins"][link.output])
    return results


def _failures(work: Work, progress: Progress) -> list[Json]:
    wanted = {
        index: keys.node_run(work.run.within(work.node.id, index), node)
        for index, node in progress.failed.items()
    }
    found = work.platform.table.get_many(list(wanted.values()))
    return [
        _failure(index, node, node_records.record_of(node, found.get(wanted[index])))
        for index, node in progress.failed.items()
    ]


def _failure(index: int, node: str, record: Record) -> Json:
    error = record.error or {}
    return {
        "index": index,
        "node": node,
        "code": error.get("code"),
        "message": error.get("message"),
    }
