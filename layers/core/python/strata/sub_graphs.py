"""Sub-graphs: a node runs another of its user's graphs as an execution of its own.

The node's record names that execution before there is one, so that it is started once, whatever is
lost. It takes no slot: one that waited for its parent's slot would wait for ever.
"""

from collections.abc import Mapping
from typing import Any

from strata import iterations, machines, resuming, starting, wait_ends
from strata.blocks.pins import check_inputs
from strata.earlier_results import earlier_child
from strata.graph_versions import load_plan, runnable_version
from strata.launching import launch
from strata.model.control import MOST_NESTED
from strata.model.errors import (
    InvalidBody,
    InvalidInput,
    InvalidInputs,
    NodeError,
    NodeFailed,
    NodeRetry,
    NotFound,
    TooLarge,
)
from strata.model.execution import Run, Status
from strata.node_work import Work, gathered
from strata.platform import Platform
from strata.ports import Check, Condition, Item
from strata.redaction import is_secret_in, redact, secret_texts
from strata.starting import New
from strata.store import executions, keys
from strata.store.graphs import Head
from strata.store.node_runs import Facts
from strata.store.values import unpack

Json = dict[str, Any]

TRIGGER = "sub_graph"

_GOES_ON = (*executions.OPEN, Condition("cancelling", "absent"))


def look(work: Work, facts: Facts) -> Json | None:
    """The end of the node's own execution, if it has come; without any yet, it is started.

    Raises NodeError where it cannot be, Unavailable."""
    child = facts.own.wait.child if facts.own.wait else ""
    head = work.platform.table.get(keys.execution_of(work.run.user_id, child))
    if head is None:
        _start(work, facts, child)
        return None
    if Status(head["status"]).is_final:
        return _answer(head, work.platform)
    launch(executions.run_of(head), platform=work.platform)
    return None


def hand_back(run: Run, head: Item, *, platform: Platform) -> None:
    """Tells the node that runs it how this execution, which has ended, has ended; again if the
    machine has not heard of it. Raises Unavailable."""
    work = wait_ends.work_of(parent_of(head), head["parent"]["node"], platform)
    ended = executions.head_of(run.user_id, run.execution_id, platform)
    wait_ends.tell(work, wait_ends.conclude_awaited(work, _answer(ended, platform)))


def parent_of(head: Item) -> Run:
    """The run of the region that runs this execution as a sub-graph."""
    told = head["parent"]
    return Run(
        told["execution_id"],
        head["user_id"],
        told["graph_id"],
        told["version"],
        told["iteration"],
    )


def _start(work: Work, facts: Facts, child: str) -> None:
    graph_id, platform = work.node.inputs["graph_id"], work.platform
    inputs = check_inputs(work.block, gathered(work, facts) or {})
    ancestors = _ancestors(facts.head or {}, work.run, graph_id)
    secrets = _secrets(work, facts.head or {}, inputs["inputs"])
    before = earlier_child(work, facts.head or {})
    make = _maker(work, child, inputs, ancestors, secrets, before)
    try:
        answer = starting.record(
            work.run.user_id, graph_id, make, None, takes_slot=False, platform=platform
        )
    except NotFound:
        raise NodeError("no_such_graph", f"There is no graph {graph_id} any more.") from None
    except InvalidInputs as refusal:
        raise _misfit(refusal) from None
    except InvalidBody as refusal:
        raise NodeError("no_such_graph", refusal.errors[0].message) from None
    except TooLarge as refusal:
        raise NodeError("too_large", refusal.detail) from None
    run = Run(child, work.run.user_id, graph_id, answer["graph_version"])
    if answer["resumed_from"]:
        launch(run, platform=platform)
    else:
        machines.start(run, platform=platform)


def _ancestors(head: Mapping[str, Any], run: Run, graph_id: str) -> list[str]:
    """The graphs of the executions around the new one, the outermost first. Raises NodeError."""
    around = [*head.get("ancestors", ()), run.graph_id]
    if graph_id in around:
        message = f"The graph {graph_id} runs itself: {' → '.join([*around, graph_id])}."
        raise NodeError("sub_graph_cycle", message)
    if len(around) > MOST_NESTED:
        message = f"More than {MOST_NESTED} sub-graphs would run within each other."
        raise NodeError("sub_graph_too_deep", message)
    return around


def _secrets(work: Work, head: Item, given: Mapping[str, Any]) -> set[str]:
    """The inputs that hold what the execution around was given as a secret: no view of the new one
    shows them either."""
    texts = secret_texts(head) if head else []
    repeated = {name for name, value in given.items() if redact(value, texts) != value}
    linked = {
        link.part.partition(".")[0]
        for link in work.node.incoming
        if link.pin == "inputs" and is_secret_in(head, work.plan.by_id[link.source])
    }
    return set(given) if "" in linked else repeated | linked & given.keys()


def _maker(
    work: Work,
    child: str,
    inputs: Mapping[str, Any],
    ancestors: list[str],
    secrets: set[str],
    before: str,
) -> starting.Make:
    """With `before` it goes on with that execution, if it can."""
    platform, run = work.platform, work.run
    parent = {
        "execution_id": run.execution_id,
        "graph_id": run.graph_id,
        "version": run.version,
        "iteration": run.iteration,
        "node": work.node.id,
    }
    facts = {"parent": parent, "ancestors": ancestors}

    def make(head: Head) -> New:
        _check_startable(work, child)
        number = runnable_version(head, inputs.get("version"))
        plan = load_plan(head, number, platform)
        if plan.draft:
            raise NodeError("no_such_graph", "A draft does not run as a sub-graph.")
        starting.check_inputs(plan, inputs["inputs"])
        packed = starting.pack_inputs(plan, inputs["inputs"], secrets, run.user_id, platform)
        new = before and resuming.going_on(
            run.user_id,
            before,
            head,
            number,
            packed,
            {**facts, "trigger": TRIGGER},
            child,
            platform=platform,
        )
        if not new:
            new = starting.new_run(head, number, plan, packed, TRIGGER, facts, platform, child)
        hidden = {"secret_inputs": sorted({*new.head["secret_inputs"], *secrets})}
        beside = [Check(keys.execution(run), _GOES_ON), *new.beside]
        return New(new.run, new.head | hidden, beside)

    return make


def _check_startable(work: Work, child: str) -> None:
    """Another invocation may have been faster, or the end of the execution. Raises NodeRetry,
    NodeFailed."""
    own, theirs = keys.execution(work.run), keys.execution_of(work.run.user_id, child)
    found = work.platform.table.get_many([own, theirs])
    if theirs in found:
        raise NodeRetry(f"{work.node.id} was begun by another invocation")
    if own not in found or iterations.is_closed(found[own]):
        raise NodeFailed(f"{work.node.id}: the execution has ended")


def _misfit(refusal: InvalidInputs) -> NodeError:
    faults = (
        f"{one.pointer.removeprefix('/inputs/')}: {one.message.lower()}" for one in refusal.errors
    )
    return InvalidInput("inputs", f"does not fit the graph ({'; '.join(faults)})")


def _answer(head: Item, platform: Platform) -> Json:
    outputs = head.get("outputs") or {}
    return {
        "execution_id": head["execution_id"],
        "status": head["status"],
        "outputs": {name: unpack(packed, platform) for name, packed in outputs.items()},
        "error": head.get("error"),
    }
