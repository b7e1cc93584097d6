"""Which graphs name which credentials: one item per graph, written with each of its versions.

The head of the graph guards it: whoever writes the item writes the head in the same transaction,
on the condition that nobody else has. So what was read of it before may be carried on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from strata.platform import Platform
from strata.ports import Condition, Delete, Item, Put, Query
from strata.store import keys
from strata.store.reading import read_each

MOST_VERSIONS = 20
MOST_NODES = 20
MOST_CREDENTIALS = 200
"""Of one graph, over all its versions; those that were named last are kept."""


@dataclass(frozen=True, slots=True)
class Use:
    """How a graph names a credential: the versions that do, newest first, and the nodes of the
    newest one. Both are told up to 20."""

    graph_id: str
    versions: list[int]
    nodes: list[str]


class Named(NamedTuple):
    """A version of a graph and what it names: nodes by credential, in the order of the graph."""

    graph_id: str
    version: int
    nodes: Mapping[str, Sequence[str]]


def puts(user_id: str, named: Named, platform: Platform) -> list[Put]:
    """The write that goes with the version; none for one that names no credential."""
    if not named.nodes:
        return []
    key = keys.credential_use(user_id, named.graph_id)
    before = platform.table.get(key) if named.version > 1 else None
    known: Mapping[str, Any] = before["uses"] if before else {}
    fresh = {one: _use(known.get(one), named, nodes) for one, nodes in named.nodes.items()}
    older = sorted(
        (one for one in known if one not in fresh),
        key=lambda one: known[one]["versions"][0],
        reverse=True,
    )
    kept = [*fresh.items(), *((one, known[one]) for one in older)][:MOST_CREDENTIALS]
    item: Item = {"pk": key.pk, "sk": key.sk, "graph_id": named.graph_id, "uses": dict(kept)}
    return [Put({**item, "named": " ".join(item["uses"])})]


def _use(before: Mapping[str, Any] | None, named: Named, nodes: Sequence[str]) -> Item:
    versions = [named.version, *(before["versions"] if before else [])]
    return {"versions": versions[:MOST_VERSIONS], "nodes": list(nodes[:MOST_NODES])}


def delete(user_id: str, graph_id: str) -> Delete:
    """Goes with the graph; there may be nothing to delete."""
    return Delete(keys.credential_use(user_id, graph_id))


def uses_of(user_id: str, credential_id: str, platform: Platform) -> Iterator[Use]:
    """Of the user's graphs those that name the credential, in the order of their making; read as
    far as they are asked for."""
    partition = keys.credential_use(user_id, "").pk
    names_it = (Condition("named", "contains", credential_id),)
    for item in read_each(Query(partition, filters=names_it), platform):
        use = item["uses"][credential_id]
        yield Use(item["graph_id"], use["versions"], use["nodes"])
