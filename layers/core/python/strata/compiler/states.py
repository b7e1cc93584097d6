"""The states of a machine, as the Amazon States Language writes them (JSONPath)."""

from collections.abc import Sequence
from typing import Any

from strata.compiler.names import FAILED, RECORD_FAILURE
from strata.compiler.retrying import (
    PLATFORM_RETRIES,
    RECORDING,
    RECORDING_RETRIES,
    WIDE_PLATFORM_RETRIES,
    retrier,
)
from strata.model.plan import PlannedNode

State = dict[str, Any]

MARGIN_SECONDS = 10
"""What the platform's own work around a node may take, besides the node's timeout."""

RECORD_SECONDS = 60

WIDE = 100
"""Up to here a level's previews, 2 KB each, fit together into the 256 KiB of a state's result."""

CROWDED = 10
"""From here on a level's functions may find each other throttled, and are tried for longer."""


def platform_retries(width: int) -> int:
    return WIDE_PLATFORM_RETRIES if width > CROWDED else PLATFORM_RETRIES


def node_task(node: PlannedNode, resource: str, width: int = 1) -> State:
    """The function gets the ids of the run (the state's input) and of its node."""
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"run.$": "$", "node": node.id},
        "TimeoutSeconds": node.timeout_seconds + MARGIN_SECONDS,
        "Retry": [
            # The function has recorded the failure, the node's own attempts are used up.
            {"ErrorEquals": ["NodeFailed"], "MaxAttempts": 0},
            retrier(node.retry, platform_retries(width)),
        ],
    }


def level_of_one(node: PlannedNode, resource: str) -> State:
    # The result would take the place of the run's ids, which the next level needs.
    return {**node_task(node, resource), "ResultPath": None, "Catch": catch()}


def level_of_many(nodes: Sequence[PlannedNode], resource: str) -> State:
    return {
        "Type": "Parallel",
        "Branches": [branch(node, resource, len(nodes)) for node in nodes],
        "ResultPath": None,
        "Catch": catch(),
    }


def branch(node: PlannedNode, resource: str, width: int) -> State:
    state = {**node_task(node, resource, width), "End": True}
    if width > WIDE:
        # The branch ends with {}; its preview stays in the history.
        state["OutputPath"] = None
    return {"StartAt": node.state, "States": {node.state: state}}


def catch() -> list[State]:
    """The error takes the place of the input: the state that records it asks for the run's ids
    where the machine keeps them."""
    return [{"ErrorEquals": ["States.ALL"], "Next": RECORD_FAILURE}]


def record_success(resource: str) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"run.$": "$"},
        "TimeoutSeconds": RECORD_SECONDS,
        "Retry": [retrier(RECORDING, RECORDING_RETRIES)],
        "End": True,
    }


def record_failure(resource: str) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"run.$": "$$.Execution.Input", "error.$": "$"},
        "TimeoutSeconds": RECORD_SECONDS,
        "Retry": [retrier(RECORDING, RECORDING_RETRIES)],
        # Its input, the error, goes on to the state that fails the machine.
        "ResultPath": None,
        "Next": FAILED,
    }


def execution_failed() -> State:
    """The console shows at the top of the execution what the state that failed has told.

    The error's name is our own: AWS refuses one of its own names (States.Timeout) there."""
    return {"Type": "Fail", "Error": "ExecutionFailed", "CausePath": "$.Cause"}
