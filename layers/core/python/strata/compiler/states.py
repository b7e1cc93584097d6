"""The states of a machine, as the Amazon States Language writes them (JSONPath)."""

from typing import Any

from strata.compiler.costs import MOST_INLINE_AT_ONCE
from strata.compiler.names import FAILED, RECORD_FAILURE
from strata.compiler.retrying import (
    MARGIN_SECONDS,
    RECORDING,
    RECORDING_RETRIES,
    WAIT_MARGIN_SECONDS,
    retrier,
)
from strata.model.plan import PlannedNode

State = dict[str, Any]

RECORD_SECONDS = 60
WAITS_FOR_ANSWER = "arn:aws:states:::lambda:invoke.waitForTaskToken"
NESTED = "arn:aws:states:::states:startExecution.sync:2"
_FINAL = ["States.TaskFailed", "States.Timeout", "StepFunctions.ExecutionAlreadyExistsException"]
"""Errors of a nested execution that has ended; all others are of the call that starts it."""


def node_task(node: PlannedNode, resource: str, retries: int, phase: str = "") -> State:
    """The function gets the ids of the run (the state's input) and of its node."""
    asked = {"run.$": "$", "node": node.id}
    return _task(
        resource,
        {**asked, "phase": phase} if phase else asked,
        node.timeout_seconds + MARGIN_SECONDS,
        [retrier(node.retry, retries)],
    )


def fused_task(nodes: list[PlannedNode], resource: str, retries: int, seconds: int) -> State:
    """Nodes of one retry policy, one after the other in one call."""
    asked = {"run.$": "$", "nodes": [node.id for node in nodes]}
    return _task(resource, asked, seconds, [retrier(nodes[0].retry, retries, len(nodes))])


def waiting_task(node: PlannedNode, resource: str, retries: int) -> State:
    """The function notes the token; whoever tells the node's end gives it back."""
    asked = {"run.$": "$", "node": node.id, "token.$": "$$.Task.Token"}
    return _task(
        WAITS_FOR_ANSWER,
        {"FunctionName": resource, "Payload": asked},
        node.timeout_seconds + WAIT_MARGIN_SECONDS,
        [retrier(node.retry, retries)],
    )


def nested_execution(machine: str, number: int, seconds: int) -> State:
    """A part of this machine that is a machine of its own; asked twice it is started once."""
    return {
        "Type": "Task",
        "Resource": NESTED,
        "Parameters": {
            "StateMachineArn": machine,
            "Name.$": f"States.Format('{{}}-{number}', $$.Execution.Name)",
            "Input.$": "$",
        },
        "TimeoutSeconds": seconds,
        "Retry": [
            {"ErrorEquals": _FINAL, "MaxAttempts": 0},
            retrier(RECORDING, RECORDING_RETRIES),
        ],
    }


def beginning_of_delay(task: State) -> State:
    return {**task, "ResultSelector": {"until.$": "$.until"}, "ResultPath": "$.wait"}


def wait() -> State:
    return {"Type": "Wait", "TimestampPath": "$.wait.until"}


def beginning_of_loop(task: State) -> State:
    selected = {"items.$": "$.items", "mode.$": "$.mode"}
    return {**task, "ResultSelector": selected, "ResultPath": "$.loop"}


def choice_of_mode(inline: str, distributed: str) -> State:
    many = {"Variable": "$.loop.mode", "StringEquals": "distributed", "Next": distributed}
    return {"Type": "Choice", "Choices": [many], "Default": inline}


def inline_map(body: State, at_once: int) -> State:
    config = {"Mode": "INLINE"}
    return _map({"ProcessorConfig": config, **body}, min(at_once, MOST_INLINE_AT_ONCE))


def distributed_map(body: State, at_once: int) -> State:
    """Each item is an execution of its own, with a history of its own."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return _map({"ProcessorConfig": config, **body}, at_once)


def _map(processor: State, at_once: int) -> State:
    """The items are the names of iterations; what they are of is in the table."""
    ids = ("execution_id", "user_id", "graph_id", "version")
    return {
        "Type": "Map",
        "ItemsPath": "$.loop.items",
        "MaxConcurrency": at_once,
        "ItemSelector": {
            **{f"{name}.$": f"$.{name}" for name in ids},
            "iteration.$": "$$.Map.Item.Value",
        },
        "ItemProcessor": processor,
        # In place of the items, which the states that follow would carry along.
        "ResultSelector": {"done": True},
        "ResultPath": "$.loop",
    }


def _task(resource: str, given: State, seconds: int, retry: list[State]) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": given,
        "TimeoutSeconds": seconds,
        # The function has recorded the failure, the node's own attempts are used up.
        "Retry": [{"ErrorEquals": ["NodeFailed"], "MaxAttempts": 0}, *retry],
    }


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
