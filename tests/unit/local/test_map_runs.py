"""Maps whose items are executions of their own."""

from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Hung, Open, close_while_running
from tests.unit.local.machine import (
    callback,
    catcher,
    chain,
    distributed,
    item_task,
    mapped,
    nested,
    of_states,
    parallel,
    retrier,
    task,
)
from tests.unit.local.script import Script, fails
from tests.unit.local.test_definition import refusal
from tests.unit.local.test_machines import told

PASS: dict[str, Any] = {"Type": "Pass"}


def fails_for(*items: int) -> Any:
    def answer(event: Any, context: Any) -> Any:
        return fails("E")(event, context) if event["given"] in items else event["given"]

    return answer


def test_the_results_come_in_the_order_of_the_items(engine: Engine, clock: HeldClock) -> None:
    body = [{"Type": "Wait", "SecondsPath": "$"}]
    assert engine.run(chain(distributed(*body)), [5, 1, 3]).output == [5, 1, 3]
    assert clock.waits == pytest.approx([1, 2, 2])


def test_the_events_of_a_map_run_are_those_of_aws(engine: Engine) -> None:
    engine.run(chain(distributed(PASS)), [1, 2])
    assert engine.events == [
        "ExecutionStarted",
        "MapStateEntered S0",
        "MapStateStarted S0",
        "MapRunStarted S0",
        "MapRunSucceeded S0",
        "MapStateSucceeded S0",
        "MapStateExited S0",
        "ExecutionSucceeded",
    ]


def test_a_map_run_without_items_gives_none(engine: Engine) -> None:
    assert engine.run(chain(distributed(PASS)), []).output == []
    assert "MapRunSucceeded S0" in engine.events


def test_each_item_is_an_execution_of_its_own(engine: Engine) -> None:
    known = {
        "id.$": "$$.Execution.Id",
        "given.$": "$$.Execution.Input",
        "machine.$": "$$.StateMachine.Name",
    }
    selector = {"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "c.$": "$.common"}
    state = distributed(
        {"Type": "Pass", "Parameters": known},
        Label="items",
        ItemsPath="$.items",
        ItemSelector=selector,
    )
    output = engine.run(chain(state), {"items": ["a", "b"], "common": 1}).output
    assert [one["given"] for one in output] == [
        {"n": "a", "at": 0, "c": 1},
        {"n": "b", "at": 1, "c": 1},
    ]
    assert all(one["machine"] == "machine/items" for one in output)
    assert len({one["id"] for one in output}) == 2


def test_the_history_of_an_item_is_found_by_its_name(engine: Engine) -> None:
    known = {"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name"}}
    ((found),) = engine.run(chain(distributed(known)), [1]).output
    events = [event.type for event in engine.machines.history(found["name"])]
    assert events == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


def test_an_item_does_not_know_of_the_map(engine: Engine) -> None:
    state = distributed({"Type": "Pass", "Parameters": {"at.$": "$$.Map.Item.Index"}})
    failure = engine.run(chain(state), [1]).failure
    assert failure is not None
    assert failure.error == "States.ExceedToleratedFailureThreshold"


def test_10000_items_run(engine: Engine) -> None:
    items = list(range(10_000))
    assert engine.run(chain(distributed(PASS, PASS, PASS)), items).output == items
    assert len(engine.events) == 8


def test_as_many_as_are_allowed_run_at_once(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    most = []

    def answer(event: Any, _context: Any) -> Any:
        most.append(len(local.machines._nested._running))
        return event["given"]

    script.on("n", answer)
    items = list(range(200))
    state = distributed(item_task("n"), MaxConcurrency=7)
    assert engine.run(chain(state), items).output == items
    assert max(most) == 7


def test_1000_items_wait_at_once(engine: Engine, clock: HeldClock) -> None:
    state = distributed({"Type": "Wait", "Seconds": 60})
    assert engine.run(chain(state), list(range(1_000))).status == "SUCCEEDED"
    assert sum(clock.waits) == pytest.approx(60)


@pytest.mark.parametrize(
    ("tolerated", "failing", "result"),
    [
        ({}, 0, list(range(10))),
        ({}, 1, None),
        ({"ToleratedFailureCount": 2}, 2, list(range(2, 10))),
        ({"ToleratedFailureCount": 2}, 3, None),
        ({"ToleratedFailurePercentage": 20}, 2, list(range(2, 10))),
        ({"ToleratedFailurePercentage": 20}, 3, None),
        ({"ToleratedFailurePercentage": 100}, 10, []),
        ({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 20}, 3, None),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 50}, 3, None),
    ],
)
def test_so_many_items_may_fail(
    engine: Engine, script: Script, tolerated: dict[str, Any], failing: int, result: Any
) -> None:
    script.on("n", fails_for(*range(failing)))
    state = distributed(item_task("n"), **tolerated)
    outcome = engine.run(chain(state), list(range(10)))
    assert outcome.output == result
    if result is None:
        assert outcome.failure is not None
        assert outcome.failure.error == "States.ExceedToleratedFailureThreshold"
        assert engine.events[-3:] == ["MapRunFailed S0", "MapStateFailed S0", "ExecutionFailed"]


def test_the_tolerance_may_come_from_the_input(engine: Engine, script: Script) -> None:
    script.on("n", fails_for(1, 2))
    state = distributed(
        item_task("n"),
        ItemsPath="$.items",
        ToleratedFailureCountPath="$.count",
        ToleratedFailurePercentagePath="$.percent",
        MaxConcurrencyPath="$.most",
    )
    given = {"items": [1, 2, 3, 4], "count": 2, "percent": 62.5, "most": 2}
    assert engine.run(chain(state), given).output == [3, 4]


@pytest.mark.parametrize(("count", "percent"), [(-1, 0), ("1", 0), (1.5, 0), (0, 101), (0, "1")])
def test_a_tolerance_that_is_none_is_a_runtime_error(
    engine: Engine, count: Any, percent: Any
) -> None:
    state = distributed(
        PASS,
        ItemsPath="$.items",
        ToleratedFailureCountPath="$.count",
        ToleratedFailurePercentagePath="$.percent",
    )
    given = {"items": [1], "count": count, "percent": percent}
    failure = engine.run(chain(state), given).failure
    assert failure is not None
    assert failure.error == "States.Runtime"
    assert "ToleratedFailure" in failure.cause


def test_a_failure_beyond_the_tolerance_stops_the_others(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    script.on("n", fails_for(3))
    body = [item_task("n"), {"Type": "Wait", "Seconds": 100}, task("late")]
    state = {**distributed(*body), "Catch": [catcher("Caught")], "End": True}
    machine = {"M": state, "Caught": {"Type": "Wait", "Seconds": 1000, "End": True}}
    outcome = engine.run(of_states(machine), list(range(50)))
    assert outcome.output["Error"] == "States.ExceedToleratedFailureThreshold"
    local.close()
    assert "late" not in script.nodes
    assert not local.machines._nested._running


def test_a_map_run_is_retried_as_a_whole(engine: Engine, script: Script) -> None:
    script.on("n", fails("E", times=1))
    state = distributed(item_task("n"), Retry=[retrier("States.ALL")])
    assert engine.run(chain(state), [1]).output == [{"did": "n"}]
    assert engine.events.count("MapRunStarted S0") == 2


def test_a_sibling_that_fails_stops_the_map_run(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    held = Hung(script, "n")

    def fail(event: Any, context: Any) -> Any:
        assert held.reached.wait(20)
        return fails("E")(event, context)

    script.on("fail", fail)
    state = parallel(distributed(item_task("n"), task("late")), task("fail"))
    assert engine.run(chain(state), [1, 2, 3]).status == "FAILED"
    assert "MapRunAborted B0" in engine.events
    held.go.set()
    local.close()
    assert "late" not in script.nodes


def test_a_stop_ends_every_item(local: LocalPlatform, engine: Engine, script: Script) -> None:
    held = Hung(script, "n")
    engine.machines.create("inner", chain(item_task("n"), task("late")))
    inner = nested("inner")
    inner["Parameters"].pop("Name.$")
    engine.start(chain(distributed(inner)), list(range(500)))
    assert held.reached.wait(20)
    local.machines.stop("machine", "execution")
    held.go.set()
    assert engine.end().status == "ABORTED"
    local.close()
    assert "late" not in script.nodes
    assert not local.machines._nested._running


def test_a_map_run_begins_again_in_the_next_process(open_local: Open, script: Script) -> None:
    local = open_local()
    held = Hung(script, "held")
    body = [item_task("n", ResultPath=None), task("held", ResultPath=None)]
    Engine(local).start(chain(distributed(*body)), [1, 2, 3])
    assert held.reached.wait(20)
    close_while_running(local, held.go)
    assert Engine(open_local()).end().output == [1, 2, 3]


def test_of_an_item_that_failed_nobody_is_told(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    script.on("n", fails_for(1))
    state = distributed(item_task("n"), ToleratedFailureCount=1)
    assert engine.run(chain(state), [1, 2]).status == "SUCCEEDED"
    local.close()
    assert told(script) == []


def test_each_item_has_25000_events(open_local: Open) -> None:
    engine = Engine(open_local(max_events=20))
    state = distributed(*[PASS] * 9)
    assert engine.run(chain(state), list(range(100))).status == "SUCCEEDED"
    engine.machines.create("more", chain(distributed(*[PASS] * 10)))
    engine.machines.start("more", "more", [1])  # type: ignore[arg-type]
    outcome = engine.machines.wait("more")
    assert outcome is not None
    assert outcome.failure is not None
    assert outcome.failure.error == "States.ExceedToleratedFailureThreshold"


def test_express_items_have_five_minutes(engine: Engine, clock: HeldClock) -> None:
    state = distributed({"Type": "Wait", "Seconds": 301}, kind="EXPRESS")
    assert engine.run(chain(state), [1]).status == "FAILED"
    assert clock.waits == [300]


def test_map_runs_lie_within_map_runs(engine: Engine, script: Script) -> None:
    state = distributed(distributed(PASS, prefix="J"))
    assert engine.run(chain(state), [[1, 2], [3]]).output == [[1, 2], [3]]
    state = mapped(distributed(PASS, prefix="J"))
    engine.machines.create("other", chain(state))
    engine.machines.start("other", "other", [[1, 2], [3]])  # type: ignore[arg-type]
    outcome = engine.machines.wait("other")
    assert outcome is not None
    assert outcome.output == [[1, 2], [3]]


def test_items_may_wait_for_answers(local: LocalPlatform, engine: Engine, script: Script) -> None:
    script.on("ask", lambda event, _context: local.machines.answer(event["token"]))
    assert engine.run(chain(distributed(callback("ask"))), [1, 2, 3]).output == [{}] * 3


def test_an_item_selector_that_fails_later_stops_the_others(
    local: LocalPlatform, engine: Engine
) -> None:
    state = distributed(
        {"Type": "Wait", "Seconds": 5},
        ItemSelector={"x.$": "States.ArrayGetItem($$.Map.Item.Value, 0)"},
    )
    failure = engine.run(chain(state), [[1], [2], []]).failure
    assert failure is not None
    assert failure.error == "States.IntrinsicFailure"
    local.close()
    assert not local.machines._nested._running


def test_the_results_together_are_measured(engine: Engine) -> None:
    state = distributed({"Type": "Pass", "Result": "x" * 100_000})
    failure = engine.run(chain(state), [1, 2, 3]).failure
    assert failure is not None
    assert failure.error == "States.DataLimitExceeded"


def of_run(kind: str = "STANDARD", **fields: Any) -> str:
    return chain({**distributed(PASS, kind=kind), **fields})


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (of_run(kind="SLOW"), "Value must be one of STANDARD, EXPRESS"),
        (
            of_run(Label=""),
            "Value must be a string of 1 to 40 characters, without spaces and signs at",
        ),
        (of_run(Label="x" * 41), "Value must be a string of 1 to 40 characters"),
        (of_run(Label="a b"), "without spaces and signs"),
        (of_run(Label=1), "Value must be a string of 1 to 40 characters"),
        (of_run(ToleratedFailureCount=-1), "Value must be an integer from 0"),
        (of_run(ToleratedFailurePercentage=101), "Value must be a number from 0 to 100"),
        (of_run(ToleratedFailurePercentage="1"), "Value must be a number from 0 to 100"),
        (of_run(ToleratedFailureCount=1, ToleratedFailureCountPath="$.x"), "cannot specify both"),
        (
            chain(distributed(callback("n"), kind="EXPRESS")),
            "Express state machine does not support '.waitForTaskToken' service integration",
        ),
        (
            chain(distributed(nested("n"), kind="EXPRESS")),
            "Express state machine does not support '.sync:2' service integration",
        ),
        (
            chain(
                {
                    **distributed(PASS),
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                        "StartAt": "A",
                        "States": {"A": {**PASS, "End": True}},
                    },
                }
            ),
            "ExecutionType is required in DISTRIBUTED mode",
        ),
    ],
)
def test_a_malformed_map_run_is_refused(definition: str, message: str) -> None:
    assert message in refusal(definition)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (callback("n"), "does not support '.waitForTaskToken'"),
        (nested("n"), "does not support '.sync:2'"),
        (distributed(PASS), "does not support Map state in DISTRIBUTED mode"),
    ],
)
def test_an_express_machine_does_not_wait_for_others(
    engine: Engine, state: dict[str, Any], message: str
) -> None:
    from strata.local.refusals import InvalidDefinition

    with pytest.raises(InvalidDefinition) as refused:
        engine.machines.create("machine", chain(state), express=True)
    assert message in str(refused.value)


def test_a_percentage_may_be_a_part(engine: Engine, script: Script) -> None:
    script.on("n", fails_for(1))
    state = distributed(item_task("n"), ToleratedFailurePercentage=12.5)
    assert engine.run(chain(state), list(range(8))).output == [0, 2, 3, 4, 5, 6, 7]
