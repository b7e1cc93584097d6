"""The parts of an export that lie within others: versions and triggers of graphs, nodes of
executions and of the iterations of their loops. Each piece is one small read; its place says where
the next one begins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from strata import executions as execution_list
from strata import graphs as graph_list
from strata import node_views, triggers
from strata.model.execution import Run
from strata.model.plan import Plan
from strata.model.user import Caller
from strata.paging import MAX_LIMIT, PageRequest
from strata.platform import Platform
from strata.ports import Item, Key, Query
from strata.store import departures, keys, node_records
from strata.store import executions as stored_executions
from strata.store import graphs as stored_graphs
from strata.store import triggers as stored_triggers
from strata.store.values import unpack

Json = dict[str, Any]
Place = Json | None
"""Where a section goes on; None at its beginning."""


@dataclass(frozen=True, slots=True)
class Piece:
    items: list[Json]
    next: Place = None
    """None at the end of the section."""


Walk = Callable[[Caller, Place, Platform], Piece]


class _Outer(NamedTuple):
    """One thing of a list, and where the list goes on after it."""

    item: Item | None
    after: Any


def _outer(query: Query, at: Place, platform: Platform) -> _Outer:
    after = at["of"] if at else None
    page = platform.table.query(replace(query, limit=1, after=after))
    return _Outer(page.items[0] if page.items else None, page.next)


def _next(outer: _Outer, at: Place, within: Json | None) -> Place:
    """Further within the same thing, else at the next one."""
    if within is not None:
        return {"of": at["of"] if at else None, **within}
    return {"of": outer.after} if outer.after is not None else None


def graphs(caller: Caller, at: Place, platform: Platform) -> Piece:
    """Each graph, its versions, its triggers."""
    own = keys.graph(caller.user_id, "")
    return _graph(own, "graph", caller, at, platform)


def deleted_graphs(caller: Caller, at: Place, platform: Platform) -> Piece:
    """What is still there of graphs that were deleted."""
    own = keys.deleted_graph(caller.user_id, "")
    return _graph(own, "deleted_graph", caller, at, platform)


def _graph(own: Key, kind: str, caller: Caller, at: Place, platform: Platform) -> Piece:
    outer = _outer(Query(own.pk, prefix=own.sk), at, platform)
    if outer.item is None:
        return Piece([])
    (graph_id,) = departures.graph_ids([outer.item])
    within = at.get("within", "head") if at else "head"
    inner = at.get("after") if at else None
    if within == "head":
        items = [{"type": kind, "data": _head(outer.item, graph_id, platform)}]
        return Piece(items, _next(outer, at, {"within": "versions"}))
    if within == "versions":
        items, after = _versions(caller.user_id, graph_id, inner, platform)
        following = {"after": after} if after else {"within": "triggers"}
        return Piece(items, _next(outer, at, {"within": "versions", **following}))
    items, after = _triggers(caller.user_id, graph_id, inner, platform)
    return Piece(items, _next(outer, at, {"within": within, "after": after} if after else None))


def _head(item: Item, graph_id: str, platform: Platform) -> Json:
    if "revision" not in item:
        return {"id": graph_id}
    return graph_list.summaries([stored_graphs.head_of(item)], platform)[0]


def _versions(
    user_id: str, graph_id: str, after: Any, platform: Platform
) -> tuple[list[Json], Any]:
    """One, for it may be large."""
    partition = keys.version(user_id, graph_id, 1).pk
    page = platform.table.query(Query(partition, prefix="VERSION#", limit=1, after=after))
    return [_version(graph_id, item, platform) for item in page.items], page.next


def _version(graph_id: str, item: Item, platform: Platform) -> Json:
    facts = {"graph_id": graph_id, "version": item["number"], "draft": item["draft"]}
    content = unpack(item["content"], platform)
    return {
        "type": "graph_version",
        "data": {**facts, "created_at": item["created_at"], **content},
    }


def _triggers(
    user_id: str, graph_id: str, after: Any, platform: Platform
) -> tuple[list[Json], Any]:
    query = replace(stored_triggers.all_of(user_id, graph_id), limit=MAX_LIMIT, after=after)
    page = platform.table.query(query)
    views = [triggers.view(stored_triggers.of(item)) for item in page.items]
    return [{"type": "trigger", "data": view} for view in views], page.next


def executions(caller: Caller, at: Place, platform: Platform) -> Piece:
    """Each execution, then its nodes, then those of each iteration of its loops."""
    query = stored_executions.list_query(caller.user_id, None, None)
    outer = _outer(query, at, platform)
    if outer.item is None:
        return Piece([])
    run = stored_executions.run_of(outer.item)
    if at is None or "region" not in at:
        shown = execution_list.get(run.user_id, run.execution_id, platform=platform)
        items = [{"type": "execution", "data": shown}]
        return Piece(items, _next(outer, at, {"region": ""}))
    items, cursor = _nodes(run, at["region"], at.get("cursor"), platform)
    if cursor:
        return Piece(items, _next(outer, at, {"region": at["region"], "cursor": cursor}))
    following = _region_after(run, at["region"], platform)
    return Piece(items, _next(outer, at, {"region": following} if following else None))


def _nodes(
    run: Run, iteration: str, cursor: str | None, platform: Platform
) -> tuple[list[Json], str | None]:
    found = node_views.listing(
        run.user_id,
        run.execution_id,
        iteration=iteration or None,
        page=PageRequest(MAX_LIMIT, cursor),
        platform=platform,
    )
    named = {"execution_id": run.execution_id, "iteration": iteration}
    items = [{"type": "node_execution", "data": {**named, **one}} for one in found["items"]]
    return items, found["next_cursor"]


def _region_after(run: Run, iteration: str, platform: Platform) -> str | None:
    """The iteration whose nodes come after those of this one; each comes before those that lie
    within it."""
    plan = stored_graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
    steps = iteration.split("/") if iteration else []
    found = next(_iterations(run, plan, steps, platform), None)
    return found.iteration if found else None


def _iterations(run: Run, plan: Plan, after: Sequence[str], platform: Platform) -> Iterator[Run]:
    """Of the loops in this region, after that which the steps lead to."""
    loops = [node.id for node in plan.by_parent[run.loop] if node.id in plan.bodies]
    first, _, index = after[0].rpartition(":") if after else ("", "", "-1")
    for loop in loops[loops.index(first) if first else 0 :]:
        begin = int(index) if loop == first else -1
        if begin >= 0:
            yield from _iterations(run.within(loop, begin), plan, after[1:], platform)
        for at in range(begin + 1, _count(run, loop, platform)):
            inner = run.within(loop, at)
            yield inner
            yield from _iterations(inner, plan, (), platform)


def _count(run: Run, loop: str, platform: Platform) -> int:
    item = platform.table.get(keys.node_run(run, loop))
    record = node_records.record_of(loop, item)
    return record.loop.count if record.loop else 0
