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


def chain(*states: State, **machine: Any) -> str:
    """The states one after another, named S0, S1 …, or by what they run."""
    names = [state.get("Parameters", {}).get("node", f"S{at}") for at, state in enumerate(states)]
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
