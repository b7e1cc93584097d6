"""The iterations of a loop as the API shows them: how each fares, and what it gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from strata import iterations
from strata.cursors import open_cursor, seal_cursor
from strata.execution_regions import Region, region_of
from strata.execution_views import owner_of_links
from strata.loops import packed_results
from strata.model.errors import NotFound
from strata.model.execution import NodeStatus
from strata.model.plan import PlannedNode
from strata.paging import PageRequest, cursor_key
from strata.platform import Platform
from strata.redaction import redact, secret_texts
from strata.store import keys, node_records
from strata.store.loops import Progress
from strata.store.node_records import Record
from strata.store.values import INLINE_BYTES, show_within

Json = dict[str, Any]

MOST_RECORDS = 1_000
"""So many records of nodes are read together, and in all for one page at most five times that."""
MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop that is looked at, and how its iterations have ended."""

    region: Region
    node: PlannedNode
    record: Record
    progress: Progress

    @property
    def count(self) -> int:
        return self.record.loop.count if self.record.loop else 0

    @property
    def is_over(self) -> bool:
        return self.region.is_over or self.record.status.is_final

    def ended(self, index: int) -> NodeStatus | None:
        """None for an iteration that goes on, or has not begun."""
        if index in self.progress.failed:
            return NodeStatus.FAILED
        if index in self.progress.completed or self.record.status is NodeStatus.COMPLETED:
            return NodeStatus.COMPLETED
        return NodeStatus.CANCELLED if self.is_over else None


def listing(
    user_id: str,
    execution_id: str,
    node_id: str,
    *,
    iteration: str | None = None,
    status: NodeStatus | None = None,
    values: bool = True,
    page: PageRequest,
    platform: Platform,
) -> Json:
    """A page of the loop's iterations in the order of its items; with a status only those, and
    then it may hold fewer than there are. `iteration` is that which the loop itself lies in.

    Raises NotFound, also for a node that is no loop."""
    region = region_of(user_id, execution_id, iteration, platform)
    loop = _loop(region, region.node(node_id), platform)
    binding = f"items {user_id} {execution_id} {iteration or ''} {node_id} {status or ''}"
    first = 0
    if page.cursor is not None:
        first = int(open_cursor(page.cursor, binding, cursor_key(platform))["position"])
    found, after = _found(loop, first, status, page.limit, platform)
    cursor = None
    if after is not None:
        cursor = seal_cursor({"position": str(after)}, binding, cursor_key(platform))
    if values:
        _lay_in_results(loop, found, platform)
    return {"items": found, "next_cursor": cursor}


def summary(region: Region, node: PlannedNode, record: Record, platform: Platform) -> Json | None:
    """How far the loop is; None where it has not begun."""
    if record.loop is None:
        return None
    loop = _loop_of(region, node, record, platform)
    ended = [index for index in range(loop.count) if _has_ended(loop, index)]
    return {"count": loop.count, "done": len(ended), "failed": len(loop.progress.failed)}


def _has_ended(loop: _Loop, index: int) -> bool:
    return loop.ended(index) in (NodeStatus.COMPLETED, NodeStatus.FAILED)


def _loop(region: Region, node: PlannedNode, platform: Platform) -> _Loop:
    if node.behaviour != "loop":
        raise NotFound("The node is no loop.")
    item = platform.table.get(keys.node_run(region.run, node.id))
    return _loop_of(region, node, node_records.record_of(node.id, item), platform)


def _loop_of(region: Region, node: PlannedNode, record: Record, platform: Platform) -> _Loop:
    track = iterations.track_of(region.run, region.plan, node.id)
    count = record.loop.count if record.loop else 0
    return _Loop(region, node, record, track.read(count, platform))


def _found(
    loop: _Loop, first: int, status: NodeStatus | None, limit: int, platform: Platform
) -> tuple[list[Json], int | None]:
    """Iterations from the first on, and where the next page begins."""
    indexes = iter([at for at in range(first, loop.count) if _may_be(loop, at, status)])
    window = max(1, min(limit, MOST_RECORDS // len(_body(loop))))
    found: list[Json] = []
    after = first
    for _ in range(MOST_LOOKS):
        chunk = list(islice(indexes, min(window, limit - len(found))))
        if not chunk:
            return found, None
        shown = _views(loop, chunk, platform)
        found += [one for one in shown if status in (None, one["status"])]
        after = chunk[-1] + 1
        if len(found) == limit:
            break
    return found, after if next(indexes, None) is not None else None


def _may_be(loop: _Loop, index: int, status: NodeStatus | None) -> bool:
    """Whether the iteration may have this status; of one that goes on its nodes must tell."""
    ended = loop.ended(index)
    if status is None or ended is status:
        return True
    return ended is None and status in (NodeStatus.PENDING, NodeStatus.RUNNING)


def _body(loop: _Loop) -> Sequence[PlannedNode]:
    return loop.region.plan.by_parent[loop.node.id]


def _views(loop: _Loop, indexes: Sequence[int], platform: Platform) -> list[Json]:
    runs = {index: loop.region.run.within(loop.node.id, index) for index in indexes}
    wanted = {
        keys.node_run(run, node.id): index for index, run in runs.items() for node in _body(loop)
    }
    records: dict[int, dict[str, Record]] = {index: {} for index in indexes}
    for key, item in platform.table.get_many(list(wanted)).items():
        record = node_records.record_of(node_records.node_of(item), item)
        records[wanted[key]][record.node] = record
    return [
        {"index": index, "iteration": run.iteration, **_facts(loop, index, records[index])}
        for index, run in runs.items()
    ]


def _facts(loop: _Loop, index: int, records: Mapping[str, Record]) -> Json:
    status = loop.ended(index)
    if status is None:
        status = NodeStatus.RUNNING if records else NodeStatus.PENDING
    failed = records.get(loop.progress.failed.get(index, ""))
    starts = [one.started_at for one in records.values() if one.started_at]
    return {
        "status": status,
        "error": _error(loop, failed),
        "started_at": min(starts, default=None),
        "ended_at": _end(status, failed, records),
    }


def _error(loop: _Loop, failed: Record | None) -> Json | None:
    if failed is None or failed.error is None:
        return None
    told = {name: failed.error.get(name) for name in ("code", "message")}
    shown: Json = redact(told, secret_texts(loop.region.head))
    return {**shown, "node": failed.node}


def _end(status: NodeStatus, failed: Record | None, records: Mapping[str, Record]) -> str | None:
    """An iteration that fails ends with the node that failed first, one that is cancelled at no
    time of its own."""
    if status is NodeStatus.COMPLETED:
        return max((one.ended_at for one in records.values() if one.ended_at), default=None)
    return failed.ended_at if failed else None


def _lay_in_results(loop: _Loop, shown: Sequence[Json], platform: Platform) -> None:
    completed = [one["index"] for one in shown if one["status"] is NodeStatus.COMPLETED]
    results = packed_results(loop.region.run, loop.node, completed, platform)
    head = loop.region.head
    show = show_within(platform, each=INLINE_BYTES, owner=owner_of_links(head))
    secrets = secret_texts(head)
    for one in shown:
        packed = results.get(one["index"])
        one["result"] = None if packed is None else redact(show(packed), secrets)
