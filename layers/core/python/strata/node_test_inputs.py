"""What a node that is tested is given, and how much of it may be told.

constants ─▶ outputs pinned to its sources ─▶ what an execution handed it ─▶ typed inputs
each laid over what stands before it
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from strata.execution_regions import Region
from strata.gathering import Emitted, laid_out
from strata.iterations import around, source_key
from strata.model.block import Block
from strata.model.graph import Node
from strata.model.graph_schema import GIVEN, INPUT_BLOCK, MASK, is_secret_input
from strata.model.plan import Incoming, PlannedNode, RetryPolicy
from strata.platform import Platform
from strata.redaction import is_secret_in, redact, secret_texts
from strata.store.graphs import Version
from strata.store.values import Packed, Show, encode, pack_all, unpack

Json = dict[str, Any]

_MASKED: Packed = {"json": encode(MASK)}


@dataclass(frozen=True, slots=True)
class Subject:
    """The node that is tested, and where in an execution its sources have run, if in any."""

    user_id: str
    version: Version
    node: Node
    block: Block
    region: Region | None

    def is_secret(self, node: Node) -> bool:
        """Whether the node is an input that is secret in its graph, or was in the execution."""
        given = self.region is not None and is_secret_in(self.region.head, node)
        return given or is_secret_input(node)


@dataclass(frozen=True, slots=True)
class Given:
    """`values` are for the block alone, in `told` what is secret is masked."""

    values: Json
    told: Json


def given_to(subject: Subject, typed: Mapping[str, Any], platform: Platform) -> Given:
    """Values by input pin; those that are required and missing are left out."""
    emitted = _emitted(subject, platform)
    secret = _secret_sources(subject)
    masked = {
        source: dict.fromkeys(pins, _MASKED) if source in secret else pins
        for source, pins in emitted.items()
    }
    values = _laid_out(subject, emitted, platform)
    told = _laid_out(subject, masked, platform)
    told |= typed
    if subject.is_secret(subject.node):
        told |= {pin: MASK for pin in (GIVEN, "default") if pin in told}
    return Given({**values, **typed}, told)


def shown(subject: Subject, values: Mapping[str, Packed], show: Show) -> Json:
    """As an answer tells them: without the secrets that the execution was given."""
    return {pin: masked(subject, show(packed)) for pin, packed in values.items()}


def masked(subject: Subject, value: Any) -> Any:
    """The value without these secrets."""
    return redact(value, secret_texts(subject.region.head) if subject.region else [])


def _laid_out(subject: Subject, emitted: Emitted, platform: Platform) -> Json:
    values = laid_out(planned(subject), subject.block, emitted, lambda one: unpack(one, platform))
    if subject.region is None or subject.block.name != INPUT_BLOCK:
        return values
    given = subject.region.head["inputs"].get(values.get("name"))
    return values if given is None else {**values, GIVEN: unpack(given, platform)}


def planned(subject: Subject) -> PlannedNode:
    """The node as far as its inputs go; its graph may have no plan."""
    node, links = subject.node, subject.version.links
    entering = [link for link in links if link.target == node.id]
    return PlannedNode(
        id=node.id,
        block=node.block,
        inputs=node.inputs,
        incoming=tuple(Incoming(one.source, one.output, one.pin, one.part) for one in entering),
        level=1,
        state=node.id,
        timeout_seconds=node.timeout_seconds,
        retry=RetryPolicy(),
        continues=False,
    )


def _emitted(subject: Subject, platform: Platform) -> Emitted:
    sources = {link.source for link in planned(subject).incoming}
    pinned = {
        node.id: pack_all(node.pinned_outputs, subject.user_id, platform)
        for node in subject.version.nodes
        if node.id in sources and node.pinned_outputs is not None
    }
    recorded = _recorded(subject.region, sources, platform) if subject.region else {}
    return {**pinned, **recorded}


def _recorded(region: Region, sources: Iterable[str], platform: Platform) -> Emitted:
    """What they emitted there, or in a body around; loops around hand out their item."""
    loops = {one.loop for one in around(region.run)}
    by_id = region.plan.by_id
    known = [one for one in sources if one in by_id]
    within = [one for one in known if one in loops or by_id[one].parent in {"", *loops}]
    wanted = {source_key(region.run, region.plan, source): source for source in within}
    items = platform.table.get_many(list(wanted)) if wanted else {}
    return {wanted[key]: item["pins"] for key, item in items.items()}


def _secret_sources(subject: Subject) -> set[str]:
    """Inputs that are secret, and loops that run over one."""
    secret = {node.id for node in subject.version.nodes if subject.is_secret(node)}
    for _ in subject.version.nodes:
        over = {
            link.target
            for link in subject.version.links
            if link.source in secret and link.pin == "items"
        }
        if over <= secret:
            break
        secret |= over
    return secret
