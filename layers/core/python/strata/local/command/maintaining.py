"""What the function `maintain` is asked for by hand: on an embedded platform, whether it runs or
not, or on a stage of AWS with the caller's own credentials."""

import json
from pathlib import Path
from typing import Any

from strata.clock import SystemClock
from strata.local.beside import call_beside
from strata.local.command.refusals import Refusal, check_kept
from strata.local.database import FolderRefused
from strata.local.failures import StateFailed

Json = dict[str, Any]


def asked(event: Json, folder: Path, stage: str) -> Json:
    """What was done; on AWS if a stage is named. Raises Refusal."""
    answer = _on_aws(event, stage) if stage else _here(event, folder)
    if "error" in answer:
        raise Refusal(answer["error"]["message"])
    return answer


def _here(event: Json, folder: Path) -> Json:
    check_kept(folder)
    try:
        answer: Json = call_beside(folder, "maintain", event, SystemClock())
    except FolderRefused as error:
        raise Refusal(str(error)) from error
    except StateFailed as error:
        raise Refusal(f"It could not be done: {_message(error)}") from error
    return answer


def _message(error: StateFailed) -> str:
    told: str = json.loads(error.cause or "{}").get("errorMessage", error.error)
    return told


def _on_aws(event: Json, stage: str) -> Json:
    from strata.aws.commands import CallFailed, call

    try:
        answer: Json = call(stage, "maintain", event)
    except CallFailed as error:
        raise Refusal(str(error)) from error
    return answer
