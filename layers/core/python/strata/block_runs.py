"""The run of a block: within its time, with the world it may reach."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from strata import callback_urls, credentials
from strata.blocks.pins import run_block
from strata.model.block import Block, HttpAnswer, HttpCall, Values
from strata.model.errors import NodeError, Unavailable
from strata.model.execution import Run
from strata.model.plan import Plan
from strata.observability import record_failure
from strata.platform import Platform
from strata.redaction import redact, sought


@dataclass(frozen=True, slots=True)
class World:
    """What a running block may reach: see strata.model.block.Context."""

    platform: Platform
    user_id: str
    idempotency_key: str
    deadline: datetime
    run: Run | None = None
    """None where a block runs outside of any execution; so with the plan."""
    plan: Plan | None = None
    secrets: list[str] = field(default_factory=list, repr=False)
    """Of the credentials that were opened for the block: what comes of it must not tell them."""

    def now(self) -> datetime:
        return self.platform.clock.now()

    def callback_url(self, node: str) -> str:
        if self.run is None or self.plan is None:
            raise NodeError("no_execution", "Outside of an execution nothing waits for an event.")
        run = self.run.out_to(self.plan.by_id[node].parent)
        return callback_urls.url_of(run, node, platform=self.platform)

    def send(self, call: HttpCall) -> HttpAnswer:
        if call.credential is None:
            return self.platform.outbound.send(call, {}, None)
        use = credentials.use(self.user_id, call.credential, platform=self.platform)
        self.secrets.extend(use.secrets)
        return self.platform.outbound.send(call, use.headers, use.hosts)

    def tell(self, error: BaseException) -> None:
        """Logs where a block broke off, for whoever keeps the platform running."""
        if isinstance(error, Exception):
            execution_id = self.idempotency_key.partition("/")[0]
            record_failure("run_node", error, platform=self.platform, execution_id=execution_id)


def run_within(seconds: float, block: Block, inputs: Values, world: World) -> Values:
    """The block's outputs. Raises NodeError, Unavailable: `timeout` when the time is up,
    `block_error` for whatever a block did not foresee."""
    attempt = _Attempt(block, inputs, world)
    begun = world.platform.clock.monotonic()
    if block.may_hang:
        attempt.run_apart(seconds)
    else:
        attempt.run()
    spent = world.platform.clock.monotonic() - begun
    if not attempt.is_done or spent > seconds:
        raise NodeError("timeout", f"The node ran longer than {seconds} s.", retryable=True)
    return attempt.result()


def _run_masked(block: Block, inputs: Values, world: World) -> Values:
    """A server that a block asked may repeat what it was asked with, and the block may read how it
    is written: so the secrets are masked in what comes of the block, in the end."""
    try:
        outputs = run_block(block, inputs, world)
    except NodeError as error:
        secrets = sought(world.secrets)
        if not secrets:
            raise
        message = redact(error.message, secrets)
        raise NodeError(error.code, message, retryable=error.retryable) from None
    secrets = sought(world.secrets)
    return {name: redact(value, secrets) for name, value in outputs.items()}


class _Attempt:
    """One run of a block, wherever it runs, and what came of it."""

    def __init__(self, block: Block, inputs: Values, world: World) -> None:
        self.is_done = False
        self._block, self._inputs, self._world = block, inputs, world
        self._outputs: Values = {}
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._outputs = _run_masked(self._block, self._inputs, self._world)
        except BaseException as error:
            self._error = error
        self.is_done = True

    def run_apart(self, seconds: float) -> None:
        """In a thread that is given up after so many seconds."""
        done = threading.Event()

        def run() -> None:
            self.run()
            done.set()

        threading.Thread(target=run, name=f"block-{self._block.name}", daemon=True).start()
        done.wait(seconds)

    def result(self) -> Values:
        error = self._error
        if error is None:
            return self._outputs
        if isinstance(error, NodeError | Unavailable):
            raise error
        self._world.tell(error)
        # Its text may hold anything, a secret too, so the class alone is told.
        kind = type(error).__name__
        raise NodeError("block_error", f"The block broke off unexpectedly ({kind}).")
