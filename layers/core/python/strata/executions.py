"""Executions: start one, look at it, list them. Status comes from our table alone."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from strata import machines, slots, starting
from strata.execution_views import owner_of_links, view
from strata.launching import launch
from strata.model.execution import NodeStatus, Run, Status
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import Item
from strata.store import executions, node_records
from strata.store import slots as stored_slots
from strata.store.graphs import load_plan
from strata.store.values import show_within

Json = dict[str, Any]

LISTED_BYTES = 10_000
"""In a list, a value over this size is told by its size alone: a page has up to 100 executions."""


def start(
    user_id: str,
    graph_id: str,
    inputs: Mapping[str, Any],
    version: int | None = None,
    *,
    until: str | None = None,
    trigger: str = "api",
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """A new execution, QUEUED: its machine is started, or it waits until others of its user have
    ended. With `until` it runs that node and all that it depends on, and skips the others.

    Raises NotFound, InvalidInputs, InvalidBody (no version that can run), TooLarge, Unavailable.
    After the latter the same call with the same idempotency key goes on where this one stopped."""
    make = starting.from_inputs(inputs, version, trigger, until, platform)
    answer = starting.record(user_id, graph_id, make, idempotency, platform=platform)
    run = Run(answer["id"], user_id, answer["graph_id"], answer["graph_version"])
    begin(run, answer, platform=platform)
    return answer


def begin(run: Run, answer: Json, *, platform: Platform) -> None:
    """Starts the machine of an execution that was just recorded, as its answer tells it; where it
    waits, whoever has room is let in. Raises Unavailable."""
    waits = answer["queue_position"] is not None
    plan = load_plan(run.user_id, run.graph_id, run.version, platform)
    if not (waits or answer["resumed_from"] or answer["until"] or plan.draft):
        machines.start(run, platform=platform)
        return
    if waits:
        slots.admit(run.user_id, platform=platform)
    # It needs more than its machine, or the answer is an old one and its launcher may be gone.
    launch(run, platform=platform)


def get(user_id: str, execution_id: str, *, platform: Platform) -> Json:
    """The execution; while it runs, its nodes are counted from their records."""
    head, *nodes = executions.head_and_nodes(user_id, execution_id, platform)
    place = _places([head], user_id, platform).get(execution_id)
    shown = view(head, show_within(platform, owner=owner_of_links(head)), place)
    if not Status(head["status"]).is_final:
        shown["node_counts"] = _counts_so_far(head["node_count"], nodes)
    return shown


def _places(heads: list[Item], user_id: str, platform: Platform) -> dict[str, int]:
    """In the queue, of those that wait."""
    waiting = [head["execution_id"] for head in heads if "waiting" in head]
    return stored_slots.positions(user_id, waiting, platform)


def _counts_so_far(node_count: int, nodes: list[Item]) -> dict[str, int]:
    records = node_records.records(nodes).values()
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
    places = _places(found.items, user_id, platform)
    items = [view(item, show, places.get(item["execution_id"])) for item in found.items]
    return {"items": items, "next_cursor": found.next_cursor}
