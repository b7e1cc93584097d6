"""The ends of executions: written down, and told to the function that is to hear of failures."""

from functools import partial
from typing import Any

from strata.clock import Clock, timestamp
from strata.local import records
from strata.local.arns import ACCOUNT, REGION, Ids
from strata.local.database import Database
from strata.local.failures import StateFailed
from strata.local.functions import Functions, new_uuid
from strata.local.records import Row
from strata.local.scheduler import Scheduler, Work
from strata.ports import MachineStatus

LISTENER = "end_execution"
MAX_DELIVERIES = 8
"""In one process; what was not heard then is told again by the next one."""


class Notices:
    """At least once: an end counts as told when the function has returned."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        scheduler: Scheduler,
        functions: Functions,
    ) -> None:
        self._database = database
        self._clock = clock
        self._scheduler = scheduler
        self._functions = functions

    def record(self, name: str, status: MachineStatus, failure: StateFailed | None) -> bool:
        """Writes an end; whether the execution had none until now.

        A loss of power may undo a success, of which nobody is told: the execution then begins again
        and finds that all is done."""
        told = (failure.error, failure.cause) if failure else None
        end = partial(records.end, name=name, status=status, now=self._now(), failure=told)
        return self._database.write(end, synced=failure is not None)

    def record_stop(self, name: str, machine: str) -> bool:
        """Writes an end from outside; whether the execution ran until now."""
        stop = partial(records.stop, name=name, machine=machine, now=self._now())
        return self._database.write(stop)

    def telling(self, name: str) -> Work:
        return partial(self._tell, name, 0)

    def _tell(self, name: str, delivery: int) -> Work | None:
        with self._database.reading() as connection:
            row = records.execution(connection, name)
        if row is None:
            return None
        try:
            self._functions.call(LISTENER, status_change(row, self._clock))
        except StateFailed:
            return self._again(name, delivery + 1)
        self._database.write(partial(records.mark_told, name=name))
        return None

    def _now(self) -> int:
        return round(self._clock.now().timestamp() * 1000)

    def _again(self, name: str, delivery: int) -> Work | None:
        if delivery < MAX_DELIVERIES:
            again = partial(self._tell, name, delivery)
            self._scheduler.after(2.0**delivery, lambda: again)
        return None


def status_change(row: Row, clock: Clock) -> dict[str, Any]:
    """The event that EventBridge delivers when an execution's status has changed."""
    ids = Ids(row.machine, row.name)
    return {
        "version": "0",
        "id": new_uuid(clock),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": ACCOUNT,
        "time": timestamp(clock.now())[:19] + "Z",
        "region": REGION,
        "resources": [ids.arn],
        "detail": {
            "executionArn": ids.arn,
            "stateMachineArn": ids.machine_arn,
            "name": row.name,
            "status": row.status,
            "startDate": row.started_at,
            "stopDate": row.ended_at,
            "input": row.given,
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": None,
            "error": row.error,
            "cause": row.cause,
            "stateMachineVersionArn": None,
            "stateMachineAliasArn": None,
            "redriveCount": 0,
            "redriveDate": None,
            "redriveStatus": "REDRIVABLE",
            "redriveStatusReason": None,
        },
    }
