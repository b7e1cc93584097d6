"""Each part of the platform twice: the embedded one, and the one of AWS under moto."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from moto.ses.models import ses_backends

from strata.aws.platform import connect
from strata.clock import SystemClock
from strata.local.blobs import LocalBlobs
from strata.local.outbox import Outbox
from strata.local.platform import open_platform
from strata.local.queue import LocalQueue
from strata.local.store import LocalTable
from strata.local.vault import LocalVault
from strata.platform import Platform
from strata.ports import Blobs, Letter, Machines, MachineStatus, Notifier, Queue, Table, Vault
from strata.settings import Settings
from tests.account import ACCOUNT, CLIENTS, REGION, with_keys
from tests.faults import lay_line
from tests.held_clock import HeldClock
from tests.moto_engine import engine
from tests.unit.local.script import Script, begin

SENDER = "strata@example.org"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a part of a platform runs once on each."""
    if "part" in metafunc.fixturenames:
        metafunc.parametrize("platform_name", ["local", "aws"])


@pytest.fixture
def part(request: pytest.FixtureRequest, platform_name: str) -> Callable[[str], Any]:
    return lambda name: request.getfixturevalue(f"{platform_name}_{name}")


@pytest.fixture
def table(part: Callable[[str], Table]) -> Table:
    return part("table")


@pytest.fixture
def local_table(tmp_path: Path, clock: HeldClock) -> Iterator[Table]:
    with closing(LocalTable(tmp_path / "strata.sqlite", clock)) as table:
        yield table


@pytest.fixture
def aws_table(aws: Platform) -> Table:
    return aws.table


@pytest.fixture
def blobs(part: Callable[[str], Blobs]) -> Blobs:
    return part("blobs")


@pytest.fixture
def local_blobs(tmp_path: Path, clock: HeldClock) -> Blobs:
    return LocalBlobs(tmp_path / "blobs", clock)


@pytest.fixture
def aws_blobs(aws: Platform) -> Blobs:
    return aws.blobs


@pytest.fixture
def vault(part: Callable[[str], Vault]) -> Vault:
    return part("vault")


@pytest.fixture
def local_vault(tmp_path: Path, clock: HeldClock) -> Vault:
    return LocalVault(tmp_path / "vault", clock)


@pytest.fixture
def aws_vault(aws_settings: Settings, aws: Platform) -> Vault:
    return connect(with_keys(aws_settings), aws.clock, CLIENTS).vault


@dataclass(frozen=True)
class WatchedQueue:
    """A queue, and its messages as a consumer gets them."""

    queue: Queue
    receive: Callable[[], list[str]]


@pytest.fixture
def watched_queue(part: Callable[[str], WatchedQueue]) -> WatchedQueue:
    return part("queue")


@pytest.fixture
def local_queue(tmp_path: Path, clock: HeldClock) -> Iterator[WatchedQueue]:
    with closing(LocalQueue(tmp_path / "strata.sqlite", clock)) as queue:
        yield WatchedQueue(queue, lambda: [message.body for message in queue.receive()])


@pytest.fixture
def aws_queue(aws_settings: Settings, aws: Platform) -> WatchedQueue:
    def receive() -> list[str]:
        sqs = CLIENTS.get("sqs")
        answer = sqs.receive_message(QueueUrl=aws_settings.queue_url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    return WatchedQueue(aws.queue, receive)


@dataclass(frozen=True)
class Mailbox:
    """A notifier, and the letters that have arrived."""

    notifier: Notifier
    received: Callable[[], list[Letter]]


@pytest.fixture
def mailbox(part: Callable[[str], Mailbox]) -> Mailbox:
    return part("mailbox")


@pytest.fixture
def local_mailbox(tmp_path: Path, clock: HeldClock) -> Mailbox:
    outbox = Outbox(tmp_path / "outbox", clock)

    def received() -> list[Letter]:
        return [Letter(one["to"], one["subject"], one["text"]) for one in outbox.letters()]

    return Mailbox(outbox, received)


@pytest.fixture
def aws_mailbox(aws_settings: Settings, aws: Platform) -> Mailbox:
    CLIENTS.get("sesv2").create_email_identity(EmailIdentity=SENDER.rpartition("@")[2])
    platform = connect(replace(aws_settings, mail_from=SENDER), aws.clock, CLIENTS)

    def received() -> list[Letter]:
        sent = ses_backends[ACCOUNT][REGION].sent_messages
        assert {one.source for one in sent} <= {SENDER}
        return [Letter(one.destinations["ToAddresses"][0], one.subject, one.body) for one in sent]

    return Mailbox(platform.notifier, received)


@dataclass(frozen=True)
class WatchedMachines:
    """Machines, and the inputs of what they have started, by execution."""

    machines: Machines
    started: Callable[[], Mapping[str, Any]]


@pytest.fixture
def watched_machines(part: Callable[[str], WatchedMachines]) -> WatchedMachines:
    return part("machines")


@pytest.fixture
def local_machines(tmp_path: Path) -> Iterator[WatchedMachines]:
    def started() -> dict[str, Any]:
        with closing(sqlite3.connect(tmp_path / "strata.sqlite")) as database:
            rows = database.execute("SELECT name, given FROM executions").fetchall()
        return {name: json.loads(given) for name, given in rows}

    with open_platform(tmp_path) as opened:
        yield WatchedMachines(opened.platform.machines, started)


@pytest.fixture
def aws_machines(aws: Platform) -> WatchedMachines:
    sfn = CLIENTS.get("stepfunctions")

    def started() -> dict[str, Any]:
        arns = [
            execution["executionArn"]
            for machine in sfn.list_state_machines()["stateMachines"]
            for execution in sfn.list_executions(stateMachineArn=machine["stateMachineArn"])[
                "executions"
            ]
        ]
        described = [sfn.describe_execution(executionArn=arn) for arn in arns]
        return {one["name"]: json.loads(one["input"]) for one in described}

    return WatchedMachines(aws.machines, started)


SCRIPTED = Path(__file__).parents[1] / "unit" / "local" / "functions"
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class RunningMachines:
    """Machines whose executions run, and call functions that follow the script."""

    machines: Machines
    script: Script

    def token(self, number: int = 0) -> str:
        """One of the tokens that `run_node` was given, in their order."""
        tokens = self._once(self._tokens, lambda tokens: len(tokens) > number)
        return str(tokens[number])

    def end(self, machine: str, execution: str) -> MachineStatus:
        status: MachineStatus = self._once(
            lambda: self.machines.status(machine, execution), lambda found: found != "RUNNING"
        )
        return status

    def _tokens(self) -> list[str]:
        return [one["token"] for one in self.script.events.get("run_node", []) if "token" in one]

    def _once(self, look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
        clock, waited = SystemClock(), 0.0
        while not enough(found := look()):
            assert waited < PATIENCE_SECONDS, found
            clock.sleep(0.01)
            waited += 0.01
        return found


@pytest.fixture
def running(part: Callable[[str], RunningMachines]) -> RunningMachines:
    return part("running")


@pytest.fixture
def local_running(tmp_path: Path) -> Iterator[RunningMachines]:
    script = begin()
    with open_platform(tmp_path, functions=SCRIPTED) as opened:
        yield RunningMachines(opened.platform.machines, script)


@pytest.fixture
def aws_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningMachines]:
    script, _ = begin(), lay_line(monkeypatch)
    with engine(monkeypatch, lambda name, event: script.answer(name, event, None)) as settings:
        yield RunningMachines(connect(settings, SystemClock(), CLIENTS).machines, script)
