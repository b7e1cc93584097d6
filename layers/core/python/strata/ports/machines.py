"""What runs: the state machines of a platform, and the queue that starts them."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol


class MachineMissing(Exception):
    """No state machine has that name."""


class MachineDiffers(Exception):
    """A state machine has that name already, and another definition."""


MachineStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class Machines(Protocol):
    """State machines by name: `<graph id>-<version>-<revision of the compiler>`, and a part of one
    that is too large for one definition: the same with `-<number of the part>`."""

    @property
    def run_node(self) -> str:
        """The ARN of the function behind every node."""
        ...

    @property
    def end_execution(self) -> str:
        """The ARN of the function that writes an execution's end."""
        ...

    def arn(self, machine: str) -> str:
        """The ARN of the machine of that name, whether it exists or not."""
        ...

    def create(self, machine: str, definition: str, *, express: bool = False) -> None:
        """Makes the machine; one that exists already with this definition is left as it is.

        Raises MachineDiffers, Unavailable."""
        ...

    def start(self, machine: str, execution_id: str, given: Mapping[str, Any]) -> None:
        """Starts an execution under that name with that input; one that was started stays as it is.

        Raises MachineMissing, Unavailable."""
        ...

    def stop(self, machine: str, execution_id: str) -> None:
        """Ends the execution as ABORTED: no state of it begins after that. One that has ended, or
        was never started, is left as it is. Raises Unavailable."""
        ...

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        """How the execution fares; None where there is none of that name, or where the platform
        does not tell (an Express machine). Raises Unavailable."""
        ...

    def answer(self, token: str, failure: str | None = None) -> bool:
        """Lets the Task go on that waits for this token: with the result {}, or with the error
        `NodeFailed` and that cause. False where nothing waits for it: it was answered, its time
        was up, its execution has ended, or it was never given out. Raises Unavailable."""
        ...

    def forget(self, machine: str, execution_id: str) -> bool:
        """Lets go of an execution that has ended, for good: a state machine knows its ids. Whether
        nothing is kept that can be let go; one that was never started is forgotten. On AWS a
        history ends by itself after 90 days, and not before."""
        ...

    def delete(self, machine: str) -> None:
        """Raises Unavailable. On AWS an execution that still runs ends at its next state."""
        ...


class Queue(Protocol):
    """At least once, in any order."""

    def send(self, body: str) -> None: ...
