"""The nodes of an execution as the API shows them: records, with the values in and out."""

from collections.abc import Mapping, Sequence
from typing import Any

from strata import iteration_views, wait_views
from strata.cursors import open_cursor, seal_cursor
from strata.execution_regions import Region, region_of
from strata.execution_views import owner_of_links
from strata.gathering import gather
from strata.iterations import around, source_key
from strata.model.execution import NodeStatus, Run
from strata.model.graph_schema import GIVEN, INPUT_BLOCK, MASK
from strata.model.plan import PlannedNode
from strata.paging import PageRequest, cursor_key
from strata.platform import Platform
from strata.ports import Item
from strata.redaction import is_secret_in, redact, redact_values, secret_texts
from strata.store import keys, node_records
from strata.store.node_records import Record
from strata.store.values import INLINE_BYTES, Packed, Show, encode, show_within

Json = dict[str, Any]
Emitted = Mapping[str, Mapping[str, Packed]]

_MASKED: Packed = {"json": encode(MASK)}


def listing(
    user_id: str,
    execution_id: str,
    *,
    iteration: str | None = None,
    values: bool = True,
    page: PageRequest,
    platform: Platform,
) -> Json:
    """A page of the nodes in the order of their levels; without `values`, how they fare alone. With
    an iteration of a loop, the nodes of its body."""
    region = region_of(user_id, execution_id, iteration, platform)
    binding = f"nodes {user_id} {execution_id} {iteration or ''}"
    first = 0
    if page.cursor is not None:
        first = int(open_cursor(page.cursor, binding, cursor_key(platform))["position"])
    nodes = region.nodes[first : first + page.limit]
    after = first + len(nodes)
    more = after < len(region.nodes)
    position = {"position": str(after)}
    cursor = seal_cursor(position, binding, cursor_key(platform)) if more else None
    owner = owner_of_links(region.head)
    show = show_within(platform, each=INLINE_BYTES, owner=owner) if values else None
    return {"items": _views(region, nodes, show, platform), "next_cursor": cursor}


def get(
    user_id: str,
    execution_id: str,
    node_id: str,
    *,
    iteration: str | None = None,
    platform: Platform,
) -> Json:
    """One node, of the graph itself or of an iteration of a loop. Raises NotFound."""
    region = region_of(user_id, execution_id, iteration, platform)
    show = show_within(platform, owner=owner_of_links(region.head))
    return _views(region, [region.node(node_id)], show, platform)[0]


def _views(
    region: Region, nodes: Sequence[PlannedNode], show: Show | None, platform: Platform
) -> list[Json]:
    """`show` tells each value; without it there are none."""
    records = _records(region.run, nodes, platform)
    emitted = _emitted(region, nodes, platform) if show else {}
    views = []
    for node in nodes:
        record = records.get(node.id, Record(node.id))
        shown = _values(region.head, node, record, emitted, show, platform) if show else {}
        facts = _facts(region, node, record)
        waiting = wait_views.view(region.run, node, record, facts["status"], platform)
        items = _items(region, node, record, platform)
        views.append({**facts, "waiting": waiting, **items, **shown})
    return views


def _records(run: Run, nodes: Sequence[PlannedNode], platform: Platform) -> dict[str, Record]:
    wanted = [keys.node_run(run, node.id) for node in nodes]
    return node_records.records(platform.table.get_many(wanted).values())


def _items(region: Region, node: PlannedNode, record: Record, platform: Platform) -> Json:
    if node.behaviour != "loop":
        return {}
    return {"items": iteration_views.summary(region, node, record, platform)}


def _emitted(region: Region, nodes: Sequence[PlannedNode], platform: Platform) -> Emitted:
    """What the nodes and their sources emitted, with masks for what secret inputs did: so it is
    masked where it enters other nodes, too."""
    sources = (link.source for node in nodes for link in node.incoming)
    run, plan = region.run, region.plan
    wanted = {
        source_key(run, plan, node): node for node in (*(node.id for node in nodes), *sources)
    }
    emitted = {
        wanted[key]: item["pins"] for key, item in platform.table.get_many(list(wanted)).items()
    }
    return {
        node: dict.fromkeys(pins, _MASKED) if _is_secret(plan.by_id[node], region) else pins
        for node, pins in emitted.items()
    }


def _is_secret(node: PlannedNode, region: Region) -> bool:
    """Of an input, or of a loop around that runs over one."""
    if is_secret_in(region.head, node):
        return True
    if node.id not in {one.loop for one in around(region.run)}:
        return False
    sources = (region.plan.by_id[one.source] for one in node.incoming if one.pin == "items")
    return any(_is_secret(source, region) for source in sources)


def _facts(region: Region, node: PlannedNode, record: Record) -> Json:
    """A node without an end is cancelled by the end of its execution; one that has not begun, or
    waits, by that of its iteration."""
    status, ended_at = record.status, record.ended_at
    if region.has_ended and not status.is_final:
        status, ended_at = NodeStatus.CANCELLED, region.head["ended_at"]
    elif region.is_over and status in (NodeStatus.PENDING, NodeStatus.WAITING):
        status = NodeStatus.CANCELLED
    secrets = secret_texts(region.head)
    return {
        "node": node.id,
        "block": node.block,
        "level": node.level,
        "status": status,
        "attempts": record.attempts,
        "error": redact(record.error, secrets),
        "failed_attempts": redact(list(record.failures), secrets),
        "started_at": record.started_at,
        "ended_at": ended_at,
        "possibly_repeated": record.possibly_repeated,
        "reused_from": record.reused_from,
        "pinned": region.plan.draft and node.pinned is not None and record.status.is_final,
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
    if is_secret_in(head, node):
        inputs |= {pin: MASK for pin in (GIVEN, "default") if pin in inputs}
    return inputs
