"""What an execution waits for: nodes of the graph, and of iterations of its loops."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strata.local.command.client import Client
from strata.local.command.snapshot import end_of_wait
from strata.model.control import APPROVAL, WAIT_FOR_EVENT
from strata.model.execution import NodeStatus

Json = dict[str, Any]

DELAY = "delay"
BLOCKS = (APPROVAL, WAIT_FOR_EVENT, DELAY)
MOST_ITERATIONS = 50
"""So many are looked into at one time; the others come when these have ended."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A node that waits; `iteration` is empty outside of loops, the URL but for events."""

    node: str
    iteration: str
    block: str
    until: datetime
    callback_url: str


def loops_that_wait(graph: Mapping[str, Any]) -> frozenset[str]:
    """The loops of a sound graph in whose bodies, or in loops within these, a node waits."""
    parents = {node["id"]: node.get("parent") for node in graph["nodes"]}
    found: set[str] = set()
    for node in graph["nodes"]:
        parent = parents[node["id"]] if node["block"] in BLOCKS else None
        while parent and parent not in found:
            found.add(parent)
            parent = parents[parent]
    return frozenset(found)


def awaited(
    execution_id: str, nodes: Sequence[Json], loops: frozenset[str], client: Client
) -> Iterator[Awaited]:
    """`nodes` are those of the graph itself, `loops` those to be looked into."""
    regions, left = [("", nodes)], MOST_ITERATIONS
    while regions:
        iteration, region = regions.pop()
        yield from (_of(node, iteration) for node in region if _waits(node))
        for loop in (node["node"] for node in region if left and _goes_on(node, loops)):
            found = client.running_items(execution_id, loop, iteration, left)
            left -= len(found)
            regions += [
                (name, client.nodes(execution_id, name, values=False)) for name in reversed(found)
            ]


def _waits(node: Json) -> bool:
    return node["block"] in BLOCKS and node["waiting"] is not None


def _goes_on(node: Json, loops: frozenset[str]) -> bool:
    return node["node"] in loops and not NodeStatus(node["status"]).is_final


def _of(node: Json, iteration: str) -> Awaited:
    url = node["waiting"].get("callback_url", "")
    return Awaited(node["node"], iteration, node["block"], end_of_wait(node), url)
