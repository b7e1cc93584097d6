"""Executions with states of every type, answered and stopped from all sides, on the real clock."""

import threading
from collections.abc import Callable
from typing import Any

from strata.clock import SystemClock
from strata.local.platform import LocalPlatform
from tests.unit.local.conftest import Open
from tests.unit.local.machine import (
    callback,
    chain,
    distributed,
    item_task,
    mapped,
    nested,
    parallel,
    retrier,
    task,
)
from tests.unit.local.script import Script, fails

EXECUTIONS = [f"execution{number}" for number in range(30)]


class Answerer:
    """Answers every token twice: now well, now with a failure, a few not at all."""

    def __init__(self, script: Script, local: LocalPlatform) -> None:
        self.taken = 0
        self._tokens: list[str] = []
        self._machines = local.machines
        script.on("ask", lambda event, _context: self._tokens.append(event["token"]))

    def answer(self) -> None:
        try:
            token = self._tokens.pop()
        except IndexError:
            return
        kind = int(token[:2], 16)
        if kind > 10:
            answers = [self._machines.answer(token, "no" if kind < 20 else None) for _ in "12"]
            assert answers[1] is False
            self.taken += answers[0]


def flaky(event: Any, context: Any) -> Any:
    return fails("E")(event, context) if event["given"] == 3 else event["given"]


def make(local: LocalPlatform) -> None:
    again = [retrier("States.ALL", MaxAttempts=1)]
    asking = callback("ask", TimeoutSeconds=1, ResultPath=None, Retry=again)
    items: dict[str, Any] = {"ItemsPath": "$$.Execution.Input.items", "ResultPath": None}
    tolerant = distributed(item_task("flaky"), ToleratedFailureCount=2, **items)
    local.machines.create("inner", chain(asking, tolerant))
    inner = nested("inner", ResultPath=None)
    waiting = {"Type": "Wait", "Seconds": 1}
    branches = parallel(inner, mapped(asking, **items), waiting)
    local.machines.create("machine", chain(branches, task("last")))


def keep_doing(work: Callable[[], None], stopped: threading.Event) -> threading.Thread:
    def loop() -> None:
        while not stopped.wait(0.002):
            work()

    thread = threading.Thread(target=loop)
    thread.start()
    return thread


def test_each_ends_once_and_nothing_is_left_behind(open_local: Open, script: Script) -> None:
    local = open_local(clock=SystemClock())
    machines, stopped, to_stop = local.machines, threading.Event(), iter(EXECUTIONS[::3])
    script.on("flaky", flaky)
    answerer = Answerer(script, local)
    make(local)

    def stop_one() -> None:
        machines.stop("machine", next(to_stop, "none"))

    threads = [keep_doing(work, stopped) for work in (answerer.answer, answerer.answer, stop_one)]
    for name in EXECUTIONS:
        machines.start("machine", name, {"items": [1, 2, 3, 4]})
    ends = {name: machines.wait(name, 60) for name in EXECUTIONS}
    stopped.set()
    for thread in threads:
        thread.join()
    for name, end in ends.items():
        assert end is not None
        assert end.status == machines.status("machine", name)
    assert answerer.taken > 0
    until(lambda: not machines._nested._running)
    assert not machines._tokens._given
    assert not machines._executions._running


def until(holds: Callable[[], bool]) -> None:
    """What an execution leaves behind is stopped after its end."""
    for _ in range(1_000):
        if holds():
            return
        SystemClock().sleep(0.01)
    raise AssertionError
