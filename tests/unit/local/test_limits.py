"""AWS's limits, by the error names that AWS gives."""

import json
from typing import Any

import pytest

from strata.local.definition import MAX_DEFINITION_BYTES
from strata.local.refusals import InvalidDefinition
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Open
from tests.unit.local.machine import branch, catcher, chain, of_states, parallel, retrier, task
from tests.unit.local.script import Script, returns

MOST = 262_144


def error_of(engine: Engine, definition: str, given: Any = None) -> str:
    outcome = engine.run(definition, given)
    assert outcome.failure is not None
    return outcome.failure.error


def text_of_json_bytes(size: int) -> str:
    """A text whose JSON has that many bytes."""
    return "x" * (size - 2)


def test_a_result_may_fill_the_limit(engine: Engine, script: Script) -> None:
    script.on("n", returns(text_of_json_bytes(MOST)))
    assert engine.run(chain(task("n"))).status == "SUCCEEDED"


@pytest.mark.parametrize(
    "value", [text_of_json_bytes(MOST + 1), "ä" * 131_072], ids=["ascii", "utf-8"]
)
def test_a_result_over_256_kib_is_refused(engine: Engine, script: Script, value: str) -> None:
    script.on("n", returns(value))
    assert error_of(engine, chain(task("n", ResultPath=None))) == "States.DataLimitExceeded"


def test_the_input_of_a_task_over_256_kib_is_refused(engine: Engine, script: Script) -> None:
    half = text_of_json_bytes(MOST // 2)
    state = {**task("n"), "Parameters": {"a.$": "$.x", "b.$": "$.x"}}
    assert error_of(engine, chain(state), {"x": half}) == "States.DataLimitExceeded"
    assert script.nodes == []


def test_parameters_of_other_states_are_measured_too(engine: Engine) -> None:
    half = text_of_json_bytes(MOST // 2)
    state = {"Type": "Pass", "Parameters": {"a.$": "$.x", "b.$": "$.x"}}
    assert error_of(engine, chain(state), {"x": half}) == "States.DataLimitExceeded"


def test_a_result_laid_into_the_input_counts_with_it(engine: Engine, script: Script) -> None:
    script.on("n", returns(text_of_json_bytes(MOST // 2)))
    given = {"x": text_of_json_bytes(MOST // 2)}
    assert error_of(engine, chain(task("n", ResultPath="$.y")), given) == "States.DataLimitExceeded"


def test_the_joined_results_of_a_parallel_are_measured(engine: Engine, script: Script) -> None:
    script.on("n", returns(text_of_json_bytes(100_000)))
    branches = [branch(f"B{at}", task("n") | {"Parameters": {"node": "n"}}) for at in range(3)]
    for at, one in enumerate(branches):
        one["StartAt"], one["States"] = f"B{at}", {f"B{at}": one["States"]["n"]}
    machine = of_states({"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    assert error_of(engine, machine) == "States.DataLimitExceeded"


def test_an_execution_with_more_input_does_not_start(engine: Engine) -> None:
    with pytest.raises(ValueError, match="262144"):
        engine.start(chain({"Type": "Pass"}), {"x": "y" * MOST})


@pytest.mark.parametrize("name", ["", "x" * 81, "a/b", "a b"])
def test_names_of_machines_and_executions_are_bounded(engine: Engine, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 80"):
        engine.machines.create(name, chain({"Type": "Pass"}))
    engine.machines.create("machine", chain({"Type": "Pass"}))
    with pytest.raises(ValueError, match="1 to 80"):
        engine.machines.start("machine", name, {})


def test_a_definition_over_one_mebibyte_is_refused(engine: Engine) -> None:
    short = chain({"Type": "Pass", "Comment": ""})
    full = chain({"Type": "Pass", "Comment": "x" * (MAX_DEFINITION_BYTES - len(short))})
    engine.machines.create("full", full)
    with pytest.raises(InvalidDefinition, match="exceeds 1048576 bytes"):
        engine.machines.create("over", full.replace("x", "xx", 1))


def passes(count: int) -> str:
    return chain(*[{"Type": "Pass"} for _ in range(count)])


def test_an_execution_may_have_25000_events(engine: Engine) -> None:
    # Two events each, and one for the start and the end: 25,000.
    assert engine.run(passes(12_499)).status == "SUCCEEDED"
    assert len(engine.events) == 25_000


def test_an_execution_with_more_events_fails(engine: Engine) -> None:
    outcome = engine.run(passes(12_500))
    assert outcome.failure is not None
    assert outcome.failure.error == "States.Runtime"
    assert outcome.failure.cause == (
        "The execution reached the maximum number of history events (25000)."
    )
    assert len(engine.events) == 25_000
    assert engine.events[-1] == "ExecutionFailed"


def test_nothing_catches_the_end_of_the_history(open_local: Open, script: Script) -> None:
    engine = Engine(open_local(max_events=20))
    inner = chain(*[{"Type": "Pass"} for _ in range(10)])
    state = {"Type": "Parallel", "Branches": [json.loads(inner)], "Next": "Caught"}
    caught: dict[str, dict[str, Any]] = {
        "S": {**state, "Catch": [catcher("Caught")]},
        "Caught": {"Type": "Succeed"},
    }
    assert error_of(engine, of_states(caught)) == "States.Runtime"


def test_retries_count_as_events(open_local: Open, script: Script) -> None:
    from tests.unit.local.script import fails

    engine = Engine(open_local(max_events=50))
    script.on("n", fails("E"))
    policy = retrier("E", MaxAttempts=1000, BackoffRate=1)
    assert error_of(engine, chain(task("n", Retry=[policy]))) == "States.Runtime"
    assert len(engine.events) == 50


def test_10000_states_run_one_after_another(engine: Engine) -> None:
    assert engine.run(passes(10_000), {"x": 1}).output == {"x": 1}


def test_10000_branches_run_beside_each_other(engine: Engine) -> None:
    outcome = engine.run(chain(parallel(*[{"Type": "Pass"}] * 10_000)))
    assert outcome.output == [{}] * 10_000


def test_parallels_may_nest_deep(engine: Engine) -> None:
    state: dict[str, Any] = {"Type": "Pass"}
    for depth in range(100):
        state = {"Type": "Parallel", "Branches": [branch(f"D{depth}", state)]}
    output = engine.run(chain(state)).output
    for _ in range(100):
        (output,) = output
    assert output == {}


# Time.


def test_a_task_that_takes_too_long_has_timed_out(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("n", lambda _event, _context: clock.sleep(71))
    assert error_of(engine, chain(task("n", TimeoutSeconds=70))) == "States.Timeout"
    assert "LambdaFunctionTimedOut n" in engine.events


def test_a_task_may_take_its_time(engine: Engine, script: Script, clock: HeldClock) -> None:
    script.on("n", lambda _event, _context: clock.sleep(69))
    assert engine.run(chain(task("n", TimeoutSeconds=70))).status == "SUCCEEDED"


def test_a_timeout_is_retried_like_any_failure(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    naps = iter([100, 0])
    script.on("n", lambda _event, _context: clock.sleep(next(naps)))
    state = task("n", TimeoutSeconds=70, Retry=[retrier("States.Timeout")])
    assert engine.run(chain(state)).status == "SUCCEEDED"


def test_a_machine_that_takes_too_long_has_timed_out(
    engine: Engine, script: Script, clock: HeldClock
) -> None:
    script.on("n", lambda _event, _context: clock.sleep(101))
    outcome = engine.run(chain(task("n"), task("m"), TimeoutSeconds=100))
    assert (outcome.status, script.nodes) == ("TIMED_OUT", ["n"])
    assert engine.events[-1] == "ExecutionTimedOut"


def test_a_machine_times_out_while_a_retry_waits(engine: Engine, script: Script) -> None:
    from tests.unit.local.script import fails

    script.on("n", fails("E"))
    state = task("n", Retry=[retrier("E", IntervalSeconds=200)])
    outcome = engine.run(chain(state, TimeoutSeconds=100))
    assert (outcome.status, script.nodes) == ("TIMED_OUT", ["n"])
