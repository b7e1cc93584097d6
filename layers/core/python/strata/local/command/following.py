"""An execution watched to its end; what it waits for on the way is seen to."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from strata.clock import Clock
from strata.local.command.attending import Attendant
from strata.local.command.awaited import Awaited
from strata.local.command.client import Client
from strata.local.command.snapshot import Snapshot, snapshot
from strata.local.command.watching import Show, Watcher

Json = dict[str, Any]

POLL_SECONDS = 0.04
_BUSY_SHARE = 3
"""So much longer than asking takes, nothing is asked: the nodes shall have the processor."""
_MOST_SECONDS = 1
_IDLE_SHARE = 1 / 20
"""Of the time in which nothing has changed: a run that waits for hours is not asked for often."""


class Following:
    """One execution of the graph whose nodes have these labels."""

    def __init__(
        self, execution_id: str, labels: Mapping[str, str], client: Client, clock: Clock
    ) -> None:
        self._execution_id = execution_id
        self._labels = labels
        self._client = client
        self._clock = clock
        self._last: Sequence[object] = ()
        self._changed_at = clock.monotonic()

    def to_the_end(
        self, watcher: Watcher, told: Console, attendant: Attendant
    ) -> tuple[Json, Snapshot]:
        """The execution as it ended. A question has the terminal to itself."""
        while True:
            with watcher(told) as show:
                execution, seen, question = self._to_a_question(show, attendant)
            if question is None:
                return execution, seen
            attendant.ask(question)

    def _to_a_question(
        self, show: Show, attendant: Attendant
    ) -> tuple[Json, Snapshot, Awaited | None]:
        while True:
            began = self._clock.monotonic()
            execution = self._client.execution(self._execution_id)
            # Asked for after the execution: if that has ended, all that is told of nodes is final.
            nodes = self._client.nodes(self._execution_id, values=False)
            seen = snapshot(execution, nodes, self._labels, self._clock.now())
            show(seen)
            question = None if seen.status.is_final else attendant.look(nodes)
            if seen.status.is_final or question is not None:
                return execution, seen, question
            self._clock.sleep(self._pause(seen, began))

    def _pause(self, seen: Snapshot, began: float) -> float:
        now = self._clock.monotonic()
        state = [(node.status, node.attempts, node.items) for node in seen.nodes]
        if state != self._last:
            self._last, self._changed_at = state, now
        idle = (now - self._changed_at) * _IDLE_SHARE
        return max(POLL_SECONDS, (now - began) * _BUSY_SHARE, min(_MOST_SECONDS, idle))
