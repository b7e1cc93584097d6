"""Failures of states by the names that AWS gives them, and which of them a policy may handle."""

import json
from collections.abc import Sequence
from typing import Any

MAX_PAYLOAD_BYTES = 262_144
MAX_ERROR_LENGTH = 256
MAX_CAUSE_LENGTH = 32_768

# These end an execution, whatever its definition says.
_FATAL = "States.Runtime"
# This one ends it too, unless a policy calls it by its name.
_TERMINAL = "States.DataLimitExceeded"

_TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")


class StateFailed(Exception):
    """A state failed: the error's name and its cause, as `Error` and `Cause` in a catcher."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error = error[:MAX_ERROR_LENGTH]
        self.cause = cause[:MAX_CAUSE_LENGTH]

    @property
    def output(self) -> dict[str, str]:
        return {"Error": self.error, "Cause": self.cause}

    @property
    def is_fatal(self) -> bool:
        return self.error == _FATAL


def is_timeout(error: str) -> bool:
    return error in _TIMEOUTS


def fail(error: StateFailed) -> None:
    raise error


def matches(names: Sequence[str], error: str) -> bool:
    """Whether `ErrorEquals` covers the error: by name or by one of the two wildcards."""
    if error == _FATAL:
        return False
    if error in names:
        return True
    if error == _TERMINAL:
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")


def check_size(text: str, of: str) -> None:
    """Raises StateFailed with States.DataLimitExceeded for JSON text over 256 KiB in UTF-8."""
    if len(text) > MAX_PAYLOAD_BYTES or (
        not text.isascii() and len(text.encode()) > MAX_PAYLOAD_BYTES
    ):
        raise StateFailed(
            _TERMINAL,
            f"The state/task '{of}' returned a result with a size exceeding"
            " the maximum number of bytes service limit.",
        )


def checked(value: Any, of: str) -> Any:
    """The value, if its JSON fits."""
    check_size(to_text(value), of)
    return value


def to_text(value: Any) -> str:
    """Compact JSON. Raises ValueError or TypeError for what JSON does not know, NaN among it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
