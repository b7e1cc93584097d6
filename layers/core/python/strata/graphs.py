"""Graphs: saved as versions that never change, one of them active."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from strata import sub_graph_checks
from strata.clock import timestamp
from strata.graph_checks import named_credentials, plan_or_refuse
from strata.model.errors import Detail, InvalidBody, TooLarge
from strata.model.graph import Graph
from strata.model.graph_schema import input_schema, output_schema
from strata.model.idempotency import Idempotency
from strata.model.revisions import check_tag
from strata.paging import PageRequest, read_page
from strata.platform import Platform
from strata.ports import Put, Query
from strata.store import credential_uses, graphs, keys
from strata.store.credentials import is_id
from strata.store.graphs import Head, Version
from strata.store.idempotency import once
from strata.store.values import encode

Json = dict[str, Any]

MAX_GRAPH_BYTES = 6_200_000
"""Of a graph as it is answered: a Lambda function answers no more than 6 MB."""

ORDERS = ("created_at", "updated_at", "name")


def create(
    user_id: str,
    graph: Graph,
    *,
    draft: bool = False,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """The graph as version 1. Raises GraphInvalid with all problems, unless it is a draft."""
    plan = plan_or_refuse(user_id, graph, draft, platform)
    now = timestamp(platform.clock.now())
    head = Head(
        id=platform.clock.new_id("gph"),
        user_id=user_id,
        name=graph.name,
        description=graph.description,
        created_at=now,
        updated_at=now,
        active_version=None if draft else 1,
        node_count=len(graph.nodes),
    )
    version = _version(1, now, draft, graph)
    puts = graphs.version_puts(head, version, plan, platform)
    writes = [graphs.head_put(head), *puts, *_credential_uses(head, graph, platform)]
    return once(user_id, idempotency, writes, _view(head, version), platform=platform)


def get(user_id: str, graph_id: str, version: int | None = None, *, platform: Platform) -> Json:
    """One version, by default the active one or, where none is, the latest."""
    head = graphs.load_head(user_id, graph_id, platform)
    number = version or shown_version(head)
    return _view(head, graphs.load_version(head, number, platform))


def shown_version(head: Head) -> int:
    """The one that lists and answers tell of, unless another is asked for."""
    return head.active_version or head.latest_version


def listing(
    user_id: str,
    *,
    query: str = "",
    order_by: str = "created_at",
    page: PageRequest,
    platform: Platform,
) -> Json:
    """A page of the user's graphs with their statistics: newest first, or by name."""
    found = read_page(_list_query(user_id, query, order_by), page, platform=platform)
    heads = [graphs.head_of(item) for item in found.items]
    return {"items": summaries(heads, platform), "next_cursor": found.next_cursor}


def summaries(heads: Sequence[Head], platform: Platform) -> list[Json]:
    """What a list tells of each graph."""
    stats = graphs.stats_of(heads, platform)
    return [{**_summary(head), "stats": stats[head.id]} for head in heads]


def save(
    user_id: str,
    graph_id: str,
    graph: Graph,
    *,
    draft: bool = False,
    if_match: str | None = None,
    platform: Platform,
) -> Json:
    """The graph as its next version, active unless it is a draft: that leaves alone what is shown
    of a graph that has an active version.

    Raises GraphInvalid, NotFound, VersionConflict."""
    before = _load_matching(user_id, graph_id, if_match, platform)
    plan = plan_or_refuse(user_id, graph, draft, platform, graph_id)
    now = timestamp(platform.clock.now())
    number = before.latest_version + 1
    head = replace(before, updated_at=now, latest_version=number)
    if not draft:
        head = replace(head, active_version=number)
    if shown_version(head) == number:
        head = _showing(head, graph)
    version = _version(number, now, draft, graph)
    puts = graphs.version_puts(head, version, plan, platform)
    uses = _credential_uses(head, graph, platform)
    graphs.commit([graphs.head_replace(head, before), *puts, *uses], platform)
    return _view(replace(head, revision=before.revision + 1), version)


def check_tellable(graph: Graph) -> None:
    """For a graph that comes by HTTP. Raises TooLarge where no answer could tell it, with all that
    its author left out: it would be saved, and nobody could ever read it."""
    size = len(encode(graph.model_dump()).encode())
    if size > MAX_GRAPH_BYTES:
        told = f"The graph would take {size:,} bytes to tell, {MAX_GRAPH_BYTES:,} are the most."
        raise TooLarge(told)


def change(
    user_id: str,
    graph_id: str,
    changes: Mapping[str, Any],
    *,
    if_match: str | None = None,
    platform: Platform,
) -> Json:
    """Changes `name`, `description` or `active_version`, and nothing else.

    Raises InvalidBody where the version is a draft or is not there."""
    before = _load_matching(user_id, graph_id, if_match, platform)
    head = before
    if changes.get("active_version", before.active_version) != before.active_version:
        head = _activated(before, changes["active_version"], platform)
    head = replace(head, **changes)
    version = graphs.load_version(head, shown_version(head), platform)
    if head == before:
        return _view(head, version)
    head = replace(head, updated_at=timestamp(platform.clock.now()))
    graphs.commit([graphs.head_replace(head, before)], platform)
    return _view(replace(head, revision=before.revision + 1), version)


def delete(user_id: str, graph_id: str, *, if_match: str | None = None, platform: Platform) -> None:
    """Takes the graph from its user. Its versions stay, since executions that run need them and
    those that ran are read with them."""
    head = _load_matching(user_id, graph_id, if_match, platform)
    unused = credential_uses.delete(user_id, graph_id)
    graphs.commit([graphs.head_delete(head), graphs.trace(head), unused], platform)


def _credential_uses(head: Head, graph: Graph, platform: Platform) -> list[Put]:
    """That its latest version names these credentials."""
    nodes = named_credentials(graph, platform.blocks())
    named = credential_uses.Named(
        head.id, head.latest_version, {one: nodes[one] for one in nodes if is_id(one)}
    )
    return credential_uses.puts(head.user_id, named, platform)


def _load_matching(user_id: str, graph_id: str, if_match: str | None, platform: Platform) -> Head:
    head = graphs.load_head(user_id, graph_id, platform)
    check_tag(if_match, head.revision)
    return head


def _activated(head: Head, number: int, platform: Platform) -> Head:
    """The head with that version as the active one. Raises InvalidBody for a draft, for none, and
    where graphs would run each other in a circle by that."""
    known = 1 <= number <= head.latest_version
    version = graphs.load_version(head, number, platform) if known else None
    if version is None or version.draft:
        sentence = "Only a version that exists and is no draft can be active."
        raise InvalidBody(errors=[Detail("/active_version", "not_runnable", sentence)])
    found = sub_graph_checks.problems(head.user_id, version.content, head.id, platform)
    circles = [one.message for one in found if one.code == "sub_graph_cycle"]
    if circles:
        raise InvalidBody(errors=[Detail("/active_version", "sub_graph_cycle", circles[0])])
    return replace(_showing(head, version), active_version=number)


def _list_query(user_id: str, text: str, order_by: str) -> Query:
    partition = keys.graph_indexes(user_id, "", "", "")["gsi1pk"]
    filters = (graphs.named_like(text),) if text else ()
    if order_by == "updated_at":
        return Query(partition, index="gsi1", descending=True, filters=filters)
    if order_by == "name":
        return Query(partition, index="gsi2", filters=filters)
    own = keys.graph(user_id, "")
    return Query(own.pk, prefix=own.sk, descending=True, filters=filters)


def _summary(head: Head) -> Json:
    return {
        "id": head.id,
        "name": head.name,
        "description": head.description,
        "active_version": head.active_version,
        "latest_version": head.latest_version,
        "node_count": head.node_count,
        "created_at": head.created_at,
        "updated_at": head.updated_at,
    }


def _version(number: int, now: str, draft: bool, graph: Graph) -> Version:
    return Version(
        number, now, draft, graph.name, graph.description, graph.nodes, graph.links, graph.options
    )


def _showing(head: Head, content: Graph | Version) -> Head:
    """The head of a graph whose lists and answers tell of this content."""
    count = len(content.nodes)
    return replace(head, name=content.name, description=content.description, node_count=count)


def _view(head: Head, version: Version) -> Json:
    """A version that is not the one shown has the name that it was saved with."""
    if version.number != shown_version(head):
        head = _showing(head, version)
    return {
        **_summary(head),
        "revision": head.revision,
        "version": version.number,
        "draft": version.draft,
        "nodes": [node.model_dump() for node in version.nodes],
        "links": [link.model_dump() for link in version.links],
        "options": version.options.model_dump(),
        "input_schema": input_schema(version.nodes),
        "output_schema": output_schema(version.nodes),
    }
