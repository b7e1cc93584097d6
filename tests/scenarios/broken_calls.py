"""One story, again and again, each time with another call of AWS broken.

A fault hits a call below botocore's retries, before the call took effect or after it. Whoever asked
asks again, as each of them does: a client after 503 and with its idempotency key, Lambda and Step
Functions after any exception and after a crash, in a process that remembers nothing.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, TypeVar

import pytest
from moto.dynamodb.models import dynamodb_backends
from moto.stepfunctions.models import stepfunctions_backends

from strata import executions, graphs, machines, node_views
from strata.aws.platform import connect
from strata.model.errors import NodeFailed, RequestInFlight, Unavailable
from strata.model.execution import Run
from strata.paging import PageRequest
from strata.platform import Platform
from strata.settings import Settings
from strata.store import keys
from tests.account import ACCOUNT, CLIENTS, REGION, TABLE, account
from tests.faults import Crash, Fault, Line, lay_line
from tests.held_clock import HeldClock
from tests.held_platform import HeldOutbound, add_user

Result = TypeVar("Result")
Action = Callable[[Platform], Result]

MOST_TRIES = 12
TIME_OR_ID = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|(?:exe|gph)_[0-9a-z]{26}")
UNKNOWABLE = ("started_at", "ended_at", "attempts", "failed_attempts")
"""An attempt whose claim was answered by nothing is an attempt all the same."""


class OwnClock(HeldClock):
    """Its chance is its own: what is done in one world is not done in another."""

    def __init__(self, world: str) -> None:
        super().__init__()
        self._world = world

    def random_bytes(self, count: int) -> bytes:
        drawn = super().random_bytes(16).hex()
        return hashlib.shake_128(f"{self._world} {drawn}".encode()).digest(count)


@dataclass
class World:
    """One user of an account, whose calls may break; `runs` are the executions of the story."""

    settings: Settings
    line: Line
    user: str
    runs: list[Run] = field(default_factory=list)
    outbound: HeldOutbound = field(default_factory=HeldOutbound)

    def __post_init__(self) -> None:
        self.clock = OwnClock(self.user)
        self.restart()

    def restart(self) -> None:
        """What comes after a crash remembers nothing."""
        known = connect(self.settings, self.clock, CLIENTS)
        self.platform = replace(known, outbound=self.outbound)

    def client(self, action: Action[Result]) -> Result:
        """A client's request; after a crash the gateway has answered 500, or nothing."""
        return self._again(action, (Unavailable, RequestInFlight, Crash))

    def task(self, action: Action[Result]) -> Result:
        """A Task of a machine, or an event. Raises NodeFailed, which fails the machine."""
        return self._again(action, (Exception, Crash))

    def machine_fails(self, run: Run) -> None:
        """As Step Functions would tell, if it were asked."""
        arn = f"{self.platform.machines.arn(machines.name_of(run))}:{run.execution_id}"
        for machine in stepfunctions_backends[ACCOUNT][REGION].state_machines:
            for execution in machine.executions:
                if execution.execution_arn == arn.replace(":stateMachine:", ":execution:"):
                    execution.status = "FAILED"

    def _again(self, action: Action[Result], passing: tuple[type[BaseException], ...]) -> Result:
        last: BaseException | None = None
        for _ in range(MOST_TRIES):
            try:
                return action(self.platform)
            except NodeFailed:
                raise
            except passing as failure:
                last = failure
                if isinstance(failure, Crash):
                    self.restart()
        raise AssertionError("no end of failures") from last


Story = Callable[[World], None]


@contextmanager
def broken_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Worlds in one account, one after the other, each with a user of its own."""
    line = lay_line(monkeypatch)
    # A sweep looks through the shards one by one: few of them tell as much as many.
    for module in (keys, keys.executions):
        monkeypatch.setattr(module, "OPEN_SHARDS", 2)
    numbers = count()

    def begin() -> World:
        # moto copies the whole table for each transaction: so nothing is left in it.
        dynamodb_backends[ACCOUNT][REGION].tables[TABLE].items.clear()
        world = World(settings, line, f"usr_{next(numbers):026}")
        add_user(world.platform, world.user)
        return world

    with account(monkeypatch) as settings:
        # The second execution of a story waits for the first.
        settings = replace(settings, most_running="1")
        yield begin


def told(
    story: Story, world: World, first: int = 0, fault: Fault | None = None, attempts: int = 4
) -> tuple[Any, list[str]]:
    """What is shown at the end if the attempts from `first` on are hit; and the operations."""
    before = len(world.line.order)
    world.line.cut(first, fault or Fault("", ""), attempts)
    story(world)
    world.line.cut(0, Fault("", ""))
    operations = world.line.order[before:]
    return shown(world), operations


def changes(expected: Any, found: Any, path: str = "") -> dict[str, Any]:
    """What was found where it is not what was expected, by path."""
    if isinstance(expected, dict) and isinstance(found, dict):
        names = [*expected, *(name for name in found if name not in expected)]
        pairs = [(f"{path}.{name}", expected.get(name), found.get(name)) for name in names]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        both = zip(expected, found, strict=True)
        pairs = [(f"{path}.{at}", one, other) for at, (one, other) in enumerate(both)]
    else:
        return {} if expected == found else {path: found}
    return {where: value for pair in pairs for where, value in changes(*pair[1:], pair[0]).items()}


def shown(world: World) -> Any:
    """All that the user sees, without ids and times, and what the account holds besides."""
    page, platform, user = PageRequest(100), world.platform, world.user
    listed = executions.listing(user, page=page, platform=platform)["items"]
    all_graphs = graphs.listing(user, page=page, platform=platform)["items"]
    return {
        "executions": [_execution(run, world) for run in world.runs],
        "listed": len(listed),
        "graphs": [
            [one["stats"][name] for name in ("execution_count", "success_rate")]
            for one in all_graphs
        ],
        "machines": [_machine_executions(run, world) for run in world.runs],
        "still open": CLIENTS.get("dynamodb").scan(TableName=TABLE, IndexName="gsi4")["Count"],
    }


def _execution(run: Run, world: World) -> Any:
    view = executions.get(world.user, run.execution_id, platform=world.platform)
    nodes = node_views.listing(
        world.user, run.execution_id, page=PageRequest(100), platform=world.platform
    )["items"]
    known = [
        {name: value for name, value in node.items() if name not in UNKNOWABLE} for node in nodes
    ]
    return {
        **{name: view[name] for name in ("status", "outputs", "error", "node_counts")},
        "nodes": json.loads(TIME_OR_ID.sub("…", json.dumps(known).replace(world.user, "USER"))),
    }


def _machine_executions(run: Run, world: World) -> list[str]:
    """How each execution of that name fares; without faults there is one."""
    arn = world.platform.machines.arn(machines.name_of(run))
    listed = CLIENTS.get("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    return [one["status"] for one in listed if one["name"] == run.execution_id]
