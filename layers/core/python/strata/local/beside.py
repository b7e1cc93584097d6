"""A function called by hand on the data of an embedded platform, whether one runs there or not.

Both see the same table and the same vault; nothing is resumed, consumed or scheduled here.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from strata.clock import Clock
from strata.local.blobs import LocalBlobs
from strata.local.database import Database
from strata.local.folder import BLOBS, DATABASE
from strata.local.functions import Functions
from strata.local.machines import LocalMachines
from strata.local.platform import FUNCTIONS, assembled, direct_log
from strata.local.queue import LocalQueue
from strata.local.scheduler import Scheduler
from strata.local.store import LocalTable
from strata.settings import Settings


def call_beside(folder: Path, function: str, event: Any, clock: Clock) -> Any:
    """What the function answers. Raises StateFailed, FolderRefused."""
    with ExitStack() as stack:
        direct_log(folder, stack)
        database = Database(folder / DATABASE)
        stack.callback(database.close)
        scheduler = Scheduler(clock, 1)
        stack.callback(scheduler.close)
        functions = Functions(FUNCTIONS, clock)
        functions.platform = assembled(
            folder,
            Settings(),
            clock,
            LocalTable(database, clock),
            LocalBlobs(folder / BLOBS, clock),
            LocalMachines(database, clock, scheduler, functions),
            LocalQueue(database, clock),
        )
        return functions.call(function, event)
