"""Tasks that are refused when their machine is made."""

from typing import Any

import pytest

from strata.local.definition import parse_definition
from tests.unit.local.machine import RUN_NODE, callback, chain, invoked, nested, of_states, task
from tests.unit.local.test_definition import refusal


def given(state: dict[str, Any], **parameters: Any) -> str:
    """With those parameters besides, or without the ones that are None."""
    merged = {**state["Parameters"], **parameters}
    kept = {name: value for name, value in merged.items() if value is not None}
    return chain({**state, "Parameters": kept})


def with_payload(payload: dict[str, Any]) -> dict[str, Any]:
    return {**callback("n"), "Parameters": {"FunctionName": RUN_NODE, "Payload": payload}}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (chain({**task("n"), "Resource": 5}), "Resource must be a string at /States/n/Resource"),
        (chain({**task("n"), "Resource": "run_node"}), "The resource provided run_node is not rec"),
        (
            chain({**task("n"), "Resource": "arn:aws:states:::states:startExecution.sync"}),
            "The resource provided arn:aws:states:::states:startExecution.sync is not recognized",
        ),
        (
            of_states({"S0": {**invoked("n"), "Parameters": [], "End": True}}),
            "Parameters must be an object at /States/S0/Parameters",
        ),
        # AWS knows it, and would not wait for the function.
        (given(invoked("n"), InvocationType="Event"), "Field 'InvocationType' is not supported"),
        (
            chain({key: value for key, value in invoked("n").items() if key != "Parameters"}),
            "Parameters must be an object at /States/S0/Parameters",
        ),
        (given(invoked("n"), FunctionName=None), "The field 'FunctionName' is required but was m"),
        (given(callback("n"), FunctionName=None), "The field 'FunctionName' is required"),
        (given(invoked("n"), Event={}), "Field 'Event' is not supported at /States/S0/Parameters"),
        (given(nested("m"), StateMachineArn=None), "The field 'StateMachineArn' is required"),
        (given(nested("m"), Payload={}), "Field 'Payload' is not supported"),
        (given(callback("n"), Payload={"x.$": "$"}), "$$.Task.Token must be passed on"),
        (given(callback("n"), Payload={"x.$": "$$.Execution.Id"}), "$$.Task.Token must be passed"),
        (chain(task("n", TimeoutSeconds=0)), "Value must be an integer from 1"),
        (chain(task("n", TimeoutSeconds=5, TimeoutSecondsPath="$.t")), "You cannot specify both"),
        (chain(task("n", TimeoutSecondsPath="t")), "Value is not a Reference Path: 't'"),
        (chain(callback("n", HeartbeatSeconds=0)), "Value must be an integer from 1"),
        (
            chain(callback("n", HeartbeatSeconds=60, TimeoutSeconds=60)),
            "HeartbeatSeconds must be smaller than TimeoutSeconds",
        ),
        (chain(task("n", Credentials={})), "Field 'Credentials' is not supported"),
        (chain(task("n", Result=1)), "Field 'Result' is not supported"),
        (chain(task("n", ResultSelector={"x.$": "x"})), "The value for the field 'x.$'"),
    ],
)
def test_a_malformed_task_is_refused(definition: str, message: str) -> None:
    assert message in refusal(definition)


@pytest.mark.parametrize(
    "state",
    [
        task("n", HeartbeatSeconds=5),
        task("n", HeartbeatSecondsPath="$.h", TimeoutSeconds=5),
        callback("n", HeartbeatSeconds=5, TimeoutSecondsPath="$.t"),
        {**invoked("n"), "Parameters": {"FunctionName.$": "$.f"}},
        with_payload({"all.$": "$$"}),
        with_payload({"task.$": "$$.Task"}),
        with_payload({"token.$": "$$['Task']['Token']"}),
        with_payload({"text.$": "States.Format('{}', $$.Task.Token)"}),
        {**task("n"), "Resource": RUN_NODE.replace("aws", "aws-cn")},
    ],
)
def test_a_task_that_aws_takes_is_taken(state: dict[str, Any]) -> None:
    assert parse_definition(chain(state)).states
