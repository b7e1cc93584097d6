"""A test of one node: its block runs alone and at once, and no execution is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from strata import graph_checks
from strata.block_runs import World, run_within
from strata.execution_regions import Region, region_of
from strata.execution_views import owner_of_links
from strata.graphs import shown_version
from strata.model.block import Block
from strata.model.errors import (
    Detail,
    GraphInvalid,
    InvalidBody,
    InvalidInputs,
    NodeError,
    NotFound,
    NotTestable,
)
from strata.model.graph import Graph, Node
from strata.model.graph_schema import GIVEN, INPUT_BLOCK, MASK
from strata.model.pointers import pointer
from strata.node_test_inputs import Subject, given_to, masked, shown
from strata.platform import Platform
from strata.store import graphs
from strata.store.graphs import Version
from strata.store.values import Packed, encode, pack_all, show_within

Json = dict[str, Any]

MOST_SECONDS = 25
"""An answer must come within the 30 seconds of the HTTP API."""

_UNSOUND = (
    "duplicate_node",
    "part_and_whole",
    "part_of_scalar",
    "unknown_block",
    "unknown_credential",
    "unknown_part",
    "unknown_pin",
)
"""Problems of a node that keep it from running alone; what else is wrong its run tells."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a node is tested with: typed inputs, and those that it had in an execution of the same
    graph, in an iteration of a loop if one is named."""

    inputs: Mapping[str, Any]
    version: int | None = None
    from_execution: str | None = None
    iteration: str | None = None


def run(user_id: str, graph_id: str, node_id: str, trial: Trial, *, platform: Platform) -> Json:
    """How the node ends, with what it was given and what it emits; a failure is told as its error.

    The version is by default the one that is shown; a draft may have problems elsewhere. Raises
    NotFound, GraphInvalid (of this node), NotTestable, InvalidInputs, InvalidBody, Unavailable."""
    head = graphs.load_head(user_id, graph_id, platform)
    version = graphs.load_version(head, trial.version or shown_version(head), platform)
    node = _sound(user_id, version, node_id, platform)
    block = platform.blocks()[node.block]
    if block.behaviour != "run":
        raise NotTestable(f"A node of the block {block.name} waits for others; it runs in a graph.")
    _check_pins(block, trial.inputs)
    subject = Subject(user_id, version, node, block, _region(user_id, graph_id, trial, platform))
    return _tried(subject, trial.inputs, platform)


def _sound(user_id: str, version: Version, node_id: str, platform: Platform) -> Node:
    alike = [node for node in version.nodes if node.id == node_id]
    if not alike:
        raise NotFound
    links = [link for link in version.links if link.target == node_id]
    sources = {node.id: node for node in version.nodes if node.id in {one.source for one in links}}
    others = [node for name, node in sources.items() if name != node_id]
    part = Graph(name=version.name, nodes=[*alike, *others], links=links)
    problems = graph_checks.validate(user_id, part, platform=platform)
    unsound = [one for one in problems if one.node == node_id and one.code in _UNSOUND]
    if unsound:
        whole = Graph(name=version.name, nodes=version.nodes)
        raise GraphInvalid("The node has problems.", errors=graph_checks.details(whole, unsound))
    return alike[0]


def _check_pins(block: Block, inputs: Mapping[str, Any]) -> None:
    known = {*block.inputs, *((GIVEN,) if block.name == INPUT_BLOCK else ())}
    unknown = [
        Detail(pointer(("inputs", pin)), "unknown_input", "The node has no input of this name")
        for pin in inputs
        if pin not in known
    ]
    if unknown:
        raise InvalidInputs(errors=unknown)


def _region(user_id: str, graph_id: str, trial: Trial, platform: Platform) -> Region | None:
    if trial.from_execution is None:
        return None
    region = region_of(user_id, trial.from_execution, trial.iteration, platform)
    if region.run.graph_id != graph_id:
        fault = Detail("/from_execution", "other_graph", "It is an execution of another graph.")
        raise InvalidBody(errors=[fault])
    return region


def _tried(subject: Subject, typed: Mapping[str, Any], platform: Platform) -> Json:
    given = given_to(subject, typed, platform)
    begun = platform.clock.monotonic()
    outputs, error = _outputs(subject, given.values, platform)
    seconds = platform.clock.monotonic() - begun
    show = show_within(platform, owner=_owner_of_links(subject))
    told = {pin: {"json": encode(value)} for pin, value in given.told.items()}
    return {
        "node": subject.node.id,
        "block": subject.block.name,
        "graph_version": subject.version.number,
        "status": "FAILED" if error else "COMPLETED",
        "outputs": None if outputs is None else shown(subject, outputs, show),
        "inputs": shown(subject, told, show),
        "error": error,
        "duration_seconds": round(seconds, 3),
    }


def _outputs(
    subject: Subject, values: Json, platform: Platform
) -> tuple[dict[str, Packed] | None, Json | None]:
    """What the node emits, or its error."""
    seconds = min(subject.node.timeout_seconds, MOST_SECONDS)
    world = World(
        platform=platform,
        user_id=subject.user_id,
        idempotency_key=f"{platform.clock.new_id('tst')}/{subject.node.id}/0",
        deadline=platform.clock.now() + timedelta(seconds=seconds),
    )
    try:
        outputs = run_within(seconds, subject.block, values, world)
        if subject.is_secret(subject.node):
            outputs = dict.fromkeys(outputs, MASK)
        return pack_all(outputs, subject.user_id, platform), None
    except NodeError as error:
        message = masked(subject, error.message)
        return None, {"code": error.code, "message": message, "attempts": 1}


def _owner_of_links(subject: Subject) -> str | None:
    """Nobody masks what lies behind a link."""
    return owner_of_links(subject.region.head) if subject.region else subject.user_id
