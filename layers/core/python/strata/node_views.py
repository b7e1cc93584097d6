"""The nodes of an execution as the API shows them: records, with the values in and out."""

from collections.abc import Mapping, Sequence
from typing import Any

from strata.cursors import open_cursor, seal_cursor
from strata.execution_views import owner_of_links
from strata.gathering import gather
from strata.model.errors import NotFound
from strata.model.execution import NodeStatus, Run, Status
from strata.model.graph_schema import GIVEN, INPUT_BLOCK, MASK, is_secret_input
from strata.model.plan import Plan, PlannedNode
from strata.paging import PageRequest, cursor_key
from strata.platform import Platform
from strata.ports import Item
from strata.redaction import redact, redact_values, secret_texts
from strata.store import executions, keys, node_runs
from strata.store.graphs import load_plan
from strata.store.node_runs import Record
from strata.store.values import INLINE_BYTES, Packed, Show, encode, show_within

Json = dict[str, Any]
Emitted = Mapping[str, Mapping[str, Packed]]

_MASKED: Packed = {"json": encode(MASK)}


def listing(
    user_id: str,
    execution_id: str,
    *,
    values: bool = True,
    page: PageRequest,
    platform: Platform,
) -> Json:
    """A page of the nodes in the order of their levels; without `values`, how they fare alone."""
    head = executions.head_of(user_id, execution_id, platform)
    run = executions.run_of(head)
    plan = load_plan(user_id, run.graph_id, run.version, platform)
    binding = f"nodes {user_id} {execution_id}"
    first = 0
    if page.cursor is not None:
        first = int(open_cursor(page.cursor, binding, cursor_key(platform))["position"])
    nodes = plan.top[first : first + page.limit]
    after = first + len(nodes)
    more = after < len(plan.top)
    position = {"position": str(after)}
    cursor = seal_cursor(position, binding, cursor_key(platform)) if more else None
    owner = owner_of_links(head)
    show = show_within(platform, each=INLINE_BYTES, owner=owner) if values else None
    return {"items": _views(head, nodes, plan, show, platform), "next_cursor": cursor}


def get(user_id: str, execution_id: str, node_id: str, *, platform: Platform) -> Json:
    """One node. Raises NotFound."""
    head = executions.head_of(user_id, execution_id, platform)
    run = executions.run_of(head)
    plan = load_plan(user_id, run.graph_id, run.version, platform)
    if node_id not in plan.by_id:
        raise NotFound
    return _views(
        head,
        [plan.by_id[node_id]],
        plan,
        show_within(platform, owner=owner_of_links(head)),
        platform,
    )[0]


def _views(
    head: Item, nodes: Sequence[PlannedNode], plan: Plan, show: Show | None, platform: Platform
) -> list[Json]:
    """`show` tells each value; without it there are none."""
    run = executions.run_of(head)
    records = _records(run, nodes, platform)
    emitted = _emitted(run, nodes, plan, platform) if show else {}
    views = []
    for node in nodes:
        record = records.get(node.id, Record(node.id))
        shown = _values(head, node, record, emitted, show, platform) if show else {}
        views.append({**_facts(head, node, record), **shown})
    return views


def _records(run: Run, nodes: Sequence[PlannedNode], platform: Platform) -> dict[str, Record]:
    wanted = [keys.node_run(run, node.id) for node in nodes]
    return node_runs.records(platform.table.get_many(wanted).values())


def _emitted(run: Run, nodes: Sequence[PlannedNode], plan: Plan, platform: Platform) -> Emitted:
    """What the nodes and their sources emitted, with masks for what secret inputs did: so it is
    masked where it enters other nodes, too."""
    sources = (link.source for node in nodes for link in node.incoming)
    wanted = dict.fromkeys([*(node.id for node in nodes), *sources])
    emitted = node_runs.emitted_by(run, wanted, platform)
    return {
        node: dict.fromkeys(pins, _MASKED) if is_secret_input(plan.by_id[node]) else pins
        for node, pins in emitted.items()
    }


def _facts(head: Item, node: PlannedNode, record: Record) -> Json:
    """A node without an end is cancelled by the end of its execution."""
    cancelled = Status(head["status"]).is_final and not record.status.is_final
    return {
        "node": node.id,
        "block": node.block,
        "level": node.level,
        "status": NodeStatus.CANCELLED if cancelled else record.status,
        "attempts": record.attempts,
        "error": redact(record.error, secret_texts(head)),
        "failed_attempts": redact(list(record.failures), secret_texts(head)),
        "started_at": record.started_at,
        "ended_at": head["ended_at"] if cancelled else record.ended_at,
        "possibly_repeated": record.possibly_repeated,
    }


def _values(
    head: Item,
    node: PlannedNode,
    record: Record,
    emitted: Emitted,
    show: Show,
    platform: Platform,
) -> Json:
    """Inputs are not stored twice: they are gathered again as the node gathered them."""
    inputs = _gathered(head, node, emitted, show, platform) if record.attempts else None
    packed = emitted.get(node.id)
    outputs = None if packed is None else {pin: show(one) for pin, one in packed.items()}
    secrets = secret_texts(head)
    return {"inputs": redact_values(inputs, secrets), "outputs": redact_values(outputs, secrets)}


def _gathered(
    head: Item, node: PlannedNode, emitted: Emitted, show: Show, platform: Platform
) -> Json | None:
    inputs = gather(node, platform.blocks()[node.block], emitted, show)
    if inputs is None or node.block != INPUT_BLOCK:
        return inputs
    given = head["inputs"].get(inputs["name"])
    if given is not None:
        inputs[GIVEN] = show(given)
    if is_secret_input(node):
        inputs |= {pin: MASK for pin in (GIVEN, "default") if pin in inputs}
    return inputs
