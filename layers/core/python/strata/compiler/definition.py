"""From a plan to the definition of its state machine."""

import json
from collections.abc import Sequence
from itertools import groupby
from math import ceil

from strata.compiler.names import FAILED, RECORD_FAILURE, RECORD_SUCCESS, level_name
from strata.compiler.retrying import RECORDING, RECORDING_RETRIES, longest_seconds
from strata.compiler.states import (
    MARGIN_SECONDS,
    RECORD_SECONDS,
    State,
    execution_failed,
    level_of_many,
    level_of_one,
    platform_retries,
    record_failure,
    record_success,
)
from strata.model.plan import Plan, PlannedNode

MOST_SECONDS = 31_536_000
"""A year: no Standard execution lives longer."""

ROOM_SECONDS = 60
"""For each level, what the platform may take to start and to join its states."""

Level = Sequence[PlannedNode]


def compile_graph(plan: Plan, run_node: str, end_execution: str) -> str:
    """The definition as compact JSON; the same plan and ARNs give the same bytes.

    Raises ValueError for a plan without nodes, which has no machine."""
    rows = plan_levels(plan)
    if not rows:
        raise ValueError("a plan without nodes has no definition")
    states = _chain(rows, run_node)
    if not plan.last:
        _append(states, RECORD_SUCCESS, record_success(end_execution))
    states[RECORD_FAILURE] = record_failure(end_execution)
    states[FAILED] = execution_failed()
    machine = {
        "StartAt": next(iter(states)),
        "TimeoutSeconds": longest_run_seconds(rows),
        "States": states,
    }
    return json.dumps(machine, ensure_ascii=False, separators=(",", ":"))


def plan_levels(plan: Plan) -> list[Level]:
    return [tuple(row) for _, row in groupby(plan.nodes, key=lambda node: node.level)]


def longest_run_seconds(rows: Sequence[Level]) -> int:
    """When every node of every level uses up its retries; the machine's timeout."""
    levels = sum(max(map(_longest_seconds, row, [len(row)] * len(row))) for row in rows)
    recording = longest_seconds(RECORDING, RECORDING_RETRIES, RECORD_SECONDS)
    return min(ceil(levels + recording) + ROOM_SECONDS * (len(rows) + 1), MOST_SECONDS)


def _longest_seconds(node: PlannedNode, width: int) -> float:
    timeout = node.timeout_seconds + MARGIN_SECONDS
    return longest_seconds(node.retry, platform_retries(width), timeout)


def _chain(rows: Sequence[Level], run_node: str) -> dict[str, State]:
    states: dict[str, State] = {}
    for number, row in enumerate(rows, start=1):
        if len(row) == 1:
            _append(states, row[0].state, level_of_one(row[0], run_node))
        else:
            _append(states, level_name(number), level_of_many(row, run_node))
    return states


def _append(states: dict[str, State], name: str, state: State) -> None:
    """The state that was last leads on to this one."""
    if states:
        last = states[next(reversed(states))]
        last.pop("End", None)
        last["Next"] = name
    states[name] = {**state, "End": True}
