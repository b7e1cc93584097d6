"""Executions: start one, look at it, list them. Status comes from our table alone."""

from collections.abc import Mapping
from typing import Any

from strata import ends, machines
from strata.clock import moment, timestamp
from strata.graph_versions import load_plan as plan_to_run
from strata.graph_versions import runnable_version
from strata.model.errors import InvalidInputs, NotFound
from strata.model.execution import NodeStatus, Run, Status
from strata.model.graph_schema import MASK, check_graph_inputs, secret_inputs
from strata.model.idempotency import Idempotency
from strata.model.plan import Plan
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import Check, Condition, ConditionFailed, Item, Write
from strata.store import executions, keys, node_runs
from strata.store.graphs import Head, counted_start, load_head, load_plan
from strata.store.idempotency import once
from strata.store.values import pack_all

Json = dict[str, Any]

MOST_TRIES = 5


def start(
    user_id: str,
    graph_id: str,
    inputs: Mapping[str, Any],
    version: int | None = None,
    *,
    trigger: str = "api",
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """A new execution, QUEUED, its machine started.

    Raises NotFound, InvalidInputs, InvalidBody (no version that can run), Unavailable. After the
    latter the same call with the same idempotency key goes on where this one stopped."""
    answer = _record(user_id, graph_id, inputs, version, trigger, idempotency, platform)
    run = Run(answer["id"], user_id, answer["graph_id"], answer["graph_version"])
    machines.start(run, platform=platform)
    return answer


def _record(
    user_id: str,
    graph_id: str,
    inputs: Mapping[str, Any],
    version: int | None,
    trigger: str,
    idempotency: Idempotency | None,
    platform: Platform,
) -> Json:
    """Writes the execution; the graph's head may come from this process's memory, since the write
    fails if it is no longer true."""
    remembered = ("head", user_id, graph_id)
    for _ in range(MOST_TRIES):
        head = platform.memory.recall(remembered, lambda: load_head(user_id, graph_id, platform))
        try:
            writes, answer = _writes(head, inputs, version, trigger, platform)
            return once(user_id, idempotency, writes, answer, platform=platform)
        except ConditionFailed:
            platform.memory.forget(remembered)
        except BaseException:
            platform.memory.forget(remembered)
            raise
    raise NotFound


def _writes(
    head: Head, inputs: Mapping[str, Any], version: int | None, trigger: str, platform: Platform
) -> tuple[list[Write], Json]:
    number = runnable_version(head, version)
    plan = plan_to_run(head, number, platform)
    problems = check_graph_inputs(plan.nodes, inputs)
    if problems:
        raise InvalidInputs(errors=problems)
    run = Run(platform.clock.new_id("exe"), head.user_id, head.id, number)
    now = timestamp(platform.clock.now())
    unchanged = Condition("active_version", "=", head.active_version)
    put = executions.new_head(run, pack_all(inputs, head.user_id, platform), now, trigger)
    writes: list[Write] = [
        Check(keys.graph(head.user_id, head.id), (unchanged,)),
        put,
        counted_start(head.user_id, head.id, now),
    ]
    return writes, _view(put.item, plan, platform)


def get(user_id: str, execution_id: str, *, platform: Platform) -> Json:
    """The execution; while it runs, its nodes are counted from their records."""
    items = executions.head_and_nodes(user_id, execution_id, platform)
    head = items[0]
    run = executions.run_of(head)
    plan = load_plan(user_id, run.graph_id, run.version, platform)
    view = _view(head, plan, platform)
    if not Status(head["status"]).is_final:
        view["node_counts"] = _counts_so_far(plan, items)
    return view


def _counts_so_far(plan: Plan, items: list[Item]) -> dict[str, int]:
    records = node_runs.records(items)
    return ends.count_by_status(
        records[node.id].status if node.id in records else NodeStatus.PENDING for node in plan.nodes
    )


def listing(
    user_id: str,
    *,
    status: Status | None = None,
    graph_id: str | None = None,
    page: PageRequest,
    platform: Platform,
) -> Json:
    """A page, newest first."""
    query = executions.list_query(user_id, status, graph_id)
    found = read_page(query, page, platform=platform)
    items = [_listed(item, platform) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def _listed(head: Item, platform: Platform) -> Json:
    run = executions.run_of(head)
    plan = load_plan(run.user_id, run.graph_id, run.version, platform)
    return _view(head, plan, platform)


def _view(head: Item, plan: Plan, platform: Platform) -> Json:
    execution = executions.load(head, platform)
    hidden = secret_inputs(plan.nodes)
    return {
        "id": execution.run.execution_id,
        "graph_id": execution.run.graph_id,
        "graph_version": execution.run.version,
        "status": execution.status,
        "inputs": {
            name: MASK if name in hidden else value for name, value in execution.inputs.items()
        },
        "outputs": execution.outputs,
        "error": execution.error,
        "created_at": execution.created_at,
        "started_at": execution.started_at,
        "ended_at": execution.ended_at,
        "duration_seconds": duration(execution.started_at, execution.ended_at),
        "trigger": execution.trigger,
        "resumed_from": execution.resumed_from,
        "node_counts": execution.node_counts,
    }


def duration(started_at: str | None, ended_at: str | None) -> float | None:
    """Seconds from one time to the other, once both are known."""
    if started_at is None or ended_at is None:
        return None
    return (moment(ended_at) - moment(started_at)).total_seconds()
