"""State machines and their executions: durable, and started again after a crash."""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any

from strata.clock import Clock
from strata.local import records
from strata.local.arns import Ids, function_arn
from strata.local.database import Database
from strata.local.definition import parse_definition
from strata.local.execution import Execution, Host, Outcome
from strata.local.failures import MAX_PAYLOAD_BYTES, StateFailed, to_text
from strata.local.functions import Functions
from strata.local.history import MAX_EVENTS, Event
from strata.local.notices import Notices
from strata.local.refusals import InvalidDefinition
from strata.local.scheduler import Scheduler, Work
from strata.local.states import Machine
from strata.memory import Memory
from strata.ports import MachineDiffers, MachineMissing

HISTORIES_KEPT = 200
"""So many executions that have ended, the last ones, still have their history."""
NAMES_KEPT_SECONDS = 90 * 86_400
_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")


class LocalMachines:
    """`strata.ports.Machines`. `resume` starts what was running when the last process ended.

    A run that is started again begins at its machine's start: the functions behind its states find
    what they have done before, so no state needs a record of its own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        scheduler: Scheduler,
        functions: Functions,
        max_events: int = MAX_EVENTS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._scheduler = scheduler
        self._notices = Notices(database, clock, scheduler, functions)
        self._host = Host(clock, scheduler, functions.call_text, self._ended, max_events)
        self._parsed = Memory()
        self._changed = threading.Condition()
        self._running: dict[str, Execution] = {}
        self._past: OrderedDict[str, Execution] = OrderedDict()

    @property
    def run_node(self) -> str:
        return function_arn("run_node")

    @property
    def end_execution(self) -> str:
        return function_arn("end_execution")

    def create(self, machine: str, definition: str) -> None:
        """Raises InvalidDefinition, MachineDiffers; ValueError for a bad name."""
        _check_name(machine)
        parse_definition(definition)
        keep = partial(records.keep_machine, name=machine, definition=definition)
        if not self._database.write(keep):
            raise MachineDiffers(machine)

    def start(self, machine: str, execution_id: str, given: Mapping[str, Any]) -> None:
        """Durable once it returns. Raises MachineMissing; ValueError for a bad name or more input
        than 256 KiB."""
        _check_name(execution_id)
        text = to_text(given)
        if len(text.encode()) > MAX_PAYLOAD_BYTES:
            raise ValueError(f"The input exceeds {MAX_PAYLOAD_BYTES} bytes")
        now = round(self._clock.now().timestamp() * 1000)
        begin = partial(records.begin, name=execution_id, machine=machine, given=text, now=now)
        is_first = self._database.write(begin)
        if is_first is None:
            raise MachineMissing(machine)
        if is_first:
            self._run(Ids(machine, execution_id), text)

    def delete(self, machine: str) -> None:
        self._database.write(partial(records.delete_machine, name=machine))
        self._parsed.forget(machine)

    def resume(self) -> None:
        """Called once, when the functions have their platform."""
        before = round((self._clock.now().timestamp() - NAMES_KEPT_SECONDS) * 1000)
        self._database.write(partial(records.sweep, before=before))
        with self._database.reading() as connection:
            rows = records.open_executions(connection)
        for row in rows:
            if row.status == "RUNNING":
                self._run(Ids(row.machine, row.name), row.given)
            else:
                self._scheduler.submit(self._notices.telling(row.name))

    def history(self, execution_id: str) -> list[Event]:
        """The events so far; none of an execution that ended long ago or in another process."""
        with self._changed:
            execution = self._running.get(execution_id) or self._past.get(execution_id)
        return list(execution.history.events) if execution else []

    def wait(self, execution_id: str, seconds: float | None = None) -> Outcome | None:
        """How the execution ended, once that is on the disk; None if it has not by then."""
        with self._changed:
            self._changed.wait_for(lambda: execution_id not in self._running, seconds)
            execution = self._past.get(execution_id)
        return execution.outcome if execution else None

    def _run(self, ids: Ids, given: str) -> None:
        try:
            machine = self._machine(ids.machine)
        except InvalidDefinition as error:
            # An engine of another version took it.
            failure = StateFailed("States.Runtime", str(error))
            telling = self._notices.record(ids.name, "FAILED", failure)
            self._scheduler.submit(*[telling] if telling else [])
            return
        execution = Execution(ids, machine, json.loads(given), self._host)
        with self._changed:
            self._running[ids.name] = execution
        self._scheduler.submit(execution.begin)

    def _machine(self, name: str) -> Machine:
        def read() -> Machine:
            with self._database.reading() as connection:
                return parse_definition(records.definition_of(connection, name))

        return self._parsed.recall(name, read)

    def _ended(self, execution: Execution, outcome: Outcome) -> Work | None:
        telling = self._notices.record(execution.ids.name, outcome.status, outcome.failure)
        with self._changed:
            self._past[execution.ids.name] = self._running.pop(execution.ids.name)
            if len(self._past) > HISTORIES_KEPT:
                self._past.popitem(last=False)
            self._changed.notify_all()
        return telling


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError("A name has 1 to 80 letters, digits, '-' and '_'")
