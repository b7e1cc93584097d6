"""Machines and executions over restarts, and who is told of their ends."""

import json
import threading
from typing import Any

import pytest

from strata.local import register
from strata.local.host import Outcome
from strata.local.notices import MAX_DELIVERIES
from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Open, close_while_running, keep_unknown
from tests.unit.local.machine import chain, task
from tests.unit.local.script import Script, fails

FAILING = chain({"Type": "Fail", "Error": "Broken", "Cause": "because"})


def told(script: Script) -> list[Any]:
    return script.events.get("end_execution", [])


class Told:
    """Waits until so many ends were told."""

    def __init__(self, script: Script, count: int = 1, failures: int = 0) -> None:
        self._done = threading.Semaphore(0)
        self._count = count
        self._failures = failures
        script.on("end_execution", self._answer)

    def _answer(self, _event: Any, _context: Any) -> None:
        if self._failures:
            self._failures -= 1
            raise RuntimeError
        self._done.release()

    def wait(self) -> None:
        for _ in range(self._count):
            assert self._done.acquire(timeout=20)


def test_an_execution_that_failed_is_told_as_eventbridge_tells_it(
    engine: Engine, script: Script
) -> None:
    ended = Told(script)
    engine.run(FAILING, {"execution_id": "execution"})
    ended.wait()
    (event,) = told(script)
    execution = "arn:aws:states:local:000000000000:execution:machine:execution"
    assert (event["source"], event["detail-type"]) == (
        "aws.states",
        "Step Functions Execution Status Change",
    )
    assert event["resources"] == [execution]
    assert event["time"] == "2026-03-01T12:00:00Z"
    detail = event["detail"]
    assert detail["executionArn"] == execution
    assert detail["stateMachineArn"].endswith(":stateMachine:machine")
    assert (detail["name"], detail["status"]) == ("execution", "FAILED")
    assert (detail["error"], detail["cause"]) == ("Broken", "because")
    assert json.loads(detail["input"]) == {"execution_id": "execution"}
    assert detail["startDate"] == detail["stopDate"] == 1772366400000


def test_an_execution_that_timed_out_is_told(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    ended = Told(script)
    script.on("n", lambda _event, _context: clock.sleep(10))
    engine.run(chain(task("n"), TimeoutSeconds=5))
    ended.wait()
    assert told(script)[0]["detail"]["status"] == "TIMED_OUT"


def test_an_execution_that_succeeded_is_not_told(open_local: Open, script: Script) -> None:
    local = open_local()
    Engine(local).run(chain({"Type": "Pass"}))
    local.close()
    open_local().close()
    assert told(script) == []


def test_an_end_is_told_until_it_was_heard(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    ended = Told(script, failures=3)
    engine.run(FAILING)
    ended.wait()
    assert len(told(script)) == 4
    assert clock.waits == pytest.approx([2, 4, 8])


def test_an_end_that_was_not_heard_is_told_by_the_next_process(
    open_local: Open, script: Script
) -> None:
    given_up = Told(script, count=0, failures=MAX_DELIVERIES)
    local = open_local()
    Engine(local).run(FAILING)
    while len(told(script)) < MAX_DELIVERIES:
        local.scheduler.wake()
    local.close()
    given_up.wait()
    ended = Told(script)
    local = open_local()
    ended.wait()
    local.close()
    open_local().close()
    assert len(told(script)) == MAX_DELIVERIES + 1


def test_an_execution_under_way_goes_on_in_the_next_process(
    open_local: Open, script: Script
) -> None:
    reached, go = threading.Event(), threading.Event()

    def hang(_event: Any, _context: Any) -> None:
        reached.set()
        assert go.wait(20)

    script.on("b", hang)
    local = open_local()
    Engine(local).start(chain(task("a"), task("b"), task("c")))
    assert reached.wait(20)
    close_while_running(local, go)
    assert script.nodes == ["a", "b"]
    outcome = Engine(open_local()).end()
    assert outcome == Outcome("SUCCEEDED", {"did": "c"})
    # From the start again: the functions know what they have done.
    assert script.nodes == ["a", "b", "a", "b", "c"]


def test_an_execution_that_ended_is_not_run_again(open_local: Open, script: Script) -> None:
    local = open_local()
    Engine(local).run(chain(task("a")))
    local.close()
    local = open_local()
    local.machines.start("machine", "execution", {})
    assert local.machines.wait("execution") is None
    assert script.nodes == ["a"]
    assert local.machines.history("execution") == []


def test_the_execution_of_a_deleted_machine_goes_on(open_local: Open, script: Script) -> None:
    go, reached = threading.Event(), threading.Event()

    def hang(_event: Any, _context: Any) -> None:
        reached.set()
        assert go.wait(20)

    script.on("a", hang)
    local = open_local()
    Engine(local).start(chain(task("a"), task("b")))
    assert reached.wait(20)
    local.machines.delete("machine")
    close_while_running(local, go)
    assert Engine(open_local()).end().output == {"did": "b"}


def test_a_definition_that_this_engine_does_not_know_fails_its_executions(
    local: LocalPlatform, script: Script
) -> None:
    ended = Told(script)
    keep_unknown(local, "machine")
    local.machines.start("machine", "execution", {})
    ended.wait()
    detail = told(script)[0]["detail"]
    assert (detail["status"], detail["error"]) == ("FAILED", "States.Runtime")
    assert "'Dance'" in detail["cause"]


def test_names_are_kept_for_90_days(open_local: Open, script: Script, clock: HeldClock) -> None:
    local = open_local()
    Engine(local).run(chain(task("a")))
    local.close()
    clock.sleep(91 * 86_400)
    local = open_local()
    local.machines.start("machine", "execution", {})
    assert Engine(local).end().status == "SUCCEEDED"
    assert script.nodes == ["a", "a"]


def test_an_execution_that_ended_is_forgotten_for_good(open_local: Open, script: Script) -> None:
    local = open_local()
    engine = Engine(local)
    engine.run(chain(task("a")), {"execution_id": "execution"})
    assert local.machines.forget("machine", "execution")
    assert local.machines.status("machine", "execution") is None
    assert local.machines.history("execution") == []
    assert local.machines.forget("machine", "execution")


def test_one_whose_end_was_not_heard_yet_is_kept(engine: Engine, script: Script) -> None:
    heard, asked = threading.Event(), threading.Event()

    def hear(_event: Any, _context: Any) -> None:
        asked.set()
        assert heard.wait(20)

    script.on("end_execution", hear)
    engine.run(FAILING)
    assert asked.wait(20)
    assert not engine.machines.forget("machine", "execution")
    heard.set()


def test_the_histories_of_the_last_executions_are_kept(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "HISTORIES_KEPT", 2)
    engine.machines.create("machine", chain({"Type": "Pass"}))
    for name in "abc":
        engine.machines.start("machine", name, {})
        assert engine.machines.wait(name)
    assert [len(engine.machines.history(name)) for name in "abc"] == [0, 4, 4]


def test_no_more_events_are_kept_than_memory_is_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "EVENTS_KEPT", 11)
    engine.machines.create("machine", chain({"Type": "Pass"}))
    engine.machines.create("long", chain(*[{"Type": "Pass"}] * 5))
    for name, machine in (("a", "machine"), ("b", "machine"), ("c", "machine"), ("d", "long")):
        engine.machines.start(machine, name, {})
        assert engine.machines.wait(name)
    # The last one is kept, however long it is.
    assert [len(engine.machines.history(name)) for name in "abcd"] == [0, 0, 0, 12]


def test_a_wait_for_an_execution_may_end_before_it(engine: Engine, script: Script) -> None:
    go = threading.Event()
    script.on("a", lambda _event, _context: go.wait(20) and None)
    engine.start(chain(task("a")))
    assert engine.machines.wait("execution", 0.001) is None
    go.set()
    assert engine.end().status == "SUCCEEDED"


def test_a_task_that_hangs_gives_way_and_is_not_heard(
    open_local: Open, script: Script, clock: HeldClock
) -> None:
    local = open_local(workers=1)
    engine, go, back = Engine(local), threading.Event(), threading.Event()
    reached = threading.Event()

    def hang(_event: Any, _context: Any) -> None:
        reached.set()
        assert go.wait(20)
        back.set()

    script.on("a", hang)
    script.on("end_execution", lambda _event, _context: None)
    engine.start(chain(task("a", TimeoutSeconds=60)))
    assert reached.wait(20)
    clock.sleep(61)
    local.scheduler.wake()
    outcome = engine.end()
    assert outcome.failure is not None
    assert outcome.failure.error == "States.Timeout"
    # The only thread hangs, and the next execution still runs.
    local.machines.create("other", chain(task("b")))
    local.machines.start("other", "next", {})
    assert local.machines.wait("next") == Outcome("SUCCEEDED", {"did": "b"})
    go.set()
    assert back.wait(20)
    assert engine.events[-1] == "ExecutionFailed"


def test_executions_run_beside_each_other(open_local: Open, script: Script) -> None:
    engine = Engine(open_local(workers=4))
    together = threading.Barrier(4)
    script.on("a", lambda _event, _context: together.wait(20) * 0)
    engine.machines.create("machine", chain(task("a")))
    for name in "1234":
        engine.machines.start("machine", name, {})
    assert [engine.machines.wait(name) for name in "1234"] == [Outcome("SUCCEEDED", 0)] * 4


def test_a_failure_of_any_function_is_told_by_name_of_its_error(
    engine: Engine, script: Script
) -> None:
    ended = Told(script)
    script.on("n", fails("NodeFailed"))
    engine.run(chain(task("n")))
    ended.wait()
    assert told(script)[0]["detail"]["error"] == "NodeFailed"
