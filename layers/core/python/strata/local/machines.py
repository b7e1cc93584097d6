"""State machines and their executions: durable, and started again after a crash."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from strata.clock import Clock
from strata.local import records
from strata.local.arns import Ids, function_arn, machine_arn
from strata.local.database import Database
from strata.local.execution import Execution
from strata.local.failures import MAX_PAYLOAD_BYTES, StateFailed, to_text
from strata.local.functions import Functions
from strata.local.history import MAX_EVENTS, Event
from strata.local.host import ABORTED, Host, Outcome
from strata.local.machine_store import MachineStore
from strata.local.nested import halt
from strata.local.notices import Notices
from strata.local.records import Status
from strata.local.refusals import InvalidDefinition
from strata.local.register import Register
from strata.local.scheduler import Scheduler, Work
from strata.local.tokens import Tokens
from strata.ports import MachineDiffers, MachineMissing, MachineStatus

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
        self._tokens = Tokens(clock, scheduler)
        self._machines = MachineStore(database)
        self._executions = Register()
        self._nested = Register()
        self._host = Host(
            clock,
            scheduler,
            functions.call_text,
            self._machines.find,
            self._tokens,
            self._nested,
            max_events,
        )

    @property
    def run_node(self) -> str:
        return function_arn("run_node")

    @property
    def end_execution(self) -> str:
        return function_arn("end_execution")

    def arn(self, machine: str) -> str:
        return machine_arn(machine)

    def create(self, machine: str, definition: str, *, express: bool = False) -> None:
        """Raises InvalidDefinition, MachineDiffers; ValueError for a bad name."""
        _check_name(machine)
        if not self._machines.add(machine, definition, express):
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

    def stop(self, machine: str, execution_id: str) -> None:
        """Durable once it returns."""
        # Who writes the end first has ended it; then no other end counts.
        if self._notices.record_stop(execution_id, machine):
            self._halt(execution_id)
            self._scheduler.submit(self._notices.telling(execution_id))
        else:
            self._stop_nested(Ids(machine, execution_id))

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        """None for an execution of an Express machine, as on AWS."""
        found = self._status(machine, execution_id)
        if found is None:
            return self._nested_status(Ids(machine, execution_id))
        return None if found.express else found.status

    def answer(self, token: str, failure: str | None = None) -> bool:
        return self._tokens.answer(token, failure)

    def forget(self, machine: str, execution_id: str) -> bool:
        """Not before its end was told."""
        forget = partial(records.forget, name=execution_id, machine=machine)
        is_gone = self._database.write(forget)
        if is_gone:
            self._executions.forget(execution_id)
            self._nested.forget(execution_id)
        return is_gone

    def delete(self, machine: str) -> None:
        self._machines.delete(machine)

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
        known = self._executions.known(execution_id) or self._nested.known(execution_id)
        return list(known.events) if known else []

    def wait(self, execution_id: str, seconds: float | None = None) -> Outcome | None:
        """How the execution ended, once that is written down; None if it has not by then."""
        known = self._executions.wait(execution_id, seconds)
        return known.outcome if known else None

    def _run(self, ids: Ids, given: str) -> None:
        try:
            machine = self._machines.get(ids.machine)
        except InvalidDefinition as error:
            # An engine of another version took it.
            failure = StateFailed("States.Runtime", str(error))
            if self._notices.record(ids.name, "FAILED", failure):
                self._scheduler.submit(self._notices.telling(ids.name))
            return
        execution = Execution(ids, machine, json.loads(given), self._host, self._ended)
        self._executions.add(execution)
        found = self._status(ids.machine, ids.name)
        if found is not None and found.status == "ABORTED":
            # Stopped before it was known here.
            self._halt(ids.name)
        self._scheduler.submit(execution.begin)

    def _status(self, machine: str, execution_id: str) -> Status | None:
        with self._database.reading() as connection:
            return records.status_of(connection, execution_id, machine)

    def _halt(self, name: str) -> None:
        execution = self._executions.running(name)
        orphans = execution.stop() if execution is not None else None
        if execution is not None and orphans is not None:
            self._executions.end(execution)
            halt(orphans)

    def _stop_nested(self, ids: Ids) -> None:
        execution = self._nested.running(ids.name)
        if execution is None or execution.ids != ids:
            return
        orphans = execution.stop()
        if orphans is not None:
            halt(orphans)
            self._scheduler.submit(partial(execution.ended, execution, ABORTED))

    def _nested_status(self, ids: Ids) -> MachineStatus | None:
        known = self._nested.known(ids.name)
        if known is None or known.ids != ids:
            return None
        return known.outcome.status if known.outcome else "RUNNING"

    def _ended(self, execution: Execution, outcome: Outcome) -> Work | None:
        name = execution.ids.name
        is_first = self._notices.record(name, outcome.status, outcome.failure)
        if not is_first:
            # It was stopped in the same moment.
            execution.outcome = outcome = ABORTED
        self._executions.end(execution)
        return self._notices.telling(name) if is_first and outcome.failure else None


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError("A name has 1 to 80 letters, digits, '-' and '_'")
