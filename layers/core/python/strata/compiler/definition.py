"""From a plan to the definition of its state machine, and of the parts it may fall into."""

import json
from dataclasses import dataclass
from math import ceil

from strata.compiler.building import ROOM_SECONDS, Builder, caught, linked
from strata.compiler.costs import MOST_SECONDS, cost_of
from strata.compiler.names import FAILED, RECORD_FAILURE, RECORD_SUCCESS, Names
from strata.compiler.retrying import RECORDING, RECORDING_RETRIES, longest_seconds
from strata.compiler.states import (
    RECORD_SECONDS,
    State,
    execution_failed,
    record_failure,
    record_success,
)
from strata.model.plan import Plan
from strata.model.shape import Part, parts_of

EXPRESS_SECONDS = 300
"""No Express execution lives longer."""


@dataclass(frozen=True, slots=True)
class Arns:
    """What a definition names: the two functions, and the machine itself."""

    run_node: str
    end_execution: str
    machine: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """Definitions as compact JSON; the machine of `parts[0]` has the name of the main one with
    `-1`, and so on."""

    main: str
    parts: tuple[str, ...] = ()


def compile_graph(plan: Plan, arns: Arns) -> Compiled:
    """The same plan and ARNs give the same bytes.

    Raises ValueError for a plan without nodes, which has no machine."""
    if not plan.nodes:
        raise ValueError("a plan without nodes has no definition")
    parts = sorted(parts_of(plan.shape), key=lambda part: part.number)
    return Compiled(_main(plan, arns), tuple(_part(part, plan, arns) for part in parts))


def longest_run_seconds(plan: Plan) -> int:
    """When every node uses up its retries; the machine's timeout."""
    if plan.express:
        return EXPRESS_SECONDS
    recording = longest_seconds(RECORDING, RECORDING_RETRIES, RECORD_SECONDS)
    return _bounded(cost_of(plan.shape, plan).seconds + recording)


def _main(plan: Plan, arns: Arns) -> str:
    builder = _builder(plan, arns)
    chain = caught(builder.chain(plan.shape))
    if not plan.last:
        # Where this cannot be written the event of the machine's failure ends the execution.
        chain.append((RECORD_SUCCESS, record_success(arns.end_execution)))
    states = linked(chain)
    states[RECORD_FAILURE] = record_failure(arns.end_execution)
    states[FAILED] = execution_failed()
    return _text(chain[0][0], longest_run_seconds(plan), states)


def _part(part: Part, plan: Plan, arns: Arns) -> str:
    """Without states that record: a failure goes on to the machine around it."""
    region = _builder(plan, arns).region(part.shape, 1)
    seconds = _bounded(cost_of(part.shape, plan).seconds)
    return _text(region["StartAt"], seconds, region["States"])


def _builder(plan: Plan, arns: Arns) -> Builder:
    names = Names(node.state for node in plan.nodes)
    return Builder(plan, arns.run_node, arns.machine, names)


def _bounded(seconds: float) -> int:
    return min(ceil(seconds) + ROOM_SECONDS, MOST_SECONDS)


def _text(start: str, seconds: int, states: dict[str, State]) -> str:
    machine = {"StartAt": start, "TimeoutSeconds": seconds, "States": states}
    return json.dumps(machine, ensure_ascii=False, separators=(",", ":"))
