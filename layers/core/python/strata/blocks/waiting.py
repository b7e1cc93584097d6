"""The blocks whose end is told: by a person, an event, another graph's execution.

The platform waits (`strata/delays.py`, `strata/waits.py`); `run` is called at the end, and finds
under ANSWER what came of the wait.
"""

from typing import Any

from strata.blocks.answers import answer_of
from strata.blocks.schema import anything, boolean, integer, mapping, text
from strata.model.block import ANSWER, Block, Context, Example, Schema, Values
from strata.model.control import (
    APPROVAL,
    CALLBACK_URL,
    EXPIRED,
    MOST_WAIT_SECONDS,
    SUB_GRAPH,
    WAIT_FOR_EVENT,
)
from strata.model.errors import NodeError


def _approval(values: Values, _: Context) -> Values:
    answer, data = answer_of(values), values["data"]
    if EXPIRED not in answer:
        decision = {name: answer[name] for name in ("approve", "by", "at")}
    elif values["on_expiry"] == "reject":
        decision = {"approve": False, "by": None, "at": answer[EXPIRED]}
    else:
        seconds = values["expires_seconds"]
        raise NodeError("approval_expired", f"Nobody decided within {seconds} seconds.")
    if decision["approve"]:
        return {"approved": answer.get("data", data), "decision": decision}
    return {"rejected": data, "decision": decision}


def _wait_for_event(values: Values, _: Context) -> Values:
    answer = answer_of(values)
    if EXPIRED in answer:
        seconds = values["expires_seconds"]
        raise NodeError("event_expired", f"No event came within {seconds} seconds.")
    return {name: answer[name] for name in ("body", "headers", "received_at")}


def _callback_url(values: Values, context: Context) -> Values:
    return {"url": context.callback_url(values["node"])}


def _sub_graph(values: Values, _: Context) -> Values:
    """The answer is {"status", "outputs", "error", "execution_id"} of the execution."""
    answer = answer_of(values)
    if EXPIRED in answer:
        seconds = values["expires_seconds"]
        raise NodeError("sub_graph_timed_out", f"The sub-graph ran longer than {seconds} seconds.")
    execution_id, status = answer["execution_id"], answer["status"]
    if status == "CANCELLED":
        raise NodeError("sub_graph_cancelled", f"The execution {execution_id} was cancelled.")
    if status == "TIMED_OUT":
        raise NodeError("sub_graph_timed_out", f"The time of the execution {execution_id} was up.")
    if status != "COMPLETED":
        raise NodeError("sub_graph_failed", _failure(execution_id, answer["error"] or {}))
    return {"outputs": answer["outputs"], "execution_id": execution_id}


def _failure(execution_id: str, error: Values) -> str:
    """Without its message, which may hold what the sub-graph was given as a secret."""
    where = f" at the node '{error['node']}'" if error.get("node") else ""
    return f"The execution {execution_id} failed with {error.get('code')}{where}."


def _expires(default: int, of: str) -> Schema:
    about = f"How long {of} is waited for."
    return integer(about, default=default, minimum=1, maximum=MOST_WAIT_SECONDS)


_AT = "2026-11-21T00:31:00.000Z"
_PERSON = "usr_01kmmzzzzzzzzzzzzzzzzzzzz0"
_EXECUTION = "exe_01kmmzzzzzzzzzzzzzzzzzzzz2"
_GRAPH = "gph_01kmmzzzzzzzzzzzzzzzzzzzz1"
_DECISION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "approve": boolean("Whether it was approved."),
        "by": {"type": ["string", "null"], "description": "Id of the user; null: nobody in time."},
        "at": text("When, in UTC."),
    },
    "required": ["approve", "by", "at"],
}

BLOCKS = (
    Block(
        name=APPROVAL,
        title="Approval",
        description="Waits for a person who approves or rejects, and may change the data on the "
        "way.",
        category="control",
        inputs={
            "data": anything("What is to be approved.", default=None),
            "message": text("What the person is asked.", default="", maxLength=10_000),
            "expires_seconds": _expires(604_800, "a decision"),
            "on_expiry": text(
                "What happens when nobody decides in time.",
                enum=["fail", "reject"],
                default="fail",
            ),
        },
        outputs={
            "approved": anything("The data, changed or not, if it was approved."),
            "rejected": anything("The data, if it was rejected."),
            "decision": {**_DECISION, "description": "Who decided what, and when."},
        },
        run=_approval,
        example=Example(
            inputs={
                "data": {"amount": 120},
                "message": "Pay this?",
                ANSWER: {"approve": True, "by": _PERSON, "at": _AT, "data": {"amount": 100}},
            },
            outputs={
                "approved": {"amount": 100},
                "decision": {"approve": True, "by": _PERSON, "at": _AT},
            },
        ),
        behaviour="wait",
        constant_pins=("expires_seconds", "on_expiry"),
    ),
    Block(
        name=WAIT_FOR_EVENT,
        title="Wait for an event",
        description="Waits until somebody posts to its secret URL, which a node callback_url hands "
        "out. What was posted before it waits is kept; the first event counts.",
        category="control",
        inputs={
            "after": anything("The node waits once this has come, whatever it is."),
            "expires_seconds": _expires(86_400, "the event"),
        },
        outputs={
            "body": anything("What was posted: a JSON value, or text."),
            "headers": mapping(
                "Headers of the request that hold no secret, names in lower case.",
                additionalProperties={"type": "string"},
            ),
            "received_at": text("When it came, in UTC."),
        },
        run=_wait_for_event,
        example=Example(
            inputs={
                ANSWER: {
                    "body": {"paid": True},
                    "headers": {"content-type": "application/json"},
                    "received_at": _AT,
                }
            },
            outputs={
                "body": {"paid": True},
                "headers": {"content-type": "application/json"},
                "received_at": _AT,
            },
        ),
        behaviour="wait",
        constant_pins=("expires_seconds",),
    ),
    Block(
        name=CALLBACK_URL,
        title="Callback URL",
        description="The secret URL that a node wait_for_event of this graph is told its event at, "
        "to be handed out before that waits.",
        category="control",
        inputs={"node": text("Id of the node that waits.", minLength=1, maxLength=64)},
        required=("node",),
        outputs={"url": text("Where the event is to be posted, once.")},
        run=_callback_url,
        example=Example(
            inputs={"node": "paid"},
            outputs={"url": "https://api.example.com/v1/callbacks/paid"},
        ),
        constant_pins=("node",),
    ),
    Block(
        name=SUB_GRAPH,
        title="Sub-graph",
        description="Runs another of your graphs as an execution of its own, and hands on its "
        "outputs.",
        category="control",
        inputs={
            "graph_id": text("Id of the graph.", minLength=1, maxLength=64),
            "version": integer(
                "The version to run; the active one if not set.", minimum=1, maximum=999_999
            ),
            "inputs": mapping("Its inputs by name.", default={}),
            "expires_seconds": _expires(86_400, "its end"),
        },
        required=("graph_id",),
        outputs={
            "outputs": mapping("Its outputs by name."),
            "execution_id": text("Id of its execution."),
        },
        run=_sub_graph,
        example=Example(
            inputs={
                "graph_id": _GRAPH,
                "inputs": {"year": 2014},
                ANSWER: {
                    "status": "COMPLETED",
                    "outputs": {"rain": 1231.6},
                    "error": None,
                    "execution_id": _EXECUTION,
                },
            },
            outputs={"outputs": {"rain": 1231.6}, "execution_id": _EXECUTION},
        ),
        behaviour="wait",
        constant_pins=("graph_id", "version", "expires_seconds"),
    ),
)
