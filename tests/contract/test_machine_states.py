"""What states do with their input, alike on both platforms: as the compiler writes them."""

import json
from typing import Any

import pytest

from tests.contract.conftest import RunningMachines
from tests.contract.test_running_machines import State, chain, start, task
from tests.unit.local.script import fails, returns

ITEMS = ["a", "b", "c"]
RUN = {"execution_id.$": "$.execution_id"}
MODES = pytest.mark.parametrize("mode", ["inline", "distributed"])


def loop(running: RunningMachines, mode: str, **more: Any) -> dict[str, State]:
    """A loop over the items that its first Task tells, in the mode that it tells."""
    machines = running.machines
    script = running.script
    script.on("loop", returns({"items": ITEMS, "mode": mode, "secret": "x"}))
    select = {"items.$": "$.items", "mode.$": "$.mode"}
    distributed = {"Variable": "$.loop.mode", "StringEquals": "distributed"}
    return {
        "open": task(machines, "loop", ResultSelector=select, ResultPath="$.loop"),
        "choose": {
            "Type": "Choice",
            "Choices": [{**distributed, "Next": "distributed"}],
            "Default": "inline",
        },
        "inline": each(running, "i", "INLINE", MaxConcurrency=2, Next="close"),
        "distributed": each(running, "d", "DISTRIBUTED", **more, Next="close"),
        "close": task(machines, "close"),
    }


def each(running: RunningMachines, name: str, mode: str, **more: Any) -> State:
    parameters = {"run.$": "$", "node": "each"}
    body = task(running.machines, "each", Parameters=parameters, ResultPath="$", OutputPath=None)
    config = {"Mode": mode, **({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})}
    return {
        "Type": "Map",
        "ItemsPath": "$.loop.items",
        "ItemSelector": {**RUN, "iteration.$": "$$.Map.Item.Value"},
        "ItemProcessor": {"ProcessorConfig": config, **json.loads(chain(**{name: body}))},
        "ResultSelector": {},
        "ResultPath": "$.loop",
        **more,
    }


def run(running: RunningMachines, states: dict[str, State]) -> str | None:
    # A Choice leads on by its rules alone.
    machine = json.loads(chain(**states))
    for state in machine["States"].values():
        if state["Type"] == "Choice":
            state.pop("Next", None)
    running.machines.create("m", json.dumps(machine))
    running.machines.start("m", "exe_1", {"execution_id": "exe_1"})
    return running.end("m", "exe_1")


def asked(running: RunningMachines, node: str) -> list[Any]:
    return [one["run"] for one in running.script.events["run_node"] if one["node"] == node]


@MODES
def test_the_body_runs_for_each_item_with_the_ids_of_its_run(
    running: RunningMachines, mode: str
) -> None:
    assert run(running, loop(running, mode)) == "SUCCEEDED"
    got = sorted(asked(running, "each"), key=lambda one: str(one["iteration"]))
    assert got == [{"execution_id": "exe_1", "iteration": item} for item in ITEMS]
    assert asked(running, "close") == [{"execution_id": "exe_1", "loop": {}}]


@MODES
def test_one_item_that_fails_fails_the_loop(running: RunningMachines, mode: str) -> None:
    running.script.on("each", fails("NodeFailed"))
    assert run(running, loop(running, mode)) == "FAILED"
    assert asked(running, "close") == []


def test_items_that_fail_within_the_tolerance_fail_nothing(running: RunningMachines) -> None:
    running.script.on("each", fails("NodeFailed", times=1))
    states = loop(running, "distributed", ToleratedFailureCount=1)
    assert run(running, states) == "SUCCEEDED"
    assert len(asked(running, "each")) == 3
    assert len(asked(running, "close")) == 1


@MODES
def test_a_loop_over_nothing_goes_on(running: RunningMachines, mode: str) -> None:
    states = loop(running, mode)
    running.script.on("loop", returns({"items": [], "mode": mode}))
    assert run(running, states) == "SUCCEEDED"
    assert asked(running, "each") == []
    assert len(asked(running, "close")) == 1


def test_what_fails_in_a_branch_of_a_body_is_caught_around_the_loop(
    running: RunningMachines,
) -> None:
    running.script.on("each", fails("NodeFailed"))
    states = loop(running, "inline")
    states["inline"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "close"}]
    assert run(running, states) == "SUCCEEDED"
    (caught,) = asked(running, "close")
    # moto loses the name of what failed within a Map.
    assert caught.keys() == {"Error", "Cause"}


def test_a_state_may_keep_of_a_result_what_it_needs(running: RunningMachines) -> None:
    machines = running.machines
    running.script.on("first", returns({"until": "x", "more": [1, 2]}))
    start(
        running,
        first=task(
            machines,
            "first",
            ResultSelector={"kept.$": "$.more[1]", "name.$": "$$.Execution.Name"},
            ResultPath="$.wait",
        ),
        last=task(machines, "last"),
    )
    assert running.end("m", "exe_1") == "SUCCEEDED"
    assert asked(running, "last") == [
        {"execution_id": "exe_1", "wait": {"kept": 2, "name": "exe_1"}}
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Format('{}-{}', $.execution_id, 1)", "exe_1-1"),
        ("States.Array(1, 'a', $.execution_id)", [1, "a", "exe_1"]),
        ("States.ArrayRange(1, 5, 2)", [1, 3, 5]),
        ("States.ArrayPartition(States.Array(1, 2, 3), 2)", [[1, 2], [3]]),
        ("States.ArrayContains(States.Array(1, 2), 2)", True),
        ("States.ArrayLength(States.Array())", 0),
        ("States.ArrayGetItem(States.Array('a', 'b'), 1)", "b"),
        ("States.JsonToString($)", '{"execution_id":"exe_1"}'),
        ("States.StringToJson('[1]')", [1]),
        ("States.MathAdd(2, -5)", -3),
        ("States.StringSplit('a,b;c', ',;')", ["a", "b", "c"]),
        ("States.Base64Encode('abc')", "YWJj"),
        ("States.Hash('abc', 'SHA-256')", "ba7816bf8f01cfea"),
    ],
)
def test_functions_give_the_same_on_both(
    running: RunningMachines, call: str, expected: Any
) -> None:
    parameters = {"run": {"x.$": call}, "node": "n"}
    start(running, n=task(running.machines, "n", Parameters=parameters))
    assert running.end("m", "exe_1") == "SUCCEEDED"
    (found,) = asked(running, "n")
    assert found["x"][:16] if "Hash" in call else found["x"] == expected


RULES: list[tuple[dict[str, Any], bool]] = [
    ({"Variable": "$.n", "NumericGreaterThan": 1}, True),
    ({"Variable": "$.n", "NumericEqualsPath": "$.s"}, False),
    ({"Variable": "$.s", "StringMatches": "a*c"}, True),
    ({"Variable": "$.absent", "IsPresent": False}, True),
    ({"Not": {"Variable": "$.b", "BooleanEquals": True}}, False),
    ({"Variable": "$.t", "TimestampLessThan": "2026-03-01T12:00:01Z"}, True),
    ({"And": [{"Variable": "$.n", "IsNumeric": True}, {"Variable": "$.z", "IsNull": True}]}, True),
    ({"Or": [{"Variable": "$.n", "IsString": True}, {"Variable": "$.s", "IsString": True}]}, True),
]


@pytest.mark.parametrize(("rule", "holds"), RULES, ids=str)
def test_rules_hold_alike(running: RunningMachines, rule: dict[str, Any], holds: bool) -> None:
    given = {"n": 2, "s": "abc", "b": True, "t": "2026-03-01T12:00:00Z", "z": None}
    states: dict[str, State] = {
        "given": {"Type": "Pass", "Result": given},
        "choose": {"Type": "Choice", "Choices": [{**rule, "Next": "yes"}], "Default": "no"},
        "yes": {**task(running.machines, "yes"), "Next": "end"},
        "no": {**task(running.machines, "no"), "Next": "end"},
        "end": {"Type": "Succeed"},
    }
    machine = {"StartAt": "given", "States": states}
    states["given"]["Next"] = "choose"
    running.machines.create("m", json.dumps(machine))
    running.machines.start("m", "exe_1", {})
    assert running.end("m", "exe_1") == "SUCCEEDED"
    assert running.script.nodes == ["yes" if holds else "no"]


def test_an_input_that_no_rule_is_for_fails_the_execution(running: RunningMachines) -> None:
    states = {
        "choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "IsPresent": True, "Next": "end"}],
        },
        "end": {"Type": "Succeed"},
    }
    running.machines.create("m", json.dumps({"StartAt": "choose", "States": states}))
    running.machines.start("m", "exe_1", {})
    assert running.end("m", "exe_1") == "FAILED"
