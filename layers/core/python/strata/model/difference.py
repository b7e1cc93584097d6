"""What differs between two versions of a graph: node by node, since ids are kept."""

from collections.abc import Sequence
from typing import Any

from strata.model.graph import Link, Node

Json = dict[str, Any]


def difference_of(
    nodes_before: Sequence[Node],
    links_before: Sequence[Link],
    nodes_after: Sequence[Node],
    links_after: Sequence[Link],
) -> Json:
    """{"nodes": {"added", "removed", "changed"}, "links": {"added", "removed"}}; of a changed node
    each field that differs, and of its inputs each pin, as {"from", "to"} (null: not set)."""
    before, after = _by_id(nodes_before), _by_id(nodes_after)
    changed = (_changes(before[one], after[one]) for one in after if one in before)
    return {
        "nodes": {
            "added": [one for one in after if one not in before],
            "removed": [one for one in before if one not in after],
            "changed": [change for change in changed if len(change) > 1],
        },
        "links": {
            "added": _without(links_after, links_before),
            "removed": _without(links_before, links_after),
        },
    }


def _by_id(nodes: Sequence[Node]) -> dict[str, Node]:
    return {node.id: node for node in nodes}


def _changes(before: Node, after: Node) -> Json:
    old, new = before.model_dump(), after.model_dump()
    inputs = _differing(old.pop("inputs"), new.pop("inputs"))
    return {"id": after.id, **_differing(old, new), **({"inputs": inputs} if inputs else {})}


def _differing(old: Json, new: Json) -> Json:
    return {
        name: {"from": old.get(name), "to": new.get(name)}
        for name in {**old, **new}
        if (name in old, old.get(name)) != (name in new, new.get(name))
    }


def _without(links: Sequence[Link], others: Sequence[Link]) -> list[Json]:
    known = {_identity(link) for link in others}
    return [link.model_dump() for link in links if _identity(link) not in known]


def _identity(link: Link) -> tuple[str, str, str, str]:
    return link.source, link.output, link.target, link.input
