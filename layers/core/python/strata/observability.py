"""Logs and metrics: JSON lines on one stream, standard output unless `direct` says otherwise.

| metrics in the namespace `Strata`                           | dimensions                         |
| ----------------------------------------------------------- | ---------------------------------- |
| Requests, ClientErrors, ServerErrors (counts), Latency (ms) | stage · + function · + its route   |
| Executions (count), ExecutionDuration (s)                   | stage · + status                   |
| Nodes, NodeFailures (counts), NodeDuration (s)              | stage · + block                    |
| Repairs, FailedRepairs (counts)                             | stage · Repairs also + repair      |
| AuditFailures (count): entries of the audit log that are lost | stage                            |

Nothing secret: a line holds ids, names that this code has given, and numbers. No body, header,
query or value; of an error its class and where it was raised, for its message may repeat these.
"""

import json
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import TextIOBase
from typing import IO, TYPE_CHECKING, Any, cast

from strata.model.errors import ProviderUnavailable, StrataError
from strata.platform import Platform

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

NAMESPACE = "Strata"
SERVICE = "strata"


Stream = IO[str] | TextIOBase


class _Sink:
    """The stream of logs and metrics: whole lines, from any thread, to where it points now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.stream: Stream | None = None

    def write(self, text: str) -> int:
        with self._lock:
            return (self.stream or sys.stdout).write(text)

    def flush(self) -> None:
        with self._lock:
            (self.stream or sys.stdout).flush()


_SINK = _Sink()


def direct(stream: Stream | None) -> None:
    """Sends logs and metrics to that stream from now on; None is standard output."""
    _SINK.stream = stream


@cache
def _logger() -> "Logger":
    """The Logger of this process."""
    from aws_lambda_powertools import Logger

    stream = cast("IO[str]", _SINK)
    return Logger(SERVICE, stream=stream, utc=True, use_rfc3339=True, location=None)


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """One request that was answered; `route` as API Gateway writes it, or `unknown`."""

    function: str
    route: str
    status: int
    seconds: float
    request_id: str
    ids: Mapping[str, str] = field(default_factory=dict)
    """Of the user, and of what the request was about."""


def record_request(seen: RequestSeen, error: Exception | None, *, platform: Platform) -> None:
    """A log line and the metrics of one request; `error` is what its answer came from."""
    failed = seen.status >= 500
    fields = {
        "function": seen.function,
        "route": seen.route,
        "status": seen.status,
        "milliseconds": round(seen.seconds * 1000, 3),
        "request_id": seen.request_id,
        **seen.ids,
        "code": error.code if isinstance(error, StrataError) else None,
    }
    _log("request", fields, error if failed else None, platform)
    values = {
        "Requests": ("Count", 1),
        "ClientErrors": ("Count", int(400 <= seen.status < 500)),
        "ServerErrors": ("Count", int(failed)),
        "Latency": ("Milliseconds", seen.seconds * 1000),
    }
    function = {"function": seen.function}
    _measure(values, [function, {**function, "route": seen.route}], platform)


def record_execution(
    execution_id: str, status: str, seconds: float | None, *, platform: Platform
) -> None:
    """The end of an execution; `seconds` since its start, None if it never started."""
    fields = {"execution_id": execution_id, "status": status, "seconds": seconds}
    _log("execution ended", fields, None, platform)
    values: dict[str, tuple[str, float]] = {"Executions": ("Count", 1)}
    if seconds is not None:
        values["ExecutionDuration"] = ("Seconds", seconds)
    _measure(values, [{"status": status}], platform)


def record_node(
    execution_id: str, node: str, block: str, status: str, seconds: float, *, platform: Platform
) -> None:
    """The end of a node; `block` is a name of the registry. One line for both log and metrics,
    since there are many of them."""
    told = {"execution_id": execution_id, "node": node, "node_status": status}
    values = {
        "Nodes": ("Count", 1),
        "NodeFailures": ("Count", int(status == "FAILED")),
        "NodeDuration": ("Seconds", seconds),
    }
    _measure(values, [{"block": block}], platform, told)


def record_failure(
    function: str,
    error: Exception,
    *,
    platform: Platform,
    execution_id: str | None = None,
    ids: Mapping[str, str] | None = None,
) -> None:
    """An error that a function had no answer for; `ids` of what it was about besides."""
    fields = {"function": function, "execution_id": execution_id, **(ids or {})}
    _log("failure", fields, error, platform)


def record_repairs(repaired: Mapping[str, int], failed: int, *, platform: Platform) -> None:
    """What a sweep had to repair, by what it was, and what it could not. Each line counts for the
    stage too, so there is none for the sum."""
    _measure({"FailedRepairs": ("Count", failed)}, [], platform)
    for what, count in repaired.items():
        _measure({"Repairs": ("Count", count)}, [{"repair": what}], platform)
    if not repaired:
        _measure({"Repairs": ("Count", 0)}, [], platform)


def record_audited(entry: Mapping[str, str], *, platform: Platform) -> None:
    """The line beside an entry of the audit log."""
    _log("audit", entry, None, platform)


def record_unaudited(entry: Mapping[str, str], error: Exception, *, platform: Platform) -> None:
    """An entry that the audit log lacks: this line is all there is of it."""
    _log("audit failed", entry, error, platform)
    _measure({"AuditFailures": ("Count", 1)}, [], platform)


def record_keeping(command: str, outcome: Mapping[str, object], *, platform: Platform) -> None:
    """What a person or the schedule had done to this environment, in numbers."""
    counts = {name: one for name, one in outcome.items() if isinstance(one, int)}
    _log("maintenance", {"command": command, **counts}, None, platform)


def record_dead_letter(message_id: str, receives: int, *, platform: Platform) -> None:
    """A message that is handed out no more, after so many times."""
    fields = {"message_id": message_id, "receives": receives}
    log = _logger()
    log.setLevel(platform.settings.log_level)
    log.error("dead letter", extra=fields)


def _log(
    message: str, fields: Mapping[str, Any], error: Exception | None, platform: Platform
) -> None:
    told = {name: value for name, value in fields.items() if value is not None}
    log = _logger()
    log.setLevel(platform.settings.log_level)
    if error is None:
        log.info(message, extra=told)
    elif isinstance(error, ProviderUnavailable):
        # Somebody else's failure, which any user can bring about: its code says all.
        log.warning(message, extra=told)
    else:
        log.error(message, extra={**told, "errors": list(_chain(error))})


def _chain(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The error and what it came from: classes and places, no messages. One that is raised again
    where it is handled may have come from itself."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.walk_tb(error.__traceback__)
        yield {
            "class": type(error).__qualname__,
            "code": _code(error),
            "stack": [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
                      for frame, line in frames],
        }  # fmt: skip
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _code(error: BaseException) -> str | None:
    """The code that AWS gave, such as `ThrottlingException`: it tells much and repeats nothing."""
    response = getattr(error, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None


def _measure(
    values: Mapping[str, tuple[str, float]],
    sets: list[dict[str, str]],
    platform: Platform,
    told: Mapping[str, str] | None = None,
) -> None:
    """Writes the values (unit and number by name) in CloudWatch's embedded metric format; what is
    `told` besides can be searched for and is no dimension."""
    # Written out: a node is over faster than Powertools' class for this is made, and its shared
    # instance would mix what parallel threads measure.
    stage = platform.settings.stage
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["stage"], *(["stage", *dimensions] for dimensions in sets)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (unit, _) in values.items()],
    }
    document: dict[str, Any] = {
        "_aws": {
            "Timestamp": int(platform.clock.now().timestamp() * 1000),
            "CloudWatchMetrics": [directive],
        },
        "stage": stage,
    }
    for more in (*sets, told or {}):
        document |= more
    document |= {name: [float(value)] for name, (_, value) in values.items()}
    _SINK.write(json.dumps(document, separators=(",", ":")) + "\n")
    _SINK.flush()
