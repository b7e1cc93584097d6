"""Messages of the queue that starts executions: what fails comes back alone, the rest is done."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from strata import triggers
from strata.http.bodies import read_object
from strata.http.problems import refusal
from strata.http.schemas.parts import Body
from strata.observability import record_failure
from strata.platform import Platform

Json = dict[str, Any]


class StartMessage(Body):
    """What a message is, as JSON."""

    trigger_id: Annotated[str, Field(pattern=r"^trg_[0-9a-z]{26}$")]
    token: Annotated[str, Field(max_length=200)]
    inputs: Annotated[dict[str, Any], Field(default_factory=dict)]
    deduplication_id: Annotated[str, Field(min_length=1, max_length=255)]


def start_each(event: Mapping[str, Any], *, platform: Platform) -> Json:
    """Starts what each SQS message asks for, and answers with the messages that failed: SQS sends
    them again, and after some times puts them with the dead letters."""
    failed = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if not _starts(record["body"], platform)
    ]
    return {"batchItemFailures": failed}


def _starts(body: str, platform: Platform) -> bool:
    try:
        triggers.start_queued(_read(body), platform=platform)
    except Exception as error:
        record_failure("start_queued", error, platform=platform)
        return False
    return True


def _read(body: str) -> triggers.Message:
    """Raises InvalidRequest, InvalidBody."""
    try:
        message = StartMessage.model_validate(read_object(body))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise refusal([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None
    return triggers.Message(**message.model_dump())
