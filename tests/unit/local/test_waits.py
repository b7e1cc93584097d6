"""Waits: nothing but a timer."""

from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.held_clock import HeldClock
from tests.unit.local.conftest import Engine, Hung, Open, close_while_running
from tests.unit.local.machine import chain, parallel, task
from tests.unit.local.script import Script, fails
from tests.unit.local.test_definition import refusal


def wait(**fields: Any) -> dict[str, Any]:
    return {"Type": "Wait", **fields}


GIVEN = {
    "seconds": 30,
    "soon": "2026-03-01T12:00:45Z",
    "past": "2025-01-01T00:00:00Z",
    "elsewhere": "2026-03-01T13:01:00.500+01:00",
    "negative": -1,
    "part": 1.5,
    "text": "soon",
    "day": "2026-03-01",
}


@pytest.mark.parametrize(
    ("fields", "waited"),
    [
        ({"Seconds": 90}, [90]),
        ({"Seconds": 0}, []),
        ({"SecondsPath": "$.seconds"}, [30]),
        ({"Timestamp": "2026-03-01T12:01:00Z"}, [60]),
        ({"TimestampPath": "$.soon"}, [45]),
        ({"TimestampPath": "$.elsewhere"}, [60.5]),
        ({"TimestampPath": "$.past"}, []),
        ({"TimestampPath": "$$.Execution.StartTime"}, []),
    ],
)
def test_a_wait_ends_when_its_time_has_come(
    engine: Engine, clock: HeldClock, fields: dict[str, Any], waited: list[float]
) -> None:
    outcome = engine.run(chain(wait(**fields)), GIVEN)
    assert (outcome.status, outcome.output) == ("SUCCEEDED", GIVEN)
    assert clock.waits == waited


def test_the_events_of_a_wait_are_those_of_aws(engine: Engine) -> None:
    engine.run(chain(wait(Seconds=1), {"Type": "Succeed"}))
    assert engine.events[1:3] == ["WaitStateEntered S0", "WaitStateExited S0"]


def test_a_wait_reads_and_hands_on_by_its_paths(engine: Engine, clock: HeldClock) -> None:
    state = wait(SecondsPath="$.s", InputPath="$.inner", OutputPath="$.rest")
    assert engine.run(chain(state), {"inner": {"s": 5, "rest": [1]}}).output == [1]
    assert clock.waits == [5]


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"SecondsPath": "$.absent"}, "could not be found"),
        ({"SecondsPath": "$.text"}, "not a valid integer: $.text"),
        ({"SecondsPath": "$.part"}, "not a valid integer: $.part"),
        ({"SecondsPath": "$.negative"}, "Seconds must be between 0 and 99999999: -1"),
        ({"TimestampPath": "$.text"}, "ISO-8601 extended offset date-time format string: $.text"),
        ({"TimestampPath": "$.day"}, "$.day == 2026-03-01"),
        ({"TimestampPath": "$.seconds"}, "$.seconds == 30"),
    ],
)
def test_an_input_that_tells_no_time_is_a_runtime_error(
    engine: Engine, fields: dict[str, Any], cause: str
) -> None:
    failure = engine.run(chain(wait(**fields)), GIVEN).failure
    assert failure is not None
    assert failure.error == "States.Runtime"
    assert cause in failure.cause


def test_waits_beside_each_other_last_as_long_as_the_longest(
    engine: Engine, clock: HeldClock
) -> None:
    engine.run(chain(parallel(*[wait(Seconds=seconds) for seconds in (30, 10, 20)])))
    assert clock.waits == pytest.approx([10, 10, 10])


def test_a_thousand_waits_hold_no_thread(open_local: Open, script: Script) -> None:
    local = open_local(workers=1)
    engine = Engine(local)
    waits = [wait(Seconds=100) for _ in range(1_000)]
    script.on("n", lambda _event, _context: len(local.scheduler._threads))
    outcome = engine.run(chain(parallel(*waits, task("n"))))
    assert outcome.output[-1] == 1


def test_a_wait_dies_with_its_sibling(engine: Engine, script: Script, clock: HeldClock) -> None:
    script.on("n", fails("E"))
    assert engine.run(chain(parallel(wait(Seconds=1000), task("n")))).status == "FAILED"
    assert "WaitStateAborted B0" in engine.events
    assert clock.waits == []


def test_a_machine_times_out_while_it_waits(engine: Engine, clock: HeldClock) -> None:
    assert engine.run(chain(wait(Seconds=1000), TimeoutSeconds=100)).status == "TIMED_OUT"
    assert clock.waits == [100]


def test_an_execution_is_stopped_while_it_waits(local: LocalPlatform, script: Script) -> None:
    def stop(_event: Any, _context: Any) -> None:
        local.machines.stop("machine", "execution")

    script.on("n", stop)
    engine = Engine(local)
    outcome = engine.run(chain(parallel(wait(Seconds=1000), task("n")), task("after")))
    assert outcome.status == "ABORTED"
    local.close()
    assert script.nodes == ["n"]


def test_a_wait_goes_on_in_the_next_process(open_local: Open, script: Script) -> None:
    local = open_local()
    engine = Engine(local)
    # The clock stands still as long as a function runs.
    held = Hung(script, "held")
    engine.start(chain(task("a"), parallel(wait(Seconds=60), task("held")), task("b")))
    assert held.reached.wait(20)
    close_while_running(local, held.go)
    outcome = Engine(open_local()).end()
    assert outcome.output == {"did": "b"}
    assert script.nodes.count("b") == 1


def test_a_wait_longer_than_any_thread_can_wait_is_no_fault(engine: Engine) -> None:
    state = wait(Timestamp="9999-12-31T23:59:59Z")
    # A year at most: then no execution lives any more.
    assert engine.run(chain(state)).status == "TIMED_OUT"


def of_wait(**fields: Any) -> str:
    return chain(wait(**fields))


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (of_wait(), "A Wait state has exactly one of Seconds, SecondsPath, Timestamp, Timestam"),
        (of_wait(Seconds=1, Timestamp="2026-03-01T12:00:00Z"), "exactly one of"),
        (of_wait(Seconds=-1), "Value must be an integer from 0 to 99999999 at /States/S0/Seconds"),
        (of_wait(Seconds=1.5), "Value must be an integer from 0"),
        (of_wait(Seconds="1"), "Value must be an integer from 0"),
        (of_wait(Seconds=100_000_000), "Value must be an integer from 0 to 99999999"),
        (of_wait(SecondsPath="seconds"), "Value is not a Reference Path"),
        (of_wait(Timestamp="tomorrow"), "ISO-8601 extended offset date-time format string"),
        (of_wait(Timestamp="2026-03-01"), "at /States/S0/Timestamp"),
        (of_wait(Timestamp="2026-13-01T12:00:00Z"), "at /States/S0/Timestamp"),
        (of_wait(Timestamp=5), "ISO-8601 extended offset date-time format string"),
        (of_wait(TimestampPath="$.a[*]"), "Value is not a Reference Path"),
        (of_wait(Seconds=1, Retry=[]), "Field 'Retry' is not supported"),
        (of_wait(Seconds=1, ResultPath=None), "Field 'ResultPath' is not supported"),
    ],
)
def test_a_malformed_wait_is_refused(definition: str, message: str) -> None:
    assert message in refusal(definition)
