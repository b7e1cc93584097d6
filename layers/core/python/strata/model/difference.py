"""What differs between two versions of a graph: node by node, since ids are kept."""

import json
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
    each field that differs, and of its inputs each pin, as {"from", "to"}; a pin that only one of
    the versions sets has only that side."""
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
    names = [name for name in {**old, **new} if _written(old, name) != _written(new, name)]
    return {name: {**_side("from", old, name), **_side("to", new, name)} for name in names}


def _written(values: Json, name: str) -> str | None:
    """As JSON, in which true is not 1; None where there is nothing."""
    return json.dumps(values[name], sort_keys=True) if name in values else None


def _side(side: str, values: Json, name: str) -> Json:
    return {side: values[name]} if name in values else {}


def _without(links: Sequence[Link], others: Sequence[Link]) -> list[Json]:
    known = {_identity(link) for link in others}
    return [link.model_dump() for link in links if _identity(link) not in known]


def _identity(link: Link) -> tuple[str, str, str, str]:
    return link.source, link.output, link.target, link.input
