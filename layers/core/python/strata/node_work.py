"""One node of one execution: what its run knows, and what its block makes of that."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from strata import iterations
from strata.block_runs import World, run_within
from strata.clock import timestamp
from strata.gathering import gather
from strata.model.block import Block, Values
from strata.model.errors import Conflict, NodeError, NodeRetry, Unavailable
from strata.model.execution import Run
from strata.model.graph_schema import GIVEN, INPUT_BLOCK
from strata.model.plan import Plan, PlannedNode
from strata.platform import Platform
from strata.ports import ConditionFailed, Item, Key
from strata.store import node_runs
from strata.store.node_runs import Facts
from strata.store.values import unpack

Json = dict[str, Any]


class PlatformFailed(NodeError):
    """Not the node's fault, and not counted as one of its attempts."""

    def __init__(self) -> None:
        super().__init__("platform_unavailable", "A part of the platform did not answer.")


@dataclass(frozen=True, slots=True)
class Work:
    """One node of one execution on one platform."""

    run: Run
    plan: Plan
    node: PlannedNode
    block: Block
    platform: Platform
    token: str = ""
    """What the state machine's Task is answered with, where the node waits to be told its end."""

    def now(self) -> str:
        return timestamp(self.platform.clock.now())


def is_first(work: Work) -> bool:
    """Whether the execution starts with this node."""
    return not work.run.iteration and work.node is work.plan.nodes[0]


def facts_of(work: Work) -> Facts:
    """What the node's run knows before it begins: one batch."""
    sources = dict.fromkeys(link.source for link in work.node.incoming)
    wanted = {source: values_key(work, source) for source in sources}
    around = iterations.surroundings(work.run, work.plan)
    return node_runs.read(work.run, work.node.id, wanted, work.platform, around)


def values_key(work: Work, source: str) -> Key:
    """Where that lies which a source hands to the node."""
    return iterations.source_key(work.run, work.plan, source)


def gathered(work: Work, facts: Facts) -> Json | None:
    """The values of the input pins; None if the node is to be skipped."""
    return gather(work.node, work.block, facts.emitted, lambda one: unpack(one, work.platform))


@contextmanager
def taking(work: Work) -> Iterator[None]:
    """Around the writes of a node's run: where another invocation of this node, or the end of the
    execution, was faster, its word counts, and NodeRetry asks to look again."""
    try:
        yield
    except (ConditionFailed, Conflict):
        raise NodeRetry(f"{work.node.id} was taken by another invocation") from None


def outputs_of(work: Work, head: Item | None, inputs: Json, effect_key: str = "") -> Values:
    """What the block makes of its inputs, in one attempt. Raises NodeError."""
    seconds = work.node.timeout_seconds
    world = World(
        platform=work.platform,
        user_id=work.run.user_id,
        idempotency_key=effect_key or work.run.effect_key(work.node.id),
        deadline=work.platform.clock.now() + timedelta(seconds=seconds),
        run=work.run,
        plan=work.plan,
    )
    try:
        return run_within(seconds, work.block, _with_given(work, head, inputs), world)
    except Unavailable:
        raise PlatformFailed from None


def _with_given(work: Work, head: Item | None, inputs: Json) -> Json:
    """An input node gets what the execution was given under its name."""
    if work.block.name != INPUT_BLOCK or head is None:
        return inputs
    packed = head["inputs"].get(inputs["name"])
    return inputs if packed is None else {**inputs, GIVEN: unpack(packed, work.platform)}
