"""Small definitions, as short to write as what they are about."""

from typing import Any, NamedTuple

Json = dict[str, Any]

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:work"
ACTIVITY = "arn:aws:states:eu-central-1:123456789012:activity:hands"
TOKEN = {"run.$": "$", "token.$": "$$.Task.Token"}
DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "JSON"},
    "Parameters": {"Bucket": "b", "Key": "k"},
}


class Right(NamedTuple):
    name: str
    definition: Json
    npm: str = ""
    """Why a validator of npm refuses it all the same."""


class Wrong(NamedTuple):
    name: str
    definition: Json | str
    state: str
    field: str
    code: str


def machine(states: Json, **fields: Any) -> Json:
    """Begins with the first state."""
    return {"StartAt": next(iter(states), "A"), "States": states, **fields}


def alone(state: Any, **fields: Any) -> Json:
    """A machine whose one state is `A`."""
    return machine({"A": state}, **fields)


def jsonata(state: Json, **fields: Any) -> Json:
    """The same where the query language is JSONata."""
    return alone(state, QueryLanguage="JSONata", **fields)


def task(**fields: Any) -> Json:
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **fields}


def call(resource: str, given: Any, **fields: Any) -> Json:
    """A task that calls an integration."""
    return task(Resource=f"arn:aws:states:::{resource}", Parameters=given, **fields)


def passing(**fields: Any) -> Json:
    return {"Type": "Pass", "End": True, **fields}


def wait(**fields: Any) -> Json:
    return {"Type": "Wait", "End": True, **fields}


def parallel(*branches: Any, **fields: Any) -> Json:
    return {"Type": "Parallel", "Branches": list(branches), "End": True, **fields}


def mapping(body: Any = None, **fields: Any) -> Json:
    """A Map; its body, if none is given, is the one state `B`."""
    return {"Type": "Map", "ItemProcessor": body or region(B=passing()), "End": True, **fields}


def region(**states: Json) -> Json:
    return machine(states)


def distributed(**fields: Any) -> Json:
    return mapping({**region(B=passing()), "ProcessorConfig": DISTRIBUTED}, **fields)


def choice(*rules: Any, **fields: Any) -> Json:
    """A machine of a Choice `A` and the states `B` and `C` that it leads to."""
    state = {"Type": "Choice", "Choices": list(rules), "Default": "C", **fields}
    return machine({"A": state, "B": {"Type": "Succeed"}, "C": {"Type": "Succeed"}})


def rule(**fields: Any) -> Json:
    return {"Variable": "$.x", **fields, "Next": "B"}


def beside(state: Any) -> Json:
    """A machine in which a Choice leads to the state `A`, and to a state `B`."""
    leads = [{"Variable": "$.x", "IsNull": True, "Next": "A"}]
    first = {"Type": "Choice", "Choices": leads, "Default": "B"}
    return machine({"S": first, "A": state, "B": {"Type": "Succeed"}})


def caught(*catchers: Json, **fields: Any) -> Json:
    """A machine of a task `A` whose failures lead to `B`."""
    return machine({"A": task(Catch=list(catchers), **fields), "B": {"Type": "Fail"}})


def retried(**fields: Any) -> Json:
    return alone(task(Retry=[{"ErrorEquals": ["Busy"], **fields}]))


def given(**parameters: Any) -> Json:
    """A Pass with these parameters; a name with `_` at its end stands for one with `.$`."""
    named = {f"{name[:-1]}.$" if name[-1] == "_" else name: one for name, one in parameters.items()}
    return alone(passing(Parameters=named))


def expression(text: str) -> Json:
    return jsonata(passing(Output={"x": f"{{% {text} %}}"}))
