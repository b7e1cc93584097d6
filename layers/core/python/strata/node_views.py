"""The nodes of an execution as the API shows them: records, with the values in and out."""

from collections.abc import Mapping, Sequence
from typing import Any

from strata.cursors import open_cursor, seal_cursor
from strata.gathering import gather
from strata.model.errors import NotFound
from strata.model.execution import NodeStatus, Run, Status
from strata.model.graph_schema import MASK, is_secret_input
from strata.model.plan import PlannedNode
from strata.paging import PageRequest, cursor_key
from strata.platform import Platform
from strata.ports import Item
from strata.store import executions, keys, node_runs
from strata.store.graphs import load_plan
from strata.store.node_runs import Record
from strata.store.values import Packed, show

Json = dict[str, Any]
Emitted = Mapping[str, Mapping[str, Packed]]


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
    nodes = plan.nodes[first : first + page.limit]
    after = first + len(nodes)
    more = after < len(plan.nodes)
    position = {"position": str(after)}
    cursor = seal_cursor(position, binding, cursor_key(platform)) if more else None
    return {"items": _views(head, nodes, values, platform), "next_cursor": cursor}


def get(user_id: str, execution_id: str, node_id: str, *, platform: Platform) -> Json:
    """One node. Raises NotFound."""
    head = executions.head_of(user_id, execution_id, platform)
    run = executions.run_of(head)
    plan = load_plan(user_id, run.graph_id, run.version, platform)
    if node_id not in plan.by_id:
        raise NotFound
    return _views(head, [plan.by_id[node_id]], True, platform)[0]


def _views(
    head: Item, nodes: Sequence[PlannedNode], values: bool, platform: Platform
) -> list[Json]:
    run = executions.run_of(head)
    records = _records(run, nodes, platform)
    emitted = _emitted(run, nodes, platform) if values else {}
    ended = Status(head["status"]).is_final
    return [
        {
            **_facts(node, records.get(node.id, Record(node.id)), ended),
            **(_values(head, node, records.get(node.id), emitted, platform) if values else {}),
        }
        for node in nodes
    ]


def _records(run: Run, nodes: Sequence[PlannedNode], platform: Platform) -> dict[str, Record]:
    wanted = [keys.node_run(run, node.id) for node in nodes]
    return node_runs.records(platform.table.get_many(wanted).values())


def _emitted(run: Run, nodes: Sequence[PlannedNode], platform: Platform) -> Emitted:
    """What the nodes and their sources emitted."""
    sources = (link.source for node in nodes for link in node.incoming)
    wanted = dict.fromkeys([*(node.id for node in nodes), *sources])
    return node_runs.emitted_by(run, wanted, platform)


def _facts(node: PlannedNode, record: Record, ended: bool) -> Json:
    status = record.status
    if ended and not status.is_final:
        status = NodeStatus.CANCELLED
    return {
        "node": node.id,
        "block": node.block,
        "level": node.level,
        "status": status,
        "attempts": record.attempts,
        "error": record.error,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "possibly_repeated": record.possibly_repeated,
    }


def _values(
    head: Item, node: PlannedNode, record: Record | None, emitted: Emitted, platform: Platform
) -> Json:
    """Inputs are not stored twice: they are gathered again as the node gathered them."""
    began = record is not None and record.attempts > 0
    outputs = emitted.get(node.id)
    inputs = _gathered(head, node, emitted, platform) if began else None
    shown = None if outputs is None else show(outputs, platform)
    if shown is not None and is_secret_input(node):
        shown = dict.fromkeys(shown, MASK)
    return {"inputs": inputs, "outputs": shown}


def _gathered(head: Item, node: PlannedNode, emitted: Emitted, platform: Platform) -> Json | None:
    block = platform.blocks()[node.block]
    inputs = gather(node, block, emitted, lambda packed: show({"v": packed}, platform)["v"])
    given = head["inputs"].get(node.inputs.get("name"))
    if inputs is not None and node.block == "input" and given is not None:
        inputs["value"] = MASK if is_secret_input(node) else show({"v": given}, platform)["v"]
    return inputs
