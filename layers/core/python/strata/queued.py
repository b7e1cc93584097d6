"""Messages of the queue that starts executions: what fails comes back alone, the rest is done."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from strata import triggers
from strata.http.bodies import read_object
from strata.http.problems import refusal
from strata.http.schemas.parts import Body
from strata.model.errors import StrataError
from strata.observability import record_failure
from strata.platform import Platform

Json = dict[str, Any]

TRIGGER_ID = r"^trg_[0-9a-z]{26}$"


class StartMessage(Body):
    """What a message is, as JSON."""

    trigger_id: Annotated[str, Field(pattern=TRIGGER_ID)]
    token: Annotated[str, Field(max_length=200)]
    inputs: Annotated[dict[str, Any], Field(default_factory=dict)]
    deduplication_id: Annotated[str, Field(min_length=1, max_length=255)]


def start_each(event: Mapping[str, Any], *, platform: Platform) -> Json:
    """Starts what each SQS message asks for, and answers with the messages that failed: SQS sends
    them again, and after some times puts them with the dead letters."""
    failed = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if not _starts(record, platform)
    ]
    return {"batchItemFailures": failed}


def _starts(record: Mapping[str, Any], platform: Platform) -> bool:
    try:
        triggers.start_queued(_read(record["body"]), platform=platform)
    except Exception as error:
        ids = {"message_id": record["messageId"], **_trigger_of(record["body"])}
        record_failure("start_queued", error, platform=platform, ids=ids)
        return False
    return True


def _trigger_of(body: str) -> dict[str, str]:
    """The trigger that the message names, where that much can be read: nothing else of a body may
    stand in a log."""
    try:
        named = read_object(body).get("trigger_id")
    except StrataError:
        return {}
    is_id = isinstance(named, str) and re.fullmatch(TRIGGER_ID, named)
    return {"trigger_id": str(named)} if is_id else {}


def _read(body: str) -> triggers.Message:
    """Raises InvalidRequest, InvalidBody."""
    try:
        message = StartMessage.model_validate(read_object(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise refusal([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None
    return triggers.Message(**message.model_dump())
