"""Resuming: a new execution that takes over every result of an old one that still holds.

What is taken over is decided and recorded together with the new execution; `launching` copies it
before the machine starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from strata import starting
from strata.earlier_results import before_of
from strata.effects import unknown_effect
from strata.executions import begin
from strata.graph_versions import load_plan
from strata.model.errors import (
    Detail,
    ExecutionCompleted,
    ExecutionRunning,
    InvalidBody,
    NotFound,
)
from strata.model.execution import Run, Status
from strata.model.graph_schema import INPUT_BLOCK
from strata.model.idempotency import Idempotency
from strata.model.plan import Plan
from strata.platform import Platform
from strata.ports import Item
from strata.reaching import reach_to
from strata.reuse import Before, Reuse, reuse_of
from strata.starting import New
from strata.store import executions, graphs, node_records, resumptions
from strata.store.graphs import Head
from strata.store.node_records import Record
from strata.store.resumptions import Resumption
from strata.store.values import Packed, keep, unpack

Json = dict[str, Any]

TRIGGER = "resume"


@dataclass(frozen=True, slots=True)
class _Old:
    """The execution that is resumed."""

    run: Run
    head: Item
    plan: Plan
    records: Mapping[str, Record]


def resume(
    user_id: str,
    execution_id: str,
    version: int | None = None,
    *,
    idempotency: Idempotency | None = None,
    platform: Platform,
) -> Json:
    """A new execution, as its start is answered, with `reused` and `runs`; on the same version
    unless a newer one is asked for.

    Raises NotFound, ExecutionCompleted, ExecutionRunning, InvalidBody (a version that it cannot go
    on with), InvalidInputs (the old inputs do not fit the version), Unavailable."""
    old = _load_failed(user_id, execution_id, platform)

    def make(head: Head) -> New:
        new, resumption = _new(old, head, version, platform)
        keep(new.head["inputs"].values(), platform)
        return replace(new, beside=[resumptions.put(new.run, resumption, platform)])

    answer = starting.record(user_id, old.run.graph_id, make, idempotency, platform=platform)
    run = Run(answer["id"], user_id, answer["graph_id"], answer["graph_version"])
    begin(run, answer, platform=platform)
    return answer


def preview(
    user_id: str, execution_id: str, version: int | None = None, *, platform: Platform
) -> Json:
    """What `resume` would take over and what it would run; nothing is written. Raises the same."""
    old = _load_failed(user_id, execution_id, platform)
    head = graphs.load_head(user_id, old.run.graph_id, platform)
    new, _ = _new(old, head, version, platform)
    return {
        "resumed_from": execution_id,
        "graph_id": new.run.graph_id,
        "graph_version": new.run.version,
        **new.told,
    }


def going_on(
    user_id: str,
    execution_id: str,
    head: Head,
    number: int,
    inputs: Mapping[str, Packed],
    facts: Mapping[str, Any],
    new_id: str,
    *,
    platform: Platform,
) -> New | None:
    """An execution with that id that a sub-graph goes on with, on that version and with those
    inputs; None where the old one cannot be gone on with so."""
    try:
        old = _load(user_id, execution_id, platform)
    except (NotFound, ExecutionRunning):
        return None
    is_other = old.run.graph_id != head.id or number < old.run.version
    if is_other or inputs != old.head["inputs"]:
        return None
    plan = load_plan(head, number, platform)
    new, resumption = _continued(old, head, number, plan, inputs, platform, new_id)
    beside = [resumptions.put(new.run, resumption, platform)]
    return replace(new, head=new.head | dict(facts), beside=beside)


def _load(user_id: str, execution_id: str, platform: Platform) -> _Old:
    head, *items = executions.head_and_nodes(user_id, execution_id, platform)
    if not Status(head["status"]).is_final:
        raise ExecutionRunning
    run = executions.run_of(head)
    plan = graphs.load_plan(user_id, run.graph_id, run.version, platform)
    return _Old(run, head, plan, node_records.records(items))


def _load_failed(user_id: str, execution_id: str, platform: Platform) -> _Old:
    old = _load(user_id, execution_id, platform)
    if old.head["status"] == Status.COMPLETED:
        raise ExecutionCompleted
    return old


def _new(old: _Old, head: Head, version: int | None, platform: Platform) -> tuple[New, Resumption]:
    number = version or old.run.version
    if number < old.run.version:
        raise _refusal("older_version", "An execution goes on with its version or a newer one.")
    plan = load_plan(head, number, platform)
    if "until" in old.head:
        starting.check_until(plan, old.head["until"])
    inputs = _inputs(old, plan, number, platform)
    return _continued(old, head, number, plan, inputs, platform)


def _continued(
    old: _Old,
    head: Head,
    number: int,
    plan: Plan,
    inputs: Mapping[str, Packed],
    platform: Platform,
    new_id: str = "",
) -> tuple[New, Resumption]:
    until = old.head.get("until")
    known = Before(old.plan, reach_to(old.plan, until), old.records)
    reuse = reuse_of(known, plan, reach_to(plan, until))
    before = before_of(old.head, plan, reuse.same)
    facts = {
        "resumed_from": old.run.execution_id,
        **({"before": before} if before else {}),
        **starting.reach_facts(plan, until, reuse.reused),
    }
    new = starting.new_run(head, number, plan, inputs, TRIGGER, facts, platform, new_id)
    # What was given as a secret stays one, whatever the new version says of it.
    secrets = sorted({*old.head["secret_inputs"], *new.head["secret_inputs"]})
    resumption = Resumption(old.run, reuse.reused, _effects(old, plan, reuse, platform))
    told = {"reused": reuse.reused, "runs": reuse.runs}
    return replace(new, head=new.head | {"secret_inputs": secrets}, told=told), resumption


def _inputs(old: _Old, plan: Plan, number: int, platform: Platform) -> dict[str, Packed]:
    """Those that the version still asks for. Raises InvalidInputs where they do not fit it."""
    given: dict[str, Packed] = old.head["inputs"]
    if number == old.run.version:
        return given
    asked = {node.inputs.get("name") for node in plan.top if node.block == INPUT_BLOCK}
    kept = {name: packed for name, packed in given.items() if name in asked}
    values = {name: unpack(packed, platform) for name, packed in kept.items()}
    starting.check_inputs(plan, values)
    return kept


def _effects(old: _Old, plan: Plan, reuse: Reuse, platform: Platform) -> dict[str, str]:
    """The idempotency keys of nodes that run again with the inputs that they had, and of which
    nobody knows whether they had their effect: by its key the other side can tell."""
    blocks = platform.blocks()
    found = {
        node: unknown_effect(old.run, record)
        for node, record in old.records.items()
        if node in reuse.same and blocks[plan.by_id[node].block].has_effect
    }
    return {node: key for node, key in found.items() if key}


def _refusal(code: str, sentence: str) -> InvalidBody:
    return InvalidBody(errors=[Detail("/version", code, sentence)])
