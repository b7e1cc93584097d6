"""The blocks whose end comes later: a time, a person, an event, another graph's execution.

The platform waits (`strata/delays.py`, `strata/waits.py`); `run` is called at the end, and finds
under ANSWER what came of the wait.
"""

import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from strata.blocks.schema import anything, boolean, integer, mapping, number, text
from strata.model.block import ANSWER, Block, Context, Example, Schema, Values
from strata.model.control import (
    APPROVAL,
    CALLBACK_URL,
    EXPIRED,
    MOST_DELAY_SECONDS,
    MOST_WAIT_SECONDS,
    SUB_GRAPH,
    WAIT_FOR_EVENT,
)
from strata.model.errors import InvalidInput, NodeError

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_NO_TIME = "must be a time such as 2026-12-24T18:00:00Z"


def end_of_delay(values: Values, now: datetime) -> datetime:
    """When a delay with these inputs ends that begins now; never before that.

    Raises InvalidInput."""
    for pin, sentence in _wrong_times(values, ()):
        raise InvalidInput(pin, sentence)
    if "until" not in values:
        return now + timedelta(seconds=values["seconds"])
    until = _time(values["until"])
    if until > now + timedelta(seconds=MOST_DELAY_SECONDS):
        raise InvalidInput("until", "must be within a year")
    return max(until, now)


def _wrong_times(constants: Values, linked: Collection[str]) -> Iterator[tuple[str, str]]:
    given = {pin for pin in ("seconds", "until") if pin in constants or pin in linked}
    if not given:
        yield "seconds", "must be given, or that of 'until'"
    elif len(given) > 1:
        yield "seconds", "must not stand beside one of 'until'"
    elif "until" not in linked and isinstance(constants.get("until"), str):
        try:
            _time(constants["until"])
        except InvalidInput:
            yield "until", _NO_TIME


def _time(written: str) -> datetime:
    """RFC 3339, seconds and offset included. Raises InvalidInput."""
    if _RFC_3339.fullmatch(written):
        try:
            return datetime.fromisoformat(written.upper())
        except ValueError:
            pass
    raise InvalidInput("until", _NO_TIME)


def _answer(values: Values) -> Values:
    """What came of the wait."""
    if ANSWER not in values:
        raise NodeError("no_execution", "This block waits, which it can in an execution alone.")
    answer: Values = values[ANSWER]
    return answer


def _delay(values: Values, _: Context) -> Values:
    passed = {"value": values["value"]} if "value" in values else {}
    return {**passed, "waited_seconds": _answer(values)["waited_seconds"]}


def _approval(values: Values, _: Context) -> Values:
    answer, data = _answer(values), values["data"]
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
    answer = _answer(values)
    if EXPIRED in answer:
        seconds = values["expires_seconds"]
        raise NodeError("event_expired", f"No event came within {seconds} seconds.")
    return {name: answer[name] for name in ("body", "headers", "received_at")}


def _callback_url(values: Values, context: Context) -> Values:
    return {"url": context.callback_url(values["node"])}


def _sub_graph(values: Values, _: Context) -> Values:
    """The answer is {"status", "outputs", "error", "execution_id"} of the execution."""
    answer = _answer(values)
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
        name="delay",
        title="Delay",
        description="Hands a value on later: after some seconds, or at a time. Waiting costs "
        "nothing. Give either seconds or until.",
        category="control",
        inputs={
            "seconds": number("How long to wait.", minimum=0, maximum=MOST_DELAY_SECONDS),
            "until": text(
                "When to go on (RFC 3339), at once if that is over.", minLength=1, maxLength=64
            ),
            "value": anything("What is handed on."),
        },
        outputs={
            "value": anything("The same value, if one was given."),
            "waited_seconds": number("How long it has waited."),
        },
        run=_delay,
        example=Example(
            inputs={"seconds": 3600, "value": "later", ANSWER: {"waited_seconds": 3600.0}},
            outputs={"value": "later", "waited_seconds": 3600.0},
        ),
        behaviour="delay",
        faults=_wrong_times,
    ),
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
