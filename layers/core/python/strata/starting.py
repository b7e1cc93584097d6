"""Starting: the record of a new execution, written at once with its slot or its place in the queue.

The graph's head may come from this process's memory, and the slots are guessed to be free: the
write fails where either is no longer true, and is made anew after what is true now.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strata.clock import timestamp
from strata.execution_views import view
from strata.graph_versions import load_plan, runnable_version
from strata.machines import COMPILER_REVISION
from strata.model.errors import Detail, InvalidBody, InvalidInputs, TooLarge, Unavailable
from strata.model.execution import Run
from strata.model.graph_schema import check_graph_inputs, secret_inputs
from strata.model.idempotency import Idempotency
from strata.model.plan import Plan
from strata.platform import Platform
from strata.ports import ABSENT, Check, Condition, ConditionFailed, Item, ItemTooLarge, Put, Write
from strata.reaching import reach_to
from strata.store import executions, keys, slots
from strata.store.graphs import Head, counted_start, load_head
from strata.store.idempotency import once
from strata.store.values import INLINE_BYTES, Packed, pack_all, show_within

Json = dict[str, Any]

MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class New:
    """An execution that nobody knows of yet: its head, what is written beside it, and what its
    start is answered with besides the execution."""

    run: Run
    head: Item
    beside: Sequence[Write] = ()
    told: Mapping[str, Any] = field(default_factory=dict)


Make = Callable[[Head], New]
"""Raises InvalidBody, InvalidInputs where the graph, as it is, cannot run so."""


def from_inputs(
    inputs: Mapping[str, Any],
    version: int | None,
    trigger: str,
    until: str | None,
    platform: Platform,
) -> Make:
    """A first run of a graph's version, up to a node if one is given."""

    def make(head: Head) -> New:
        number = runnable_version(head, version)
        plan = load_plan(head, number, platform)
        check_inputs(plan, inputs)
        if until is not None:
            check_until(plan, until)
        facts = reach_facts(plan, until)
        packed = pack_inputs(plan, inputs, (), head.user_id, platform)
        return new_run(head, number, plan, packed, trigger, facts, platform)

    return make


def pack_inputs(
    plan: Plan,
    inputs: Mapping[str, Any],
    secrets: Iterable[str],
    user_id: str,
    platform: Platform,
) -> dict[str, Packed]:
    """Secret ones first, so that they stand in the head, where views find what they must mask.
    `secrets` are those besides the graph's own."""
    hidden = {*secrets, *secret_inputs(plan.nodes)}
    ordered = {name: inputs[name] for name in sorted(inputs, key=lambda name: name not in hidden)}
    return pack_all(ordered, user_id, platform, executions.INPUTS_BYTES)


def check_inputs(plan: Plan, inputs: Mapping[str, Any]) -> None:
    problems = check_graph_inputs(plan.nodes, inputs)
    if problems:
        raise InvalidInputs(errors=problems)


def check_until(plan: Plan, until: str) -> None:
    if until not in plan.by_id:
        raise _refusal("unknown_node", "The graph has no such node.")
    if plan.by_id[until].parent:
        raise _refusal("node_in_body", "A node in the body of a loop runs as often as that does.")


def _refusal(code: str, sentence: str) -> InvalidBody:
    return InvalidBody(errors=[Detail("/until", code, sentence)])


def reach_facts(plan: Plan, until: str | None, resting: Container[str] = ()) -> Json:
    """What the head tells of how far it is to go, and whether the first node of the plan runs;
    `resting` are nodes that do not."""
    first = plan.nodes[0]
    is_pinned = plan.draft and first.pinned is not None
    rests = is_pinned or first.id in resting or not reach_to(plan, until).includes(first.id)
    facts = {"until": until, "first_rests": rests or None}
    return {name: value for name, value in facts.items() if value is not None}


def new_run(
    head: Head,
    number: int,
    plan: Plan,
    inputs: Mapping[str, Packed],
    trigger: str,
    facts: Mapping[str, Any],
    platform: Platform,
    execution_id: str = "",
) -> New:
    """With an id and a time of its own, if it is given no id."""
    run = Run(execution_id or platform.clock.new_id("exe"), head.user_id, head.id, number)
    put = executions.new_head(
        run,
        inputs,
        timestamp(platform.clock.now()),
        trigger,
        secret_inputs=secret_inputs(plan.nodes),
        node_count=len(plan.top),
        facts={**facts, "compiler": COMPILER_REVISION},
    )
    return New(run, put.item)


def record(
    user_id: str,
    graph_id: str,
    make: Make,
    idempotency: Idempotency | None,
    *,
    takes_slot: bool = True,
    platform: Platform,
) -> Json:
    """The execution as its start is answered, `queue_position` set where it waits; with the key of
    an earlier request, the answer to that.

    Raises NotFound, InvalidInputs, InvalidBody, TooLarge, Unavailable."""
    remembered = ("head", user_id, graph_id)
    is_open: Item | None = _FREE if takes_slot else None
    for _ in range(MOST_TRIES):
        is_old = remembered in platform.memory
        head = platform.memory.recall(remembered, lambda: load_head(user_id, graph_id, platform))
        try:
            writes, answer = _writes(head, make(head), is_open, platform)
            return once(user_id, idempotency, writes, answer, platform=platform)
        except ItemTooLarge:
            raise TooLarge("The inputs are too many for one execution.") from None
        except InvalidBody:
            if not is_old:
                raise
            platform.memory.forget(remembered)
        except ConditionFailed as failed:
            if is_open is not None and failed.position == _SLOTS:
                is_open = failed.item or {}
            else:
                platform.memory.forget(remembered)
    raise Unavailable("Other requests change the same things without a pause.")


_FREE: Item = {"running": 0, "waiting": 0}
_SLOTS = 3
"""The place of the slots among the writes."""


def _writes(
    head: Head, new: New, seen: Item | None, platform: Platform
) -> tuple[list[Write], Json]:
    """`seen` are the slots as they were last seen, or guessed; None for one that takes none."""
    taking, facts, position = _taking(new.run, seen, platform)
    item = {**new.head, **facts}
    unchanged = Condition("active_version", "=", head.active_version)
    writes: list[Write] = [
        Check(keys.graph(head.user_id, head.id), (unchanged,)),
        Put(item, ABSENT),
        counted_start(head.user_id, head.id, item["created_at"]),
        *taking,
        *new.beside,
    ]
    shown = view(item, show_within(platform, each=INLINE_BYTES), position)
    return writes, {**shown, **new.told}


def _taking(
    run: Run, seen: Item | None, platform: Platform
) -> tuple[Sequence[Write], Json, int | None]:
    """The writes of the slots, what the head says of it, and the place in the queue."""
    limit = platform.settings.running_limit
    if seen is None:
        return [], {}, None
    if not seen:
        return [slots.taken_first(run.user_id)], {"slot": True}, None
    if seen["running"] < limit and seen["waiting"] < 1:
        return [slots.taken(run.user_id, limit)], {"slot": True}, None
    return slots.queued(run, seen, limit), {"waiting": True}, seen["waiting"] + 1
