"""The versions of a graph: its history, what differs between two, and what would run."""

from typing import Any

from strata.model.difference import difference_of
from strata.model.errors import Detail, InvalidBody, NotFound, NotRunnable
from strata.model.graph import Graph
from strata.model.plan import Plan
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import Query
from strata.store import graphs, keys
from strata.store.graphs import Head

Json = dict[str, Any]


def versions(user_id: str, graph_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """A page of the history, newest first."""
    head = graphs.load_head(user_id, graph_id, platform)
    partition = keys.version(user_id, graph_id, 1).pk
    query = Query(partition, prefix="VERSION#", descending=True)
    found = read_page(query, page, platform=platform)
    items = [
        {
            "version": item["number"],
            "created_at": item["created_at"],
            "draft": item["draft"],
            "active": item["number"] == head.active_version,
        }
        for item in found.items
    ]
    return {"items": items, "next_cursor": found.next_cursor}


def difference(user_id: str, graph_id: str, a: int, b: int, *, platform: Platform) -> Json:
    """What differs from version `a` to version `b`, by node, pin and link. Raises NotFound."""
    head = graphs.load_head(user_id, graph_id, platform)
    before = graphs.load_version(head, a, platform)
    after = graphs.load_version(head, b, platform)
    return difference_of(before.nodes, before.links, after.nodes, after.links)


def plan_of(
    user_id: str, graph_id: str, version: int | None = None, *, platform: Platform
) -> tuple[int, Plan]:
    """The version that would run and its plan. Raises NotFound, NotRunnable for a
    draft with problems."""
    head = graphs.load_head(user_id, graph_id, platform)
    if version is not None and version > head.latest_version:
        raise NotFound
    try:
        number = runnable_version(head, version)
        return number, load_plan(head, number, platform)
    except InvalidBody as refusal:
        raise NotRunnable(refusal.errors[0].message) from None


def plan_and_graph(
    user_id: str, graph_id: str, version: int | None = None, *, platform: Platform
) -> tuple[int, Plan, Graph]:
    """The same with the version's content."""
    number, plan = plan_of(user_id, graph_id, version, platform=platform)
    head = graphs.load_head(user_id, graph_id, platform)
    return number, plan, graphs.load_version(head, number, platform).content


def runnable_version(head: Head, version: int | None) -> int:
    """The version asked for, else the active one. Raises InvalidBody where none is."""
    number = version or head.active_version
    if number is None:
        raise InvalidBody(errors=[_detail("no_active_version", "The graph has only drafts.")])
    return number


def load_plan(head: Head, number: int, platform: Platform) -> Plan:
    """Raises InvalidBody for a version that is not there, or a draft with problems."""
    if number > head.latest_version:
        raise InvalidBody(errors=[_detail("unknown_version", "The graph has no such version.")])
    try:
        return graphs.load_plan(head.user_id, head.id, number, platform)
    except NotFound:
        sentence = "This version is a draft with problems, which cannot run."
        problem = _detail("draft_version", sentence)
        raise InvalidBody(errors=[problem]) from None


def _detail(code: str, sentence: str) -> Detail:
    return Detail("/version", code, sentence)
