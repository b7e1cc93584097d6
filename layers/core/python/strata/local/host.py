"""What executions need of their engine, and how they end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from strata.clock import Clock
from strata.local.failures import StateFailed
from strata.local.register import Register
from strata.local.scheduler import Scheduler
from strata.local.states import Machine
from strata.local.tokens import Tokens
from strata.ports import MachineStatus


class Outcome(NamedTuple):
    status: MachineStatus
    output: Any = None
    failure: StateFailed | None = None


ABORTED = Outcome("ABORTED")
TIMED_OUT = Outcome("TIMED_OUT", failure=StateFailed("States.Timeout"))


@dataclass(frozen=True, slots=True)
class Host:
    clock: Clock
    scheduler: Scheduler
    call: Callable[[str, str], str]
    """Calls a function by name with an event, both as JSON text. Raises StateFailed."""
    machine: Callable[[str], Machine | None]
    """The machine of that name, if there is one. Raises InvalidDefinition, Unavailable."""
    tokens: Tokens
    nested: Register
    """The executions that others have started."""
    max_events: int
