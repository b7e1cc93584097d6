"""Executions: one head each, and the lists that they stand in."""

from collections.abc import Iterable, Mapping
from typing import Any

from strata.model.errors import NotFound
from strata.model.execution import Run, Status
from strata.platform import Platform
from strata.ports import ABSENT, PRESENT, Condition, Item, Put, Query, Update
from strata.store import keys
from strata.store.reading import read_whole
from strata.store.values import Packed

OPEN = (Condition("status", "in", [Status.QUEUED, Status.RUNNING]),)
_WAITING = (Condition("waiting", "present"),)
_OPEN_INDEX = ("gsi4pk", "gsi4sk")

INPUTS_BYTES, OUTPUTS_BYTES = 150_000, 200_000
"""What the inline values of a head may take: both stand in one item."""


def new_head(
    run: Run,
    inputs: Mapping[str, Packed],
    created_at: str,
    trigger: str,
    *,
    secret_inputs: Iterable[str] = (),
    node_count: int = 0,
    facts: Mapping[str, Any] | None = None,
) -> Put:
    """With all that a view needs besides the nodes' records, so that none reads the plan.

    `facts` are what not every execution has: `slot` or `waiting` (whether it may run or waits for
    a slot), `until` (the node that it runs up to), `resumed_from`, `first_rests` (the first node of
    the plan, which else takes it from QUEUED to RUNNING, does not run)."""
    key = keys.execution(run)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        **keys.execution_indexes(run, Status.QUEUED),
        **keys.open_execution(run, created_at),
        **run.to_json(),
        "status": Status.QUEUED,
        "inputs": dict(inputs),
        "secret_inputs": sorted(secret_inputs),
        "node_count": node_count,
        "created_at": created_at,
        "trigger": trigger,
        **(facts or {}),
    }
    return Put(item, ABSENT)


def started(run: Run, at: str) -> Update:
    """From QUEUED to RUNNING, with the first node."""
    return Update(
        keys.execution(run),
        set={"status": Status.RUNNING, "started_at": at, **_by_status(run, Status.RUNNING)},
        when=(Condition("status", "=", Status.QUEUED),),
    )


def seeded(run: Run) -> Update:
    """What it takes over from another one is there."""
    return Update(keys.execution(run), set={"seeded": True}, when=PRESENT)


def ended(
    run: Run,
    status: Status,
    at: str,
    *,
    outputs: Mapping[str, Packed] | None,
    error: Mapping[str, Any] | None,
    counts: Mapping[str, int],
    stops: bool = False,
    waits: bool = False,
) -> Update:
    """To a final status, once; one that `waits` for a slot only as long as it does. With `stops`
    it stays among those that are not done with until its machine is stopped."""
    facts = {
        "status": status,
        "ended_at": at,
        "outputs": outputs,
        "error": error,
        "node_counts": dict(counts),
    }
    pending = {"stop_pending": True} if stops else {}
    return Update(
        keys.execution(run),
        set={**facts, **_by_status(run, status), **pending},
        remove=(*(() if stops else _OPEN_INDEX), *(("waiting",) if waits else ())),
        when=(*OPEN, *(_WAITING if waits else ())),
    )


def admitted(run: Run) -> Update:
    """One that waited has a slot now."""
    return Update(keys.execution(run), set={"slot": True}, remove=("waiting",), when=_WAITING)


def asked_to_cancel(user_id: str, execution_id: str, by: str) -> Update:
    """From here on no node of it begins; `by` names who asked first."""
    key = keys.execution_of(user_id, execution_id)
    return Update(key, set={"cancelling": True}, initial={"cancelled_by": by}, when=OPEN)


def stopped(run: Run) -> Update:
    """Nothing is left to do about a cancelled one."""
    return Update(keys.execution(run), remove=("stop_pending", *_OPEN_INDEX), when=PRESENT)


def _by_status(run: Run, status: Status) -> dict[str, str]:
    return {"gsi3pk": keys.executions_by_status(run.user_id, status)}


def run_of(item: Item) -> Run:
    return Run(item["execution_id"], item["user_id"], item["graph_id"], item["version"])


def head_of(user_id: str, execution_id: str, platform: Platform) -> Item:
    """Raises NotFound, the same for another user's execution."""
    item = platform.table.get(keys.execution_of(user_id, execution_id))
    if item is None:
        raise NotFound
    return item


def head_and_nodes(user_id: str, execution_id: str, platform: Platform) -> list[Item]:
    """The head, then the records of the nodes that have begun; one read for each megabyte.

    Raises NotFound."""
    key = keys.execution_of(user_id, execution_id)
    query = Query(key.pk, first=key.sk, last=f"NODE#{keys.LAST}")
    items = read_whole(query, platform)
    if not items or items[0]["sk"] != key.sk:
        raise NotFound
    return items


def list_query(user_id: str, status: Status | None, graph_id: str | None) -> Query:
    """The executions of a user, of a graph, by status or by both; newest first."""
    if graph_id is not None:
        partition = keys.executions_of_graph(user_id, graph_id)
        filters = (Condition("status", "=", status),) if status else ()
        return Query(partition, index="gsi2", descending=True, filters=filters)
    if status is not None:
        partition = keys.executions_by_status(user_id, status)
        return Query(partition, index="gsi3", descending=True)
    return Query(keys.executions_of_user(user_id), index="gsi1", descending=True)


def open_query(shard: int, created_before: str | None = None) -> Query:
    """One shard (from 0 to `keys.OPEN_SHARDS` - 1) of the executions of all users that there is
    something left to do about, oldest first: those that have not ended, and cancelled ones whose
    machine may not have been stopped (`stop_pending`)."""
    return Query(keys.open_executions(shard), index="gsi4", last=created_before)
