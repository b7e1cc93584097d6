"""An embedded platform whose functions follow a script."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from strata.local import records
from strata.local.host import Outcome
from strata.local.platform import LocalPlatform, open_platform
from tests.held_clock import HeldClock
from tests.unit.local.script import Script, begin

FUNCTIONS = Path(__file__).parent / "functions"

Open = Callable[..., LocalPlatform]


@pytest.fixture
def script() -> Script:
    return begin()


@pytest.fixture
def open_local(tmp_path: Path, clock: HeldClock, script: Script) -> Iterator[Open]:
    """Opens the test's folder; what is still open at the end is closed."""
    with ExitStack() as opened:

        def opening(**more: Any) -> LocalPlatform:
            given = {"clock": clock, "functions": FUNCTIONS, **more}
            return opened.enter_context(open_platform(tmp_path, **given))

        yield opening


@pytest.fixture
def local(open_local: Open) -> LocalPlatform:
    return open_local()


class Engine:
    """Runs a definition under names of its own."""

    def __init__(self, local: LocalPlatform) -> None:
        self.machines = local.machines
        self.scheduler = local.scheduler

    def run(self, definition: str, given: Any = None) -> Outcome:
        self.start(definition, given)
        return self.end()

    def start(self, definition: str, given: Any = None) -> None:
        self.machines.create("machine", definition)
        self.machines.start("machine", "execution", {} if given is None else given)

    def end(self) -> Outcome:
        outcome = self.machines.wait("execution")
        assert outcome is not None
        return outcome

    @property
    def events(self) -> list[str]:
        """The types of the events, with the names of their states."""
        return [" ".join(filter(None, event)) for event in self.machines.history("execution")]


@pytest.fixture
def engine(local: LocalPlatform) -> Engine:
    return Engine(local)


class Hung:
    """A node that hangs until it is let go."""

    def __init__(self, script: Script, node: str) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()
        self.back = threading.Event()
        script.on(node, self._answer)

    def _answer(self, _event: Any, _context: Any) -> None:
        self.reached.set()
        assert self.go.wait(20)
        self.back.set()


def close_while_running(local: LocalPlatform, go: threading.Event) -> None:
    """Closes the platform, and lets what runs in it come to its end once nothing new begins."""
    closing = threading.Thread(target=local.close)
    closing.start()
    while not local.scheduler._closed:
        closing.join(0.001)
    go.set()
    closing.join()


def keep_unknown(local: LocalPlatform, machine: str) -> None:
    """A machine as an engine of another version may have taken it, which knows more states."""
    definition = '{"StartAt": "S", "States": {"S": {"Type": "Dance", "End": true}}}'
    keep = partial(records.keep_machine, name=machine, definition=definition, express=False)
    assert local.machines._database.write(keep)
