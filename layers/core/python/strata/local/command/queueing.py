"""`strata enqueue`: a message for the queue of an embedded platform, whether it runs or not."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from strata.clock import Clock
from strata.local.command.faults import validation_lines
from strata.local.command.refusals import MISUSED, Refusal, check_kept
from strata.local.database import FolderRefused
from strata.local.platform import enqueue
from strata.queued import StartMessage

Json = dict[str, Any]


def send(folder: Path, message: Json, clock: Clock) -> str:
    """Puts the message into the folder's queue; one without `deduplication_id` gets a new one,
    which is returned. Raises Refusal."""
    # A message could only wait there for a trigger that does not exist.
    check_kept(folder)
    message = {**message, "deduplication_id": message["deduplication_id"] or clock.new_id("msg")}
    try:
        body = StartMessage.model_validate(message).model_dump()
        enqueue(folder, json.dumps(body, ensure_ascii=False), clock)
    except ValidationError as error:
        lines = validation_lines(error.errors(), message)
        raise Refusal("The message cannot be sent:", lines, exit_code=MISUSED) from None
    except (ValueError, FolderRefused) as error:
        raise Refusal(str(error)) from error
    return str(message["deduplication_id"])
