"""Where a credential is used: the graphs that name it, told by their names."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from strata.platform import Platform
from strata.store import credential_uses, graphs, triggers
from strata.store.credential_uses import Use

Json = dict[str, Any]

MOST_GRAPHS = 50
MOST_TRIGGERS = 20


def told(user_id: str, credential_id: str, *, platform: Platform) -> list[Json]:
    """The first 50 graphs that have a version which names it, each with up to 20 triggers. A graph
    that is gone uses nothing; a sub-graph is told itself, and not the graphs that run it."""
    found = list(islice(_kept(user_id, credential_id, platform), MOST_GRAPHS))
    return [_view(user_id, use, head, platform) for use, head in found]


def _kept(
    user_id: str, credential_id: str, platform: Platform
) -> Iterator[tuple[Use, graphs.Head]]:
    uses = credential_uses.uses_of(user_id, credential_id, platform)
    while chunk := list(islice(uses, MOST_GRAPHS)):
        heads = graphs.heads_of(user_id, [use.graph_id for use in chunk], platform)
        yield from ((use, heads[use.graph_id]) for use in chunk if use.graph_id in heads)


def _view(user_id: str, use: Use, head: graphs.Head, platform: Platform) -> Json:
    own = replace(triggers.all_of(user_id, head.id), limit=MOST_TRIGGERS)
    page = platform.table.query(own)
    return {
        "graph_id": head.id,
        "name": head.name,
        "versions": use.versions,
        "nodes": use.nodes,
        "triggers": [{"id": item["id"], "name": item["name"]} for item in page.items],
    }
