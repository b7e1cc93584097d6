"""Graphs: the head that changes, the versions that do not, and the statistics beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from strata.model.control import SUB_GRAPH
from strata.model.errors import NotFound, VersionConflict
from strata.model.graph import Graph, Link, Node, Options
from strata.model.plan import Plan, plan_from_json
from strata.platform import Platform
from strata.ports import (
    ABSENT,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    Key,
    Put,
    Update,
    Write,
)
from strata.store import keys
from strata.store.values import pack, unpack


@dataclass(frozen=True, slots=True)
class Head:
    """What a graph is now; `revision` counts every change and is the graph's ETag."""

    id: str
    user_id: str
    name: str
    description: str
    created_at: str
    updated_at: str
    latest_version: int = 1
    active_version: int | None = None
    node_count: int = 0
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version: its content as the author wrote it."""

    number: int
    created_at: str
    draft: bool
    name: str
    description: str
    nodes: list[Node]
    links: list[Link]
    options: Options

    @property
    def content(self) -> Graph:
        """What the author saved."""
        names = ("name", "description", "nodes", "links", "options")
        return Graph.model_construct(**{name: getattr(self, name) for name in names})


class Reference(NamedTuple):
    """A version of a graph that another one runs; None for whichever is active."""

    graph_id: str
    version: int | None


NO_STATS = {"execution_count": 0, "last_execution_at": None, "success_rate": None}


def head_put(head: Head) -> Put:
    """A new head."""
    return Put(_head_item(head), ABSENT)


def head_replace(head: Head, before: Head) -> Put:
    """The head after a change; the write fails if another change came first."""
    return Put(_head_item(replace(head, revision=before.revision + 1)), _unchanged(before))


def head_delete(before: Head) -> Delete:
    """The write fails if a change came first."""
    return Delete(keys.graph(before.user_id, before.id), _unchanged(before))


def trace(head: Head) -> Put:
    """What leads to the versions of a graph that is deleted."""
    key = keys.deleted_graph(head.user_id, head.id)
    return Put({"pk": key.pk, "sk": key.sk})


def _unchanged(before: Head) -> tuple[Condition, ...]:
    return (Condition("revision", "=", before.revision),)


def _head_item(head: Head) -> Item:
    key = keys.graph(head.user_id, head.id)
    fields = {name: getattr(head, name) for name in Head.__slots__}
    return {
        "pk": key.pk,
        "sk": key.sk,
        **keys.graph_indexes(head.user_id, head.id, head.name, head.updated_at),
        **fields,
        "search_name": head.name.casefold(),
    }


def named_like(text: str) -> Condition:
    """For lists: the text within the name, whatever the case."""
    return Condition("search_name", "contains", text.casefold())


def head_of(item: Item) -> Head:
    return Head(**{name: item[name] for name in Head.__slots__})


def load_head(user_id: str, graph_id: str, platform: Platform) -> Head:
    """Raises NotFound, the same for another user's graph."""
    item = platform.table.get(keys.graph(user_id, graph_id))
    if item is None:
        raise NotFound
    return head_of(item)


def heads_of(user_id: str, graph_ids: Iterable[str], platform: Platform) -> dict[str, Head]:
    """Those of the user's graphs that exist."""
    wanted = [keys.graph(user_id, graph_id) for graph_id in graph_ids]
    found = platform.table.get_many(wanted) if wanted else {}
    return {head.id: head for head in map(head_of, found.values())}


def version_puts(head: Head, version: Version, plan: Plan | None, platform: Platform) -> list[Put]:
    """A version's content and, unless it is a draft, its plan."""
    content = {
        "name": version.name,
        "description": version.description,
        "nodes": [node.model_dump(exclude_defaults=True) for node in version.nodes],
        "links": [link.model_dump() for link in version.links],
        "options": version.options.model_dump(exclude_defaults=True),
    }
    key = keys.version(head.user_id, head.id, version.number)
    facts = {"number": version.number, "created_at": version.created_at, "draft": version.draft}
    puts = [_packed_put(key, facts, content, head.user_id, platform)]
    if plan is not None:
        plan_key = keys.plan(head.user_id, head.id, version.number)
        puts.append(_packed_put(plan_key, facts, plan.to_json(), head.user_id, platform))
        puts += _references(head, version.number, plan)
    return puts


def _references(head: Head, number: int, plan: Plan) -> list[Put]:
    """The graphs that it runs, beside a plan that may be large; none for most graphs."""
    calls = [node.inputs for node in plan.nodes if node.block == SUB_GRAPH]
    if not calls:
        return []
    runs = dict.fromkeys(Reference(call["graph_id"], call.get("version")) for call in calls)
    key = keys.runs(head.user_id, head.id, number)
    return [Put({"pk": key.pk, "sk": key.sk, "runs": [list(one) for one in runs]}, ABSENT)]


def references_of(
    user_id: str, versions: Iterable[Reference], platform: Platform
) -> dict[Reference, list[Reference]]:
    """The graphs that each of these versions runs; one that runs none is left out."""
    wanted = {keys.runs(user_id, one.graph_id, one.version or 0): one for one in versions}
    found = platform.table.get_many(list(wanted)) if wanted else {}
    return {wanted[key]: [Reference(*one) for one in item["runs"]] for key, item in found.items()}


def _packed_put(key: Key, facts: Item, content: Any, owner: str, platform: Platform) -> Put:
    packed = pack(content, owner, platform, "graphs")
    return Put({"pk": key.pk, "sk": key.sk, **facts, "content": packed}, ABSENT)


def load_version(head: Head, number: int, platform: Platform) -> Version:
    """Raises NotFound."""
    item = platform.table.get(keys.version(head.user_id, head.id, number))
    if item is None:
        raise NotFound
    content = unpack(item["content"], platform)
    return Version(
        number=item["number"],
        created_at=item["created_at"],
        draft=item["draft"],
        name=content["name"],
        description=content["description"],
        nodes=[Node.model_validate(node) for node in content["nodes"]],
        links=[Link.model_validate(link) for link in content["links"]],
        options=Options.model_validate(content.get("options", {})),
    )


def load_plan(user_id: str, graph_id: str, number: int, platform: Platform) -> Plan:
    """The plan of a version that can run; read once per process. Raises NotFound."""
    key = keys.plan(user_id, graph_id, number)
    return platform.memory.recall(key, lambda: _read_plan(key, platform), _parts)


def _parts(plan: Plan) -> int:
    return len(plan.nodes) + sum(len(node.incoming) for node in plan.nodes)


def _read_plan(key: Key, platform: Platform) -> Plan:
    item = platform.table.get(key)
    if item is None:
        raise NotFound
    return plan_from_json(unpack(item["content"], platform))


def commit(writes: Sequence[Write], platform: Platform) -> None:
    """A change of a graph. Raises VersionConflict where another change came first."""
    try:
        platform.table.write_all(writes)
    except ConditionFailed as failed:
        raise (VersionConflict if failed.item else NotFound) from None


def stats_of(heads: Sequence[Head], platform: Platform) -> dict[str, dict[str, Any]]:
    """The statistics of these graphs by id: one batch, whatever their number."""
    wanted = {keys.stats(head.user_id, head.id): head.id for head in heads}
    found = platform.table.get_many(list(wanted))
    return {graph_id: _stats(found.get(key)) for key, graph_id in wanted.items()}


def _stats(item: Item | None) -> dict[str, Any]:
    if item is None:
        return dict(NO_STATS)
    ended = item.get("ended_count", 0)
    return {
        "execution_count": item.get("execution_count", 0),
        "last_execution_at": item.get("last_execution_at"),
        "success_rate": round(item.get("completed_count", 0) / ended, 4) if ended else None,
    }


def counted_start(user_id: str, graph_id: str, at: str) -> Update:
    """One more execution of the graph."""
    key = keys.stats(user_id, graph_id)
    return Update(key, set={"last_execution_at": at}, add={"execution_count": 1})


def counted_end(user_id: str, graph_id: str, *, completed: bool) -> Update:
    key = keys.stats(user_id, graph_id)
    return Update(key, add={"ended_count": 1, "completed_count": int(completed)})
