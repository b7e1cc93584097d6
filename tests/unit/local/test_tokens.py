"""Tasks that wait for an answer from outside."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Hung, Open, close_while_running
from tests.unit.local.machine import (
    callback,
    catcher,
    chain,
    invoked,
    of_states,
    parallel,
    retrier,
    task,
)
from tests.unit.local.script import Script, fails, returns


class Tokens:
    """The tokens that the node `ask` was given, in their order."""

    def __init__(self, script: Script, returned: Any = None) -> None:
        self.given: list[str] = []
        self._came = threading.Semaphore(0)
        self._returned = returned
        script.on("ask", self._answer)

    def _answer(self, event: Any, _context: Any) -> Any:
        self.given.append(event["token"])
        self._came.release()
        return self._returned

    def next(self) -> str:
        assert self._came.acquire(timeout=20)
        return self.given[-1]


@pytest.fixture
def tokens(script: Script) -> Tokens:
    return Tokens(script)


@pytest.fixture
def held(script: Script) -> Hung:
    """A node that keeps the clock from moving on while it hangs."""
    return Hung(script, "held")


def beside_held(*states: dict[str, Any]) -> dict[str, Any]:
    """A Parallel of the states and one that holds the clock."""
    return parallel(*states, task("held"))


def released(engine: Engine, held: Hung) -> Any:
    held.go.set()
    return engine.end()


def test_the_task_waits_for_its_answer_and_gives_an_empty_result(
    local: LocalPlatform, engine: Engine, tokens: Tokens, held: Hung
) -> None:
    engine.start(chain(beside_held(callback("ask", ResultPath="$.asked"))), {"x": 1})
    token = tokens.next()
    assert local.machines.answer(token) is True
    assert released(engine, held).output[0] == {"x": 1, "asked": {}}


def test_the_events_of_an_answered_task_are_those_of_aws(
    local: LocalPlatform, script: Script, engine: Engine, tokens: Tokens
) -> None:
    answered = threading.Event()

    def answer(_event: Any, _context: Any) -> None:
        # The other function has returned before: there is one thread.
        assert local.machines.answer(tokens.next())
        answered.set()

    script.on("answer", answer)
    engine.run(chain(parallel(callback("ask"), task("answer"))))
    assert [event for event in engine.events if event.endswith(" B0")] == [
        "TaskStateEntered B0",
        "TaskScheduled B0",
        "TaskStarted B0",
        "TaskSubmitted B0",
        "TaskSucceeded B0",
        "TaskStateExited B0",
    ]


@pytest.fixture
def local(open_local: Open) -> LocalPlatform:
    """One worker: functions run one after another."""
    return open_local(workers=2)


def test_an_answer_may_be_a_failure(
    local: LocalPlatform, engine: Engine, tokens: Tokens, held: Hung
) -> None:
    asked = {**callback("ask"), "Catch": [catcher("Caught", "NodeFailed")], "End": True}
    machine = {"StartAt": "S", "States": {"S": asked, "Caught": {"Type": "Succeed"}}}
    around = {"Type": "Parallel", "Branches": [machine, _branch(task("held"))]}
    engine.start(chain(around))
    assert local.machines.answer(tokens.next(), "rejected")
    assert released(engine, held).output[0] == {"Error": "NodeFailed", "Cause": "rejected"}
    assert "TaskFailed S" in engine.events


def _branch(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "H", "States": {"H": {**state, "End": True}}}


def test_a_token_is_answered_once(
    local: LocalPlatform, engine: Engine, tokens: Tokens, held: Hung, script: Script
) -> None:
    engine.start(chain(beside_held(callback("ask")), task("after")))
    token = tokens.next()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: local.machines.answer(token), range(50)))
    assert sorted(answers) == [False] * 49 + [True]
    assert released(engine, held).status == "SUCCEEDED"
    assert local.machines.answer(token) is False
    assert script.nodes.count("after") == 1


@pytest.mark.parametrize("forged", ["", "x", "0" * 64, "é", "token"])
def test_a_forged_token_is_refused(
    local: LocalPlatform, engine: Engine, tokens: Tokens, held: Hung, forged: str
) -> None:
    engine.start(chain(beside_held(callback("ask"))))
    token = tokens.next()
    assert local.machines.answer(forged) is False
    assert local.machines.answer(token.upper()) is False
    assert local.machines.answer(token[:-1]) is False
    assert local.machines.answer(token)
    assert released(engine, held).status == "SUCCEEDED"


def test_tokens_are_long_and_never_alike(engine: Engine, script: Script) -> None:
    tokens = Tokens(script)

    def answer_all(_event: Any, _context: Any) -> None:
        for _ in range(20):
            tokens.next()
        for token in tokens.given:
            engine.machines.answer(token)

    script.on("answer", answer_all)
    engine.run(chain(parallel(*[callback("ask") for _ in range(20)], task("answer"))))
    assert len(set(tokens.given)) == 20
    assert all(len(token) == 64 for token in tokens.given)


def test_the_function_may_answer_before_it_returns(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    script.on("ask", lambda event, _context: local.machines.answer(event["token"]))
    outcome = engine.run(chain(callback("ask"), task("after")))
    assert outcome.output == {"did": "after"}
    assert "TaskSubmitted S0" not in engine.events


def test_what_the_function_returns_does_not_count(
    local: LocalPlatform, engine: Engine, script: Script, held: Hung
) -> None:
    tokens = Tokens(script, returned={"big": "x" * 1000})
    engine.start(chain(beside_held(callback("ask"))))
    assert local.machines.answer(tokens.next())
    assert released(engine, held).output[0] == {}


def test_an_exception_of_the_function_fails_the_task(engine: Engine, script: Script) -> None:
    script.on("ask", fails("Broken"))
    failure = engine.run(chain(callback("ask"))).failure
    assert failure is not None
    assert failure.error == "Broken"
    assert engine.events[-2:] == ["TaskFailed S0", "ExecutionFailed"]


def test_the_token_of_a_task_that_failed_is_dead(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    given = []

    def answer(event: Any, context: Any) -> Any:
        given.append(event["token"])
        return fails("Broken")(event, context)

    script.on("ask", answer)
    assert engine.run(chain(callback("ask"))).status == "FAILED"
    assert local.machines.answer(given[0]) is False


def test_nobody_answers_in_time(
    local: LocalPlatform, engine: Engine, tokens: Tokens, clock: HeldClock
) -> None:
    failure = engine.run(chain(callback("ask", TimeoutSeconds=3600))).failure
    assert failure is not None
    assert failure.error == "States.Timeout"
    assert engine.events[-2:] == ["TaskTimedOut S0", "ExecutionFailed"]
    assert clock.waits == [3600]
    assert local.machines.answer(tokens.next()) is False


def test_the_function_and_the_wait_share_the_time(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("ask", lambda _event, _context: clock.sleep(50))
    engine.run(chain(callback("ask", TimeoutSeconds=60)))
    assert clock.waits == [50, 10]


def test_a_function_that_takes_longer_than_the_task_has_timed_out(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("ask", lambda _event, _context: clock.sleep(61))
    failure = engine.run(chain(callback("ask", TimeoutSeconds=60))).failure
    assert failure is not None
    assert failure.error == "States.Timeout"


def test_without_heartbeats_the_task_fails_when_one_is_due(
    engine: Engine, tokens: Tokens, clock: HeldClock
) -> None:
    state = callback("ask", TimeoutSeconds=100, HeartbeatSeconds=10)
    failure = engine.run(chain(state)).failure
    assert failure is not None
    assert failure.error == "States.HeartbeatTimeout"
    assert clock.waits == [10]
    assert "TaskTimedOut S0" in engine.events


def test_the_time_may_come_from_the_input(engine: Engine, tokens: Tokens, clock: HeldClock) -> None:
    state = callback("ask", TimeoutSecondsPath="$.t", HeartbeatSecondsPath="$.h")
    assert engine.run(chain(state), {"t": 50, "h": 60}).status == "FAILED"
    assert clock.waits == [50]


@pytest.mark.parametrize("seconds", [0, -1, 1.5, "60", None])
def test_a_time_that_is_none_is_a_runtime_error(engine: Engine, seconds: Any) -> None:
    failure = engine.run(chain(task("n", TimeoutSecondsPath="$.t")), {"t": seconds}).failure
    assert failure is not None
    assert failure.error == "States.Runtime"


def test_a_retry_waits_for_another_token(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    given: list[str] = []

    def answer(event: Any, _context: Any) -> None:
        given.append(event["token"])
        if len(given) == 3:
            assert [local.machines.answer(token) for token in given] == [False, False, True]

    script.on("ask", answer)
    state = callback("ask", TimeoutSeconds=60, Retry=[retrier("States.Timeout")])
    assert engine.run(chain(state)).status == "SUCCEEDED"
    assert len(set(given)) == 3


def test_a_token_that_waits_holds_no_thread(open_local: Open, script: Script) -> None:
    engine = Engine(open_local(workers=1))
    tokens = Tokens(script)
    script.on("answer", lambda _event, _context: [engine.machines.answer(t) for t in tokens.given])
    asked = [callback("ask") for _ in range(200)]
    outcome = engine.run(chain(parallel(*asked, task("answer"))))
    assert outcome.status == "SUCCEEDED"
    assert outcome.output[-1] == [True] * 200


def test_the_tokens_of_an_ended_execution_are_dead(
    local: LocalPlatform, engine: Engine, tokens: Tokens, held: Hung
) -> None:
    engine.start(chain(beside_held(callback("ask"))))
    token = tokens.next()
    local.machines.stop("machine", "execution")
    assert local.machines.answer(token) is False
    assert released(engine, held).status == "ABORTED"
    assert not local.machines._tokens._given


def test_the_token_of_a_sibling_that_failed_is_dead(
    local: LocalPlatform, engine: Engine, tokens: Tokens, script: Script
) -> None:
    def fail(event: Any, context: Any) -> Any:
        tokens.next()
        return fails("E")(event, context)

    script.on("fail", fail)
    around = {**parallel(callback("ask"), task("fail")), "Catch": [catcher("T")], "End": True}
    assert engine.run(of_states({"S": around, "T": {"Type": "Succeed"}})).status == "SUCCEEDED"
    assert local.machines.answer(tokens.given[0]) is False


def test_after_a_restart_the_task_asks_again_with_another_token(
    open_local: Open, script: Script, held: Hung
) -> None:
    tokens = Tokens(script)
    local = open_local()
    Engine(local).start(chain(beside_held(callback("ask"))))
    before = tokens.next()
    assert held.reached.wait(20)
    close_while_running(local, held.go)
    held.go.clear()
    local = open_local()
    after = tokens.next()
    assert local.machines.answer(before) is False
    assert local.machines.answer(after) is True
    assert released(Engine(local), held).status == "SUCCEEDED"


def test_an_answer_does_not_wait_for_what_it_sets_going(
    local: LocalPlatform, engine: Engine, tokens: Tokens, script: Script, held: Hung
) -> None:
    lock = threading.Lock()

    def after(_event: Any, _context: Any) -> str:
        with lock:
            return "after"

    script.on("after", after)
    asked = {**callback("ask"), "Next": "after"}
    inner = {"StartAt": "A", "States": {"A": asked, "after": {**task("after"), "End": True}}}
    around = {"Type": "Parallel", "Branches": [inner, _branch(task("held"))]}
    engine.start(chain(around))
    token = tokens.next()
    with lock:
        assert local.machines.answer(token)
    assert released(engine, held).output[0] == "after"


def test_an_answer_that_comes_together_with_the_timeout_counts_or_does_not(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    tokens = Tokens(script)
    engine.machines.create("machine", chain(callback("ask", TimeoutSeconds=1)))
    for number in range(30):
        name = f"execution{number}"
        engine.machines.start("machine", name, {})
        counts = engine.machines.answer(tokens.next())
        outcome = engine.machines.wait(name)
        assert outcome is not None
        assert (outcome.status == "SUCCEEDED") == counts


# lambda:invoke


def test_an_invocation_tells_its_payload_and_status(engine: Engine, script: Script) -> None:
    script.on("n", returns({"v": 1}))
    outcome = engine.run(chain(invoked("n")))
    assert outcome.output["Payload"] == {"v": 1}
    assert outcome.output["StatusCode"] == 200
    assert script.events["run_node"] == [{"node": "n"}]
    assert engine.events[1:6] == [
        "TaskStateEntered S0",
        "TaskScheduled S0",
        "TaskStarted S0",
        "TaskSucceeded S0",
        "TaskStateExited S0",
    ]


def test_an_invocation_fails_by_the_name_of_the_exception(engine: Engine, script: Script) -> None:
    script.on("n", fails("NodeFailed", times=1))
    state = invoked("n", Retry=[retrier("NodeFailed")], ResultSelector={"v.$": "$.Payload.did"})
    assert engine.run(chain(state)).output == {"v": "n"}
    assert "TaskFailed S0" in engine.events


@pytest.mark.parametrize("name", ["end_execution", "end_execution:live"])
def test_a_function_may_be_given_by_its_name(engine: Engine, script: Script, name: str) -> None:
    state = invoked("n") | {"Parameters": {"FunctionName": name}}
    assert engine.run(chain(state)).output["Payload"] == {"did": "end_execution"}
    assert script.events["end_execution"] == [{}]


def test_a_payload_over_256_kib_is_refused(engine: Engine) -> None:
    state = invoked("n")
    state["Parameters"] = {**state["Parameters"], "Payload": {"a.$": "$.x", "b.$": "$.x"}}
    failure = engine.run(chain(state), {"x": "y" * 200_000}).failure
    assert failure is not None
    assert failure.error == "States.DataLimitExceeded"


def test_other_tasks_have_no_token(engine: Engine) -> None:
    state = invoked("n")
    state["Parameters"] = {**state["Parameters"], "Payload": {"t.$": "$$.Task.Token"}}
    failure = engine.run(chain(state)).failure
    assert failure is not None
    assert failure.error == "States.Runtime"
