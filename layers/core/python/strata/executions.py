"""Executions: start one, look at it, list them. Status comes from our table alone."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from strata import machines
from strata.clock import timestamp
from strata.execution_views import owner_of_links, view
from strata.graph_versions import load_plan, runnable_version
from strata.model.errors import InvalidBody, InvalidInputs, TooLarge, Unavailable
from strata.model.execution import NodeStatus, Run, Status
from strata.model.graph_schema import check_graph_inputs, secret_inputs
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import Check, Condition, ConditionFailed, Item, ItemTooLarge, Write
from strata.store import executions, keys, node_runs
from strata.store.graphs import Head, counted_start, load_head
from strata.store.idempotency import once
from strata.store.values import INLINE_BYTES, pack_all, show_within

Json = dict[str, Any]

LISTED_BYTES = 10_000
"""In a list, a value over this size is told by its size alone: a page has up to 100 executions."""

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

    Raises NotFound, InvalidInputs, InvalidBody (no version that can run), TooLarge, Unavailable.
    After the latter the same call with the same idempotency key goes on where this one stopped."""
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
    """Writes the execution. The graph's head may come from this process's memory: the write fails
    if it is no longer true, and what is refused is refused by the head as it is now."""
    remembered = ("head", user_id, graph_id)
    for _ in range(MOST_TRIES):
        is_old = remembered in platform.memory
        head = platform.memory.recall(remembered, lambda: load_head(user_id, graph_id, platform))
        try:
            writes, answer = _writes(head, inputs, version, trigger, platform)
            return once(user_id, idempotency, writes, answer, platform=platform)
        except ItemTooLarge:
            raise TooLarge("The inputs are too many for one execution.") from None
        except (ConditionFailed, InvalidBody) as refusal:
            platform.memory.forget(remembered)
            if isinstance(refusal, InvalidBody) and not is_old:
                raise
    raise Unavailable("The graph is being changed without a pause.")


def _writes(
    head: Head, inputs: Mapping[str, Any], version: int | None, trigger: str, platform: Platform
) -> tuple[list[Write], Json]:
    number = runnable_version(head, version)
    plan = load_plan(head, number, platform)
    problems = check_graph_inputs(plan.nodes, inputs)
    if problems:
        raise InvalidInputs(errors=problems)
    now = timestamp(platform.clock.now())
    put = executions.new_head(
        Run(platform.clock.new_id("exe"), head.user_id, head.id, number),
        pack_all(inputs, head.user_id, platform, executions.INPUTS_BYTES),
        now,
        trigger,
        secret_inputs=secret_inputs(plan.nodes),
        node_count=len(plan.top),
    )
    unchanged = Condition("active_version", "=", head.active_version)
    writes: list[Write] = [
        Check(keys.graph(head.user_id, head.id), (unchanged,)),
        put,
        counted_start(head.user_id, head.id, now),
    ]
    return writes, view(put.item, show_within(platform, each=INLINE_BYTES))


def get(user_id: str, execution_id: str, *, platform: Platform) -> Json:
    """The execution; while it runs, its nodes are counted from their records."""
    head, *nodes = executions.head_and_nodes(user_id, execution_id, platform)
    shown = view(head, show_within(platform, owner=owner_of_links(head)))
    if not Status(head["status"]).is_final:
        shown["node_counts"] = _counts_so_far(head["node_count"], nodes)
    return shown


def _counts_so_far(node_count: int, nodes: list[Item]) -> dict[str, int]:
    records = node_runs.records(nodes).values()
    counts = Counter(str(record.status) for record in records)
    counts[str(NodeStatus.PENDING)] += node_count - len(records)
    return {status: count for status, count in sorted(counts.items()) if count}


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
    show = show_within(platform, each=LISTED_BYTES)
    items = [view(item, show) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}
