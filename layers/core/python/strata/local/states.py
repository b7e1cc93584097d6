"""The states of a parsed machine: what the engine runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from strata.local.paths import REPLACES, Reference, Resolve, ResultPath

DEFAULT_TIMEOUT_SECONDS = 99_999_999
STANDARD_SECONDS = 31_536_000
EXPRESS_SECONDS = 300
"""So long an execution lives at most, by the type of its machine."""


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


@dataclass(frozen=True, slots=True)
class Succeed(Flow):
    pass


@dataclass(frozen=True, slots=True)
class Fail(Flow):
    error: Resolve = lambda _data, _context: ""
    cause: Resolve = lambda _data, _context: ""


@dataclass(frozen=True, slots=True)
class Working(Flow):
    """A state with a result."""

    parameters: Resolve | None = None
    result_path: ResultPath = REPLACES


@dataclass(frozen=True, slots=True)
class Pass(Working):
    result: Resolve | None = None


@dataclass(frozen=True, slots=True)
class Failing(Working):
    """A state whose failure its policies may handle."""

    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True)
class Task(Failing):
    resource: str = ""
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Parallel(Failing):
    branches: "tuple[Region, ...]" = ()


State = Succeed | Fail | Pass | Task | Parallel


@dataclass(frozen=True, slots=True)
class Region:
    """States that run one after another: a machine, or a branch of a Parallel."""

    start_at: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Machine(Region):
    timeout_seconds: int
    express: bool = False
    size: int = 0
    """Characters of its definition."""
