"""A platform whose machines stand still: a test runs each node itself, as often and when it likes.

Table, blobs and vault are the embedded platform's own.
"""

import sqlite3
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from strata import ends, executions, graphs, nodes
from strata.clock import Clock, timestamp
from strata.local.blobs import LocalBlobs
from strata.local.database import Database
from strata.local.outbox import Outbox
from strata.local.store import LocalTable
from strata.local.vault import LocalVault
from strata.model.block import Block, HttpAnswer, HttpCall, Registry
from strata.model.errors import NodeFailed, NodeRetry, Unavailable
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.model.plan import Plan
from strata.model.shape import steps_of
from strata.model.user import ROLES, Caller, User
from strata.platform import Platform
from strata.ports import MachineMissing, MachineStatus
from strata.settings import Settings
from strata.store import users
from strata.store.graphs import load_plan
from tests.builders import END_EXECUTION, RUN_NODE

T = TypeVar("T")


class HeldMachines:
    """Keeps what it is given; `down` makes every start fail."""

    run_node = RUN_NODE
    end_execution = END_EXECUTION

    def __init__(self) -> None:
        self.definitions: dict[str, str] = {}
        self.started: dict[str, Mapping[str, Any]] = {}
        self.stopped: set[str] = set()
        self.answers: dict[str, str | None] = {}
        """By token: None for success, else the failure's cause."""
        self.creations = 0
        self.down = False

    def arn(self, machine: str) -> str:
        return f"arn:aws:states:eu-west-1:123456789012:stateMachine:{machine}"

    def create(self, machine: str, definition: str, *, express: bool = False) -> None:
        self.creations += 1
        self.definitions[machine] = definition

    def start(self, machine: str, execution_id: str, given: Mapping[str, Any]) -> None:
        if self.down:
            raise Unavailable
        if machine not in self.definitions:
            raise MachineMissing(machine)
        self.started.setdefault(execution_id, given)

    def stop(self, machine: str, execution_id: str) -> None:
        if self.down:
            raise Unavailable
        if execution_id in self.started:
            self.stopped.add(execution_id)

    def status(self, machine: str, execution_id: str) -> MachineStatus | None:
        if execution_id not in self.started:
            return None
        return "ABORTED" if execution_id in self.stopped else "RUNNING"

    def answer(self, token: str, failure: str | None = None) -> bool:
        if self.down:
            raise Unavailable
        is_first = token not in self.answers
        self.answers.setdefault(token, failure)
        return is_first

    def forget(self, machine: str, execution_id: str) -> bool:
        self.started.pop(execution_id, None)
        return True

    def delete(self, machine: str) -> None:
        self.definitions.pop(machine, None)


class HeldQueue:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def send(self, body: str) -> None:
        self.bodies.append(body)


class HeldOutbound:
    """Keeps the calls and gives each the same answer, but for tokens to whoever asks for some."""

    def __init__(self) -> None:
        self.calls: list[tuple[HttpCall, Mapping[str, str], frozenset[str] | None]] = []

    def send(
        self, call: HttpCall, headers: Mapping[str, str], hosts: frozenset[str] | None
    ) -> HttpAnswer:
        self.calls.append((call, headers, hosts))
        if b"grant_type=" in (call.body or b""):
            return HttpAnswer(200, {}, b'{"access_token": "gho_0123456789abcdef"}')
        return HttpAnswer(200, {"content-type": "application/json"}, b'{"ok": true}')


class HastyDatabase(Database):
    """Does not wait for the disk: nobody pulls the plug of a test."""

    def write(self, work: Callable[[sqlite3.Connection], T], *, synced: bool = True) -> T:
        return super().write(work, synced=False)


def held_platform(folder: Path, clock: Clock, *more: Block) -> Platform:
    """`more` blocks stand beside the registry's own."""
    table, machines = LocalTable(HastyDatabase(folder / "strata.db"), clock), HeldMachines()
    # The platform is gone when its machines are.
    weakref.finalize(machines, table.close)
    return Platform(
        settings=Settings(),
        clock=clock,
        table=table,
        blobs=LocalBlobs(folder / "blobs"),
        vault=LocalVault(folder / "vault", clock),
        machines=machines,
        queue=HeldQueue(),
        notifier=Outbox(folder / "outbox", clock),
        outbound=HeldOutbound(),
        blocks=lambda: _registry(more),
    )


def _registry(more: tuple[Block, ...]) -> Registry:
    from strata.blocks import registry

    return {**registry(), **{block.name: block for block in more}}


def run_of(execution: Mapping[str, Any], user_id: str) -> Run:
    return Run(execution["id"], user_id, execution["graph_id"], execution["graph_version"])


def run_all(run: Run, platform: Platform) -> list[dict[str, Any]]:
    """Runs every node in the plan's order, retried as its machine would, until one fails."""
    plan = load_plan(run.user_id, run.graph_id, run.version, platform)
    previews = []
    for node in in_order(plan):
        try:
            previews.append(run_until_ended(run, node, platform))
        except NodeFailed:
            break
    return previews


def in_order(plan: Plan) -> list[str]:
    """The nodes as a machine could run them, one after the other."""
    return [node for step in steps_of(plan.shape) for node in step.nodes]


def run_until_ended(run: Run, node: str, platform: Platform) -> dict[str, Any]:
    while True:
        try:
            return nodes.run(run, node, platform=platform)
        except NodeRetry:
            continue


USER = "usr_00000000000000000000000001"
OTHER_USER = "usr_00000000000000000000000002"


def owner(user_id: str = USER) -> Caller:
    """Who may do what every user may."""
    return Caller(user_id, frozenset(map(str, ROLES["member"])))


def add_user(platform: Platform, user_id: str = USER, **more: Any) -> User:
    """A user in the table, with an address of their own and no password that matches."""
    email = f"{user_id}@example.com"
    user = User(user_id, email, "Ada", "no hash", timestamp(platform.clock.now()), **more)
    users.add(user, platform)
    return user


def started(graph: Graph, platform: Platform, **inputs: Any) -> Run:
    """A first execution of the graph, none of whose nodes has run."""
    made = graphs.create(USER, graph, platform=platform)
    return run_of(executions.start(USER, made["id"], inputs, platform=platform), USER)


def play(run: Run, platform: Platform) -> dict[str, Any]:
    """Runs everything as the machine would, to the end; the execution as the API shows it."""
    plan = load_plan(run.user_id, run.graph_id, run.version, platform)
    try:
        for node in in_order(plan):
            run_until_ended(run, node, platform)
    except NodeFailed:
        ends.end(run, {"Error": "NodeFailed"}, platform=platform)
    if not plan.last:
        ends.end(run, None, platform=platform)
    return executions.get(run.user_id, run.execution_id, platform=platform)
