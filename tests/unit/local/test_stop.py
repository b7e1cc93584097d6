"""Executions that are stopped: at whatever moment, durably, and once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strata.local.host import Outcome
from strata.local.platform import LocalPlatform
from strata.ports import MachineStatus
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Hung, Open, close_while_running
from tests.unit.local.machine import catcher, chain, of_states, parallel, retrier, task
from tests.unit.local.script import Script, fails
from tests.unit.local.test_machines import Told, told

ABORTED = Outcome("ABORTED")


@pytest.fixture
def hung(script: Script) -> Hung:
    return Hung(script, "a")


def status(local: LocalPlatform, execution: str = "execution") -> MachineStatus | None:
    return local.machines.status("machine", execution)


def stop(local: LocalPlatform) -> None:
    local.machines.stop("machine", "execution")


def test_no_state_begins_after_the_stop(
    local: LocalPlatform, engine: Engine, script: Script, hung: Hung
) -> None:
    engine.start(chain(task("a"), task("b")))
    assert hung.reached.wait(20)
    assert status(local) == "RUNNING"
    stop(local)
    assert status(local) == "ABORTED"
    assert engine.end() == ABORTED
    # The function runs on, and nobody hears it.
    hung.go.set()
    assert hung.back.wait(20)
    local.close()
    assert script.nodes == ["a"]
    assert engine.events[-1] == "ExecutionAborted"


def test_a_stop_ends_every_branch(
    local: LocalPlatform, engine: Engine, script: Script, hung: Hung
) -> None:
    failing = task("b", Retry=[retrier("E", IntervalSeconds=1000)])
    script.on("b", fails("E"))
    engine.start(chain(parallel(task("a"), failing), task("c")))
    assert hung.reached.wait(20)
    stop(local)
    hung.go.set()
    local.close()
    assert script.nodes.count("b") <= 1
    assert "c" not in script.nodes


def test_nothing_catches_a_stop(
    local: LocalPlatform, engine: Engine, script: Script, hung: Hung
) -> None:
    machine = {"S": {**task("a"), "Catch": [catcher("T")], "End": True}, "T": {"Type": "Succeed"}}
    engine.start(of_states(machine))
    assert hung.reached.wait(20)
    stop(local)
    hung.go.set()
    assert engine.end() == ABORTED


def test_a_stop_is_told_once_as_eventbridge_tells_it(
    local: LocalPlatform, engine: Engine, script: Script, hung: Hung
) -> None:
    ended = Told(script)
    engine.start(chain(task("a")), {"n": 1})
    assert hung.reached.wait(20)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: stop(local), range(8)))
    hung.go.set()
    ended.wait()
    local.close()
    (event,) = told(script)
    detail = event["detail"]
    assert (detail["status"], detail["input"]) == ("ABORTED", '{"n":1}')
    assert (detail["error"], detail["cause"]) == (None, None)


def test_what_has_ended_is_not_stopped(local: LocalPlatform, engine: Engine) -> None:
    assert engine.run(chain({"Type": "Pass"})).status == "SUCCEEDED"
    stop(local)
    assert status(local) == "SUCCEEDED"
    assert engine.end().status == "SUCCEEDED"


def test_what_was_never_started_is_not_stopped(local: LocalPlatform, engine: Engine) -> None:
    stop(local)
    assert status(local) is None
    assert engine.run(chain({"Type": "Pass"})).status == "SUCCEEDED"


def test_an_execution_of_another_machine_is_left_alone(
    local: LocalPlatform, engine: Engine, hung: Hung
) -> None:
    engine.start(chain(task("a")))
    assert hung.reached.wait(20)
    local.machines.stop("other", "execution")
    assert local.machines.status("other", "execution") is None
    hung.go.set()
    assert engine.end().status == "SUCCEEDED"


def test_a_stop_outlives_the_process(open_local: Open, script: Script, hung: Hung) -> None:
    script.on("end_execution", fails_to_hear)
    local = open_local()
    Engine(local).start(chain(task("a"), task("b")))
    assert hung.reached.wait(20)
    stop(local)
    close_while_running(local, hung.go)
    ended = Told(script)
    local = open_local()
    ended.wait()
    assert status(local) == "ABORTED"
    assert script.nodes == ["a"]


def fails_to_hear(_event: Any, _context: Any) -> None:
    raise RuntimeError


def test_a_stop_together_with_the_end_leaves_one_of_the_two(
    open_local: Open, script: Script
) -> None:
    local = open_local()
    engine = Engine(local)
    engine.machines.create("machine", chain(task("a")))
    outcomes = []
    for number in range(40):
        name = f"execution{number}"
        engine.machines.start("machine", name, {})
        local.machines.stop("machine", name)
        outcome = engine.machines.wait(name)
        assert outcome is not None
        assert outcome.status == status(local, name)
        outcomes.append(outcome.status)
    assert set(outcomes) <= {"SUCCEEDED", "ABORTED"}


def test_the_end_that_is_written_first_counts(
    local: LocalPlatform, engine: Engine, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = local.machines._notices.record

    def stopped_before(*told: Any) -> bool:
        stop(local)
        return written(*told)

    monkeypatch.setattr(local.machines._notices, "record", stopped_before)
    ended = Told(script)
    assert engine.run(chain(task("a"))) == ABORTED
    ended.wait()
    assert status(local) == "ABORTED"


def test_an_execution_that_is_stopped_before_it_begins_never_begins(
    local: LocalPlatform, engine: Engine, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = local.machines._executions.add

    def stopped_before(execution: Any) -> bool:
        stop(local)
        return known(execution)

    monkeypatch.setattr(local.machines._executions, "add", stopped_before)
    assert engine.run(chain(task("a"))) == ABORTED
    local.close()
    assert script.nodes == []


def test_the_status_is_that_of_the_end(
    local: LocalPlatform, engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("late", lambda _event, _context: clock.sleep(10))
    definitions = {
        "SUCCEEDED": chain({"Type": "Pass"}),
        "FAILED": chain({"Type": "Fail"}),
        "TIMED_OUT": chain(task("late"), TimeoutSeconds=5),
    }
    for wanted, definition in definitions.items():
        local.machines.create(wanted, definition)
        local.machines.start(wanted, f"execution-{wanted}", {})
        local.machines.wait(f"execution-{wanted}")
        assert local.machines.status(wanted, f"execution-{wanted}") == wanted


def test_an_express_machine_does_not_tell_but_can_be_stopped(
    local: LocalPlatform, engine: Engine, script: Script, hung: Hung
) -> None:
    local.machines.create("machine", chain(task("a"), task("b")), express=True)
    local.machines.start("machine", "execution", {})
    assert hung.reached.wait(20)
    assert status(local) is None
    stop(local)
    hung.go.set()
    assert engine.end() == ABORTED
    local.close()
    assert script.nodes == ["a"]


def test_an_answer_that_nobody_waits_for_is_refused(local: LocalPlatform) -> None:
    assert local.machines.answer("0" * 64) is False
    assert local.machines.answer("", "failure") is False


def test_a_machine_of_another_type_is_another_machine(local: LocalPlatform) -> None:
    from strata.ports import MachineDiffers

    definition = chain({"Type": "Pass"})
    local.machines.create("machine", definition, express=True)
    local.machines.create("machine", definition, express=True)
    with pytest.raises(MachineDiffers):
        local.machines.create("machine", definition)


def test_the_arn_of_a_machine_names_it(local: LocalPlatform) -> None:
    assert local.machines.arn("machine") == "arn:aws:states:local:000000000000:stateMachine:machine"


def endless() -> str:
    """Two states that lead to each other."""
    out = {"Variable": "$.n", "IsPresent": False, "Next": "C"}
    return of_states(
        {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Choice", "Choices": [out], "Default": "A"},
            "C": {"Type": "Succeed"},
        }
    )


def test_an_execution_that_never_rests_can_be_stopped(
    local: LocalPlatform, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strata.local.execution.EXPRESS_EVENTS", 10**9)
    engine.machines.create("machine", endless(), express=True)
    engine.machines.start("machine", "execution", {"n": 1})
    while len(engine.events) < 1_000:
        pass
    stop(local)
    assert engine.end() == ABORTED


def test_an_express_execution_that_never_ends_fails(engine: Engine) -> None:
    engine.machines.create("machine", endless(), express=True)
    engine.machines.start("machine", "execution", {"n": 1})
    failure = engine.end().failure
    assert failure is not None
    assert failure.error == "States.Runtime"
    assert len(engine.events) == 250_000


def test_the_thread_of_a_function_that_hangs_after_the_stop_is_replaced(
    open_local: Open, script: Script, hung: Hung, clock: HeldClock
) -> None:
    local = open_local(workers=1)
    engine = Engine(local)
    engine.start(chain(task("a", TimeoutSeconds=60)))
    assert hung.reached.wait(20)
    stop(local)
    local.machines.create("other", chain(task("b")))
    local.machines.start("other", "next", {})
    assert local.machines.wait("next", 0.01) is None
    clock.sleep(61)
    local.scheduler.wake()
    outcome = local.machines.wait("next", 20)
    assert outcome is not None
    assert outcome.status == "SUCCEEDED"
    hung.go.set()
    assert hung.back.wait(20)
