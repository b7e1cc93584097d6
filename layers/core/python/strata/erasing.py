"""Erasing: whatever the store has of a user, in the order in which it can still be found.

executions ── each: bodies of loops, the last iteration first ─▶ the rest ─▶ its head
graphs     ── each: triggers ─▶ versions, plans ─▶ what tells that there was one
partitions that the user's id names ─▶ blobs ─▶ what stands beside the user
"""

from collections.abc import Iterator
from contextlib import suppress

from strata import cancelling, credentials, machines
from strata.model.errors import ExecutionEnded, NotFound, Unavailable
from strata.model.execution import Run, Status
from strata.model.plan import Plan
from strata.pacing import Pace, each, pages
from strata.platform import Platform
from strata.ports import Item, Key, Query
from strata.stopping import stop
from strata.store import api_keys, departures, executions, graphs, keys, triggers
from strata.store import credentials as stored_credentials

BLOBS_AT_ONCE = 500
_SHELVES = ("graphs", "values")


def shut(user_id: str, pace: Pace, platform: Platform, *, revokes: bool) -> None:
    """Deletes what lets somebody in or out in the user's name: API keys, triggers, credentials.
    Those whose tokens are to be revoked elsewhere, which may take its time, stay unless it
    `revokes`.

    Raises Paused, Unavailable."""
    _clear(api_keys.all_of(user_id), pace, platform)
    for graph_id in _graphs(user_id, pace, platform):
        _clear(triggers.all_of(user_id, graph_id), pace, platform)
    for item in each(stored_credentials.all_of(user_id), pace, platform):
        credential = stored_credentials.of(item)
        if credential.kind == "oauth2" and not revokes:
            continue
        pace.take(2)
        with suppress(NotFound):
            credentials.delete(user_id, credential.id, platform=platform)


def erase(user_id: str, pace: Pace, platform: Platform) -> None:
    """All but the user and their audit log, once nothing writes any more.

    Raises Paused, Unavailable."""
    for found in each(executions.list_query(user_id, None, None), pace, platform):
        _erase_execution(executions.run_of(found), pace, platform)
    for graph_id in _graphs(user_id, pace, platform):
        _clear(Query(keys.version(user_id, graph_id, 1).pk), pace, platform)
        _forget_graph(user_id, graph_id, pace, platform)
    for partition in keys.partitions(user_id):
        _clear(Query(partition), pace, platform)
    for shelf in _SHELVES:
        _empty(f"{shelf}/{user_id}", pace, platform)
    _clear(Query(keys.user(user_id).pk), pace, platform, keep=keys.user(user_id))


def _graphs(user_id: str, pace: Pace, platform: Platform) -> Iterator[str]:
    """Of all graphs that the user has or has had; a page of them may name one again."""
    for page in pages(Query(keys.user(user_id).pk), pace, platform):
        yield from departures.graph_ids(page)


def _forget_graph(user_id: str, graph_id: str, pace: Pace, platform: Platform) -> None:
    marks = [one(user_id, graph_id) for one in (keys.graph, keys.deleted_graph, keys.stats)]
    pace.take()
    departures.delete_all([key._asdict() for key in marks], platform)


def _erase_execution(run: Run, pace: Pace, platform: Platform) -> None:
    head = platform.table.get(keys.execution(run))
    if head is None:
        return
    _check_over(run, head, platform)
    with suppress(NotFound):
        plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
        _erase_bodies(run, plan, pace, platform)
    own = keys.execution(run)
    _clear(Query(own.pk), pace, platform, keep=own)
    # With it goes the last that leads here.
    if not platform.machines.forget(machines.name_of(run, head), run.execution_id):
        raise Unavailable("The end of an execution is still being told.")
    departures.delete_all([head], platform)


def _check_over(run: Run, head: Item, platform: Platform) -> None:
    """Raises Unavailable for what cannot be stopped now."""
    if not Status(head["status"]).is_final:
        with suppress(ExecutionEnded):
            cancelling.cancel(run.user_id, run.execution_id, platform=platform)
        head = executions.head_of(run.user_id, run.execution_id, platform)
    if "stop_pending" in head and not stop(run, platform=platform):
        raise Unavailable("An execution cannot be stopped now.")


def _erase_bodies(run: Run, plan: Plan, pace: Pace, platform: Platform) -> None:
    """Of the loops in this region. What tells how many items a loop has may be gone, or was never
    written; but they were handed out from the first to the last, so the first ones go last."""
    for node in plan.by_parent[run.loop]:
        if node.id in plan.bodies:
            for index in reversed(range(_extent(run, node.id, pace, platform))):
                body = run.within(node.id, index)
                _erase_bodies(body, plan, pace, platform)
                _clear(Query(keys.item(body).pk), pace, platform)


def _extent(run: Run, loop: str, pace: Pace, platform: Platform) -> int:
    """The number of the loop's iterations that there is anything of."""

    def exists(index: int) -> bool:
        pace.take()
        return not departures.is_empty(keys.item(run.within(loop, index)).pk, platform)

    if not exists(0):
        return 0
    there, absent = 0, 1
    while exists(absent):
        there, absent = absent, absent * 2
    while absent - there > 1:
        middle = (there + absent) // 2
        there, absent = (middle, absent) if exists(middle) else (there, middle)
    return absent


def _clear(query: Query, pace: Pace, platform: Platform, keep: Key | None = None) -> None:
    for page in pages(query, pace, platform):
        items = [item for item in page if (item["pk"], item["sk"]) != keep]
        if items:
            pace.take()
            departures.delete_all(items, platform)


def _empty(folder: str, pace: Pace, platform: Platform) -> None:
    pace.take()
    while not platform.blobs.delete_under(folder, BLOBS_AT_ONCE):
        pace.take()
