"""Maps within an execution."""

from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Hung, Open, close_while_running
from tests.unit.local.machine import (
    callback,
    catcher,
    chain,
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

PASS: dict[str, Any] = {"Type": "Pass"}


def doubled(event: Any, _context: Any) -> Any:
    return event["given"] * 2


def test_the_results_come_in_the_order_of_the_items(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    body = [{"Type": "Wait", "SecondsPath": "$"}, item_task("n")]
    script.on("n", doubled)
    assert engine.run(chain(mapped(*body)), [5, 1, 4, 2, 3]).output == [10, 2, 8, 4, 6]
    assert clock.waits == pytest.approx([1] * 5)


def test_the_events_of_a_map_are_those_of_aws(engine: Engine) -> None:
    engine.run(chain(mapped(PASS, MaxConcurrency=1)), [1, 2])
    each = ["MapIterationStarted S0", "PassStateEntered I0", "PassStateExited I0"]
    assert engine.events == [
        "ExecutionStarted",
        "MapStateEntered S0",
        "MapStateStarted S0",
        *[*each, "MapIterationSucceeded S0"] * 2,
        "MapStateSucceeded S0",
        "MapStateExited S0",
        "ExecutionSucceeded",
    ]


def test_a_map_without_items_gives_none(engine: Engine) -> None:
    assert engine.run(chain(mapped(PASS)), []).output == []
    assert "MapIterationStarted S0" not in engine.events
    assert "MapStateSucceeded S0" in engine.events


def test_items_and_inputs_of_bodies_are_chosen(engine: Engine) -> None:
    state = mapped(
        PASS,
        ItemsPath="$.items",
        ItemSelector={
            "item.$": "$$.Map.Item.Value",
            "at.$": "$$.Map.Item.Index",
            "all.$": "$.common",
            "name.$": "States.Format('{}-{}', $$.Execution.Name, $$.Map.Item.Index)",
        },
        ResultSelector={"first.$": "$[0]", "state.$": "$$.State.Name"},
        ResultPath="$.done",
        OutputPath="$.done",
    )
    assert engine.run(chain(state), {"items": ["a", "b"], "common": 7}).output == {
        "first": {"item": "a", "at": 0, "all": 7, "name": "execution-0"},
        "state": "S0",
    }


def test_the_item_is_known_within_the_body(engine: Engine) -> None:
    known = {"Type": "Pass", "Parameters": {"at.$": "$$.Map.Item.Index"}}
    inner = mapped(known, prefix="J", ItemsPath="$.inner", ResultPath="$.inner")
    outer = mapped({**parallel(known), "ResultPath": "$.beside"}, inner)
    items = [{"inner": ["x", "y"]}, {"inner": ["z"]}]
    assert engine.run(chain(outer), items).output == [
        {"beside": [{"at": 0}], "inner": [{"at": 0}, {"at": 1}]},
        {"beside": [{"at": 1}], "inner": [{"at": 0}]},
    ]


@pytest.mark.parametrize(("names"), [("Iterator", "Parameters"), ("ItemProcessor", "ItemSelector")])
def test_fields_may_have_their_former_names(engine: Engine, names: tuple[str, str]) -> None:
    state = mapped(PASS)
    processor, selector = names
    state[processor] = state.pop("ItemProcessor")
    state[selector] = {"v.$": "$$.Map.Item.Value"}
    assert engine.run(chain(state), [1]).output == [{"v": 1}]


class Most:
    """How many of a node's functions ran at once."""

    def __init__(self, script: Script, engine: Engine) -> None:
        self.most = 0
        self._engine = engine
        script.on("n", self._answer)

    def _answer(self, event: Any, _context: Any) -> Any:
        events = self._engine.events
        begun = events.count("MapIterationStarted S0")
        self.most = max(self.most, begun - events.count("MapIterationSucceeded S0"))
        return event["given"]


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({"MaxConcurrency": 3}, 3),
        ({"MaxConcurrency": 1}, 1),
        ({"MaxConcurrency": 0}, 40),
        ({"MaxConcurrency": 1000}, 40),
        ({}, 40),
        ({"MaxConcurrencyPath": "$.most", "ItemsPath": "$.items"}, 5),
    ],
)
def test_so_many_bodies_run_at_once(
    engine: Engine, script: Script, fields: dict[str, Any], most: int
) -> None:
    seen = Most(script, engine)
    items = list(range(100))
    given = {"items": items, "most": 5} if "ItemsPath" in fields else items
    assert engine.run(chain(mapped(item_task("n"), **fields)), given).output == items
    assert seen.most == most


def test_one_item_that_fails_ends_the_map_and_the_others(engine: Engine, script: Script) -> None:
    def answer(event: Any, context: Any) -> Any:
        return fails("E")(event, context) if event["given"] == 30 else event["given"]

    script.on("n", answer)
    body = [item_task("n"), {"Type": "Wait", "Seconds": 1000}]
    state = {**mapped(*body), "Catch": [catcher("Caught", "E")], "End": True}
    outcome = engine.run(of_states({"M": state, "Caught": PASS | {"End": True}}), list(range(50)))
    assert outcome.output["Error"] == "E"
    events = engine.events
    assert events.count("MapIterationFailed M") == 1
    assert events.count("MapIterationAborted M") == 39
    assert events.count("MapStateFailed M") == 1
    assert "MapIterationSucceeded M" not in events
    # Those that had no turn never begin.
    assert events.count("MapIterationStarted M") == 40


def test_a_map_that_failed_is_retried_as_a_whole(engine: Engine, script: Script) -> None:
    script.on("n", fails("E", times=1))
    state = mapped(item_task("n"), MaxConcurrency=1, Retry=[retrier("E")])
    assert engine.run(chain(state), [1, 2, 3]).output == [{"did": "n"}] * 3
    assert len(script.nodes) == 4


def test_a_body_may_catch_its_own_failure(engine: Engine, script: Script) -> None:
    script.on("n", fails("E"))
    caught = {**item_task("n"), "Catch": [catcher("I1", ResultPath=None)]}
    assert engine.run(chain(mapped(caught, PASS)), [1, 2]).output == [1, 2]
    assert "MapIterationFailed S0" not in engine.events


@pytest.mark.parametrize(
    ("given", "fields", "cause"),
    [
        ({"x": 1}, {}, 'Reference path "$" must point to array.'),
        ({"x": 1}, {"ItemsPath": "$.x"}, 'Reference path "$.x" must point to array.'),
        ({}, {"ItemsPath": "$.x"}, "could not be found"),
        ([1], {"ItemSelector": {"x.$": "$.y"}}, "could not be found"),
        ({"m": -1}, {"MaxConcurrencyPath": "$.m", "ItemsPath": "$.i"}, "could not be found"),
        ({"m": -1, "i": []}, {"MaxConcurrencyPath": "$.m", "ItemsPath": "$.i"}, "MaxConcurrency"),
        ({"m": "1", "i": []}, {"MaxConcurrencyPath": "$.m", "ItemsPath": "$.i"}, "MaxConcurrency"),
    ],
)
def test_an_input_without_items_is_a_runtime_error(
    engine: Engine, given: Any, fields: dict[str, Any], cause: str
) -> None:
    failure = engine.run(chain(mapped(PASS, **fields)), given).failure
    assert failure is not None
    assert failure.error == "States.Runtime"
    assert cause in failure.cause


def test_an_item_selector_that_fails_later_ends_the_others(engine: Engine, script: Script) -> None:
    state = mapped(
        {"Type": "Wait", "Seconds": 5},
        ItemSelector={"x.$": "States.ArrayGetItem($$.Map.Item.Value, 0)"},
    )
    caught = {**state, "Catch": [catcher("T")], "End": True}
    machine = of_states({"M": caught, "T": {"Type": "Succeed"}})
    assert engine.run(machine, [[1], [2], []]).output["Error"] == "States.IntrinsicFailure"


def test_the_joined_results_are_measured(engine: Engine) -> None:
    state = mapped({"Type": "Pass", "Parameters": {"x.$": "$"}}, ItemSelector={"t.$": "$.text"})
    state["ItemsPath"] = "$.items"
    given = {"items": [1, 2, 3], "text": "x" * 100_000}
    failure = engine.run(chain(state), given).failure
    assert failure is not None
    assert failure.error == "States.DataLimitExceeded"


def test_a_map_over_many_items_fills_the_history(engine: Engine) -> None:
    failure = engine.run(chain(mapped(PASS)), list(range(10_000))).failure
    assert failure is not None
    assert "25000" in failure.cause


def test_5000_items_are_no_fault(engine: Engine) -> None:
    items = list(range(5_000))
    assert engine.run(chain(mapped(PASS)), items).output == items


def test_maps_nest_deep(engine: Engine) -> None:
    state, given = PASS, "x"
    for depth in range(50):
        state = mapped(state, prefix=f"D{depth}-")
        given = [given]  # type: ignore[assignment]
    assert engine.run(chain(state), given).output == given


def test_an_execution_is_stopped_within_a_map(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    held = Hung(script, "n")
    engine.start(chain(mapped(item_task("n"), task("late"))), list(range(100)))
    assert held.reached.wait(20)
    local.machines.stop("machine", "execution")
    held.go.set()
    assert engine.end().status == "ABORTED"
    local.close()
    assert "late" not in script.nodes
    assert len(script.nodes) <= 40


def test_a_map_begins_again_in_the_next_process(open_local: Open, script: Script) -> None:
    local = open_local()
    held = Hung(script, "held")
    body = [item_task("n", ResultPath=None), task("held", ResultPath=None)]
    Engine(local).start(chain(mapped(*body)), [1, 2, 3])
    assert held.reached.wait(20)
    close_while_running(local, held.go)
    assert Engine(open_local()).end().output == [1, 2, 3]


def test_tokens_and_machines_work_within_a_map(
    local: LocalPlatform, engine: Engine, script: Script
) -> None:
    script.on("ask", lambda event, _context: local.machines.answer(event["token"]))
    engine.machines.create("inner", chain(PASS))
    inner = nested("inner", ResultSelector={"v.$": "$.Output"})
    inner["Parameters"]["Name.$"] = "States.Format('inner-{}', $$.Map.Item.Index)"
    body = [callback("ask", ResultPath=None), inner]
    assert engine.run(chain(mapped(*body)), [1, 2]).output == [{"v": 1}, {"v": 2}]


def of_map(**fields: Any) -> str:
    return chain({**mapped(PASS), **fields})


BODY = mapped(PASS)["ItemProcessor"]
CONFIGURED = {**BODY, "ProcessorConfig": {"Mode": "INLINE"}}


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (chain({"Type": "Map"}), "States must be an object with at least one state at"),
        (of_map(ItemProcessor=1), "Value must be an object at /States/S0/ItemProcessor"),
        (of_map(Iterator=BODY), "You cannot specify both ItemProcessor and Iterator"),
        (of_map(ItemSelector={}, Parameters={}), "both ItemSelector and Parameters"),
        (of_map(ItemsPath="x"), "Value is not a Reference Path: 'x'"),
        (of_map(MaxConcurrency=-1), "Value must be an integer from 0"),
        (of_map(MaxConcurrency=1, MaxConcurrencyPath="$.x"), "You cannot specify both"),
        (of_map(TimeoutSeconds=1), "Field 'TimeoutSeconds' is not supported"),
        (of_map(ItemBatcher={}), "Field 'ItemBatcher' is not supported"),
        (of_map(ItemReader={}), "Field 'ItemReader' is not supported"),
        (of_map(ResultWriter={}), "Field 'ResultWriter' is not supported"),
        (of_map(Label="x"), "Field 'Label' is not supported in INLINE mode"),
        (of_map(ToleratedFailureCount=1), "not supported in INLINE mode"),
        (of_map(ItemProcessor={**BODY, "QueryLanguage": "JSONPath"}), "Field 'QueryLanguage' is"),
        (of_map(ItemProcessor={**BODY, "ProcessorConfig": 1}), "ItemProcessor/ProcessorConfig"),
        (
            of_map(ItemProcessor={**BODY, "ProcessorConfig": {"Mode": "SIDEWAYS"}}),
            "Value must be one of INLINE, DISTRIBUTED",
        ),
        (
            of_map(ItemProcessor={**BODY, "ProcessorConfig": {"ExecutionType": "STANDARD"}}),
            "ExecutionType is not supported in INLINE mode",
        ),
        (
            of_map(ItemProcessor={"StartAt": "A", "States": {"A": {**PASS, "Next": "S1"}}}),
            "Missing 'Next' target: S1 at /States/S0/ItemProcessor/States/A",
        ),
        (of_map(ItemProcessor={"StartAt": "S0", "States": {"S0": PASS | {"End": True}}}), "Duplic"),
    ],
)
def test_a_malformed_map_is_refused(definition: str, message: str) -> None:
    assert message in refusal(definition)


def test_a_map_may_tell_its_mode(engine: Engine) -> None:
    assert engine.run(of_map(ItemProcessor=CONFIGURED), [1]).output == [1]
