"""The run of a block: in a thread of its own, within its time, with the world it may reach."""

import threading
from dataclasses import dataclass
from datetime import datetime

from strata import credentials
from strata.blocks.pins import run_block
from strata.model.block import Block, HttpAnswer, HttpCall, Values
from strata.model.errors import NodeError, Unavailable
from strata.platform import Platform


@dataclass(frozen=True, slots=True)
class World:
    """What a running block may reach: see strata.model.block.Context."""

    platform: Platform
    user_id: str
    idempotency_key: str
    deadline: datetime

    def now(self) -> datetime:
        return self.platform.clock.now()

    def send(self, call: HttpCall) -> HttpAnswer:
        if call.credential is None:
            return self.platform.outbound.send(call, {}, None)
        use = credentials.use(self.user_id, call.credential, platform=self.platform)
        return self.platform.outbound.send(call, use.headers, use.hosts)


def run_within(seconds: float, block: Block, inputs: Values, world: World) -> Values:
    """The block's outputs. Raises NodeError; `timeout` when the time is up, `block_error` for
    whatever a block did not foresee."""
    attempt = _Attempt(block, inputs, world)
    attempt.start()
    attempt.join(seconds)
    return attempt.result(seconds)


class _Attempt(threading.Thread):
    """A thread, since nothing else gives up on a block that does not come back."""

    def __init__(self, block: Block, inputs: Values, world: World) -> None:
        super().__init__(name=f"block-{block.name}", daemon=True)
        self._block, self._inputs, self._world = block, inputs, world
        self._outputs: Values | None = None
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._outputs = run_block(self._block, self._inputs, self._world)
        except Exception as error:
            self._error = error

    def result(self, seconds: float) -> Values:
        if isinstance(self._error, NodeError | Unavailable):
            raise self._error
        if self._error is not None:
            # Its text may hold anything, a secret too, so the class alone is told.
            kind = type(self._error).__name__
            raise NodeError("block_error", f"The block broke off unexpectedly ({kind}).")
        if self._outputs is None:
            raise NodeError("timeout", f"The node ran longer than {seconds} s.", retryable=True)
        return self._outputs
