"""Definitions written by hand, in few words."""

import json
from collections.abc import Mapping
from typing import Any

State = dict[str, Any]
RUN_NODE = "arn:aws:lambda:local:000000000000:function:run_node"


def task(node: str, **more: Any) -> State:
    """Its result replaces its input, unless `more` says otherwise."""
    return {"Type": "Task", "Resource": RUN_NODE, "Parameters": {"node": node}, **more}


ENDS = ("Succeed", "Fail")


def chain(*states: State, prefix: str = "S", **machine: Any) -> str:
    """The states one after another, named S0, S1 …, or by what they run."""
    names = [
        state.get("Parameters", {}).get("node", f"{prefix}{at}") for at, state in enumerate(states)
    ]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    linked = {
        name: state if state["Type"] in ENDS or "Next" in state else {**state, **then}
        for name, state, then in zip(names, states, following, strict=True)
    }
    return of_states(linked, **machine)


def of_states(states: Mapping[str, State], **machine: Any) -> str:
    """A machine that starts with the first of them."""
    return json.dumps({"StartAt": next(iter(states)), "States": states, **machine})


def parallel(*branches: State, **more: Any) -> State:
    """Each branch is one state, named by the node that it runs."""
    return {
        "Type": "Parallel",
        "Branches": [branch(f"B{at}", state) for at, state in enumerate(branches)],
        **more,
    }


def branch(name: str, state: State) -> State:
    name = state.get("Parameters", {}).get("node", name)
    end = {} if state["Type"] in ENDS else {"End": True}
    return {"StartAt": name, "States": {name: {**state, **end}}}


def retrier(*errors: str, **more: Any) -> State:
    return {"ErrorEquals": list(errors), **more}


def catcher(following: str, *errors: str, **more: Any) -> State:
    return {"ErrorEquals": list(errors or ["States.ALL"]), "Next": following, **more}


def body(*states: State, prefix: str = "I") -> State:
    """What a Map runs for each of its items: the states one after another, named I0, I1 …"""
    found: State = json.loads(chain(*states, prefix=prefix))
    return found


def mapped(*states: State, prefix: str = "I", **more: Any) -> State:
    """A Map over its input, within the execution."""
    return {"Type": "Map", "ItemProcessor": body(*states, prefix=prefix), **more}


def distributed(*states: State, kind: str = "STANDARD", prefix: str = "I", **more: Any) -> State:
    """A Map over its input, each item an execution of its own."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    processor = {"ProcessorConfig": config, **body(*states, prefix=prefix)}
    return {"Type": "Map", "ItemProcessor": processor, **more}


def item_task(node: str, **more: Any) -> State:
    """A task that is told its input."""
    return task(node, **more) | {"Parameters": {"node": node, "given.$": "$"}}


def invoked(node: str, **more: Any) -> State:
    return _integrated("arn:aws:states:::lambda:invoke", {"node": node}, **more)


def callback(node: str, **more: Any) -> State:
    """The function is told the token."""
    payload = {"node": node, "token.$": "$$.Task.Token"}
    return _integrated("arn:aws:states:::lambda:invoke.waitForTaskToken", payload, **more)


def _integrated(resource: str, payload: State, **more: Any) -> State:
    parameters = {"FunctionName": RUN_NODE, "Payload": payload}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **more}


def nested(machine: str, **more: Any) -> State:
    """Runs the machine under the execution's name with `-` and the machine's."""
    parameters = {
        "StateMachineArn": f"arn:aws:states:local:000000000000:stateMachine:{machine}",
        "Input.$": "$",
        "Name.$": f"States.Format('{{}}-{machine}', $$.Execution.Name)",
    }
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": parameters,
        **more,
    }
