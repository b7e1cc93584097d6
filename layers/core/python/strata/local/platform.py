"""The embedded platform: all of Strata in one process and one folder.

strata.sqlite    items, messages, state machines and executions
blobs/           large values
vault/           master keys, and signing keys sealed with them
outbox           letters to users, JSON lines
strata.log       logs and metrics, JSON lines; older ones beside it
"""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType

from strata import observability
from strata.catalogue import BY_NAME
from strata.clock import Clock, SystemClock
from strata.local.bell import Bell
from strata.local.blobs import LocalBlobs
from strata.local.consumer import Consumer
from strata.local.database import Database, FolderRefused
from strata.local.folder import BELL, BLOBS, DATABASE, LOG, OUTBOX, VAULT, FolderLock
from strata.local.functions import Functions
from strata.local.history import MAX_EVENTS
from strata.local.log import RotatingLog
from strata.local.machines import LocalMachines
from strata.local.outbox import Outbox
from strata.local.queue import LocalQueue
from strata.local.scheduler import WORKERS, Scheduler
from strata.local.store import LocalTable
from strata.local.vault import LocalVault
from strata.model.block import Registry
from strata.model.errors import Unavailable
from strata.outbound import GuardedClient
from strata.platform import Platform
from strata.reconciling import GRACE_SECONDS
from strata.settings import Settings, WrongSetting

SWEEP_SECONDS = 60
MAINTAIN_AFTER_SECONDS = 60
"""By then it is clear that the platform stays up, and is not that of one run."""

FUNCTIONS = Path(__file__).resolve().parents[5] / "functions"
"""The repository's, which the package is installed from in editable form."""


@dataclass(frozen=True, slots=True)
class LocalPlatform:
    """A platform that runs; `close` lets its functions come to their end and keeps all that waits
    for the next start."""

    platform: Platform
    functions: Functions
    machines: LocalMachines
    queue: LocalQueue
    blobs: LocalBlobs
    scheduler: Scheduler
    on_close: ExitStack

    def reached_at(self, url: str) -> None:
        """From here on its functions hand out URLs of this address, unless a setting names one."""
        settings = self.platform.settings
        if not settings.public_url:
            reached = replace(settings, public_url=url)
            self.functions.platform = replace(self.platform, settings=reached)

    def close(self) -> None:
        self.on_close.close()

    def __enter__(self) -> "LocalPlatform":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_platform(
    folder: Path,
    *,
    clock: Clock | None = None,
    settings: Settings | None = None,
    functions: Path = FUNCTIONS,
    workers: int = WORKERS,
    max_events: int = MAX_EVENTS,
) -> LocalPlatform:
    """Opens the folder or makes it, and goes on with what was under way when it was last closed.

    `functions` holds a folder for each function, `workers` bounds the Tasks that run at once,
    `max_events` the history of an execution. Raises FolderRefused or
    WrongSetting with a sentence for its user."""
    clock, settings = clock or SystemClock(), settings or Settings()
    with ExitStack() as stack:
        stack.callback(FolderLock(folder).release)
        direct_log(folder, stack)
        database = Database(folder / DATABASE)
        stack.callback(database.close)
        scheduler = Scheduler(clock, workers)
        stack.callback(scheduler.close)
        called = Functions(functions, clock)
        machines = LocalMachines(database, clock, scheduler, called, max_events)
        bell = Bell(folder / BELL)
        stack.callback(bell.close)
        queue = LocalQueue(database, clock, bell)
        table = LocalTable(database, clock)
        blobs = LocalBlobs(folder / BLOBS, clock)
        called.platform = platform = assembled(
            folder, settings, clock, table, blobs, machines, queue
        )
        scheduler.on_error = partial(_report, platform=platform)
        queue.on_dead = partial(observability.record_dead_letter, platform=platform)
        machines.resume()
        _reconcile(called, scheduler, clock)
        _maintain(called, scheduler, clock, MAINTAIN_AFTER_SECONDS)
        _consume(Consumer(queue, scheduler, called), bell)
        return LocalPlatform(platform, called, machines, queue, blobs, scheduler, stack.pop_all())


def assembled(
    folder: Path,
    settings: Settings,
    clock: Clock,
    table: LocalTable,
    blobs: LocalBlobs,
    machines: LocalMachines,
    queue: LocalQueue,
) -> Platform:
    """The platform of a folder out of the parts that need others. Raises FolderRefused, or
    WrongSetting."""
    return Platform(
        settings=settings,
        clock=clock,
        table=table,
        blobs=blobs,
        vault=_open_vault(folder / VAULT, clock),
        machines=machines,
        queue=queue,
        notifier=Outbox(folder / OUTBOX, clock),
        outbound=_outbound(settings, clock),
        blocks=_load_blocks,
        process=clock.new_id("prc"),
    )


def _outbound(settings: Settings, clock: Clock) -> GuardedClient:
    try:
        return GuardedClient(settings.allowed_upstream, clock)
    except ValueError as error:
        raise WrongSetting(f"STRATA_ALLOWED_UPSTREAM cannot be used: {error}") from None


def _reconcile(functions: Functions, scheduler: Scheduler, clock: Clock) -> None:
    """What the last process left halfway; then now and again, as the schedule does on AWS."""

    def sweep(grace_seconds: float) -> None:
        # Any other clock is moved on as long as something waits: it would never come to rest.
        if type(clock) is SystemClock:
            # Before the call, which may fail: there is a next one all the same.
            scheduler.after(SWEEP_SECONDS, lambda: lambda: sweep(GRACE_SECONDS))
        if functions.platform is not None:
            functions.platform.opened_keys.drop_old(clock)
        functions.call("reconcile", {"grace_seconds": grace_seconds})

    scheduler.submit(lambda: sweep(0))


def _maintain(functions: Functions, scheduler: Scheduler, clock: Clock, seconds: float) -> None:
    """Each day, as the schedule does on AWS; a call that fails does not end the days."""
    if type(clock) is not SystemClock:
        return

    def call() -> None:
        each_day = 60 * BY_NAME["maintain"].every_minutes
        _maintain(functions, scheduler, clock, each_day)
        functions.call("maintain", {})

    scheduler.after(seconds, lambda: call)


def _consume(consumer: Consumer, bell: Bell) -> None:
    consumer.start()
    bell.listen(consumer.notice)
    # For what was sent between the two.
    consumer.notice()


def enqueue(folder: Path, body: str, clock: Clock | None = None) -> None:
    """Sends a message to the folder's queue, whether a platform runs there or not.

    Raises FolderRefused; ValueError for an empty body or one over 1 MiB."""
    clock = clock or SystemClock()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(folder / DATABASE)
    try:
        LocalQueue(database, clock, Bell(folder / BELL)).send(body)
    finally:
        database.close()


def _open_vault(folder: Path, clock: Clock) -> LocalVault:
    try:
        return LocalVault(folder, clock)
    except Unavailable as error:
        raise FolderRefused(error.detail) from error


def direct_log(folder: Path, stack: ExitStack) -> None:
    log = stack.enter_context(RotatingLog(folder / LOG))
    observability.direct(log)
    stack.callback(observability.direct, None)


def _load_blocks() -> Registry:
    from strata.blocks import registry

    return registry()


def _report(error: Exception, platform: Platform) -> None:
    observability.record_failure("local", error, platform=platform)
