"""The states of a parsed machine: what the engine runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from strata.local.amounts import Amount
from strata.local.failures import StateFailed
from strata.local.history import event_type
from strata.local.paths import REPLACES, Context, Reference, Resolve, ResultPath

DEFAULT_TIMEOUT_SECONDS = 99_999_999
STANDARD_SECONDS = 31_536_000
EXPRESS_SECONDS = 300
"""So long an execution lives at most, by the type of its machine."""

UNBOUNDED = Amount(DEFAULT_TIMEOUT_SECONDS)
ALL_AT_ONCE = Amount(0)
"""As far as the platform lets them."""


@dataclass(frozen=True, slots=True)
class Retrier:
    errors: tuple[str, ...]
    interval_seconds: int
    max_attempts: int
    backoff_rate: float
    max_delay_seconds: int | None
    jitter: bool

    def delay(self, attempt: int) -> float:
        """Seconds before retry number `attempt` (from 0), before jitter."""
        most = self.max_delay_seconds or DEFAULT_TIMEOUT_SECONDS
        # Past this exponent every rate above 1 has reached the most; a float would overflow.
        growth: float = self.backoff_rate ** min(attempt, 64)
        return min(self.interval_seconds * growth, most)


@dataclass(frozen=True, slots=True)
class Catcher:
    errors: tuple[str, ...]
    next: str
    result_path: ResultPath


@dataclass(frozen=True, slots=True)
class Flow:
    """What every state has: its input and output; `next` is None where it ends its region.

    A path that is None gives an empty object."""

    name: str
    input_path: Reference | None
    output_path: Reference | None
    next: str | None = None

    kind: ClassVar[str]
    """What the events of its history begin with."""


@dataclass(frozen=True, slots=True)
class Succeed(Flow):
    kind = "SucceedState"


@dataclass(frozen=True, slots=True)
class Fail(Flow):
    kind = "FailState"
    error: Resolve = lambda _data, _context: ""
    cause: Resolve = lambda _data, _context: ""


Test = Callable[[Any, Context], bool]
"""Whether a rule of a Choice holds for its input."""


@dataclass(frozen=True, slots=True)
class Choice(Flow):
    """The first rule that holds tells the next state."""

    kind = "ChoiceState"

    rules: tuple[tuple[Test, str], ...] = ()
    default: str | None = None

    def chosen(self, given: Any, context: Context) -> str:
        """Raises StateFailed."""
        for test, following in self.rules:
            if test(given, context):
                return following
        if self.default is None:
            raise StateFailed(
                "States.NoChoiceMatched", f"No rule of the Choice state '{self.name}' matched"
            )
        return self.default


@dataclass(frozen=True, slots=True)
class Wait(Flow):
    """For so many seconds, or until a moment: one of the two is given."""

    kind = "WaitState"

    seconds: Amount | None = None
    until: Callable[[Any, Context], datetime] | None = None


@dataclass(frozen=True, slots=True)
class Working(Flow):
    """A state with a result."""

    parameters: Resolve | None = None
    result_path: ResultPath = REPLACES


@dataclass(frozen=True, slots=True)
class Pass(Working):
    kind = "PassState"
    result: Resolve | None = None


@dataclass(frozen=True, slots=True)
class Failing(Working):
    """A state whose failure its policies may handle."""

    result_selector: Resolve | None = None
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


class Integration(Enum):
    """What a Task does, and when it has done it."""

    FUNCTION = "the function's result is the Task's"
    INVOKE = "lambda:invoke"
    CALLBACK = "lambda:invoke.waitForTaskToken"
    EXECUTION = "states:startExecution.sync:2"


@dataclass(frozen=True, slots=True)
class Task(Failing):
    kind = "TaskState"
    resource: str = ""
    integration: Integration = Integration.FUNCTION
    timeout: Amount = UNBOUNDED
    heartbeat: Amount | None = None

    def event(self, what: str) -> str:
        """The type of an event in the history."""
        of_function = self.integration is Integration.FUNCTION
        return event_type("LambdaFunction" if of_function else "Task", what)


@dataclass(frozen=True, slots=True)
class Parallel(Failing):
    kind = "ParallelState"
    branches: "tuple[Region, ...]" = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """How the items of a Map become executions of their own."""

    processor: "Machine"
    label: str
    tolerated_count: Amount | None = None
    tolerated_percentage: Amount | None = None


@dataclass(frozen=True, slots=True)
class Map(Failing):
    """Its body runs once for each item; `parameters` make the input of a body."""

    kind = "MapState"

    items: Reference | None = None
    processor: "Region | None" = None
    """The body, within this execution; None where there is a `distribution`."""
    max_concurrency: Amount = ALL_AT_ONCE
    distribution: Distribution | None = None


State = Succeed | Fail | Choice | Wait | Pass | Task | Parallel | Map


@dataclass(frozen=True, slots=True)
class Region:
    """States that run one after another: a machine, a branch of a Parallel, the body of a Map."""

    start_at: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Machine(Region):
    timeout_seconds: int
    express: bool = False
    size: int = 0
    """Characters of its definition."""
