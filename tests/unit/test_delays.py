"""A delay computes its time once, and its machine waits for that."""

from typing import Any

import pytest

from strata import ends, nodes
from strata.model.errors import NodeFailed, NodeRetry
from strata.model.execution import Run
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_platform import play, started
from tests.held_waits import shown
from tests.watched_table import after_first, watched


def delaying(**given: Any) -> Any:
    return graph(
        [node("d", "delay", **given), node("out", "output", name="out")], "d.value -> out.value"
    )


def begin(run: Run, platform: Platform) -> Any:
    return nodes.run(run, "d", platform=platform)["until"]


def finish(run: Run, platform: Platform) -> Any:
    return nodes.run(run, "d", phase="end", platform=platform)


def test_it_waits_and_hands_the_value_on(held: Platform, clock: HeldClock) -> None:
    run = started(delaying(seconds=90, value="later"), held)
    assert begin(run, held) == "2026-03-01T12:01:30.000Z"
    assert shown(run, "d", held)["status"] == "WAITING"
    assert shown(run, "d", held)["waiting"] == {"until": "2026-03-01T12:01:30.000Z"}
    clock.sleep(90)
    assert finish(run, held)["status"] == "COMPLETED"
    assert shown(run, "d", held)["outputs"] == {"value": "later", "waited_seconds": 90.0}
    assert shown(run, "d", held)["waiting"] is None
    assert play(run, held)["outputs"] == {"out": "later"}


def test_asked_again_it_tells_the_same_time(held: Platform, clock: HeldClock) -> None:
    run = started(delaying(seconds=90), held)
    first = begin(run, held)
    clock.sleep(30)
    assert begin(run, held) == first
    assert shown(run, "d", held)["attempts"] == 1


def test_it_starts_the_execution_if_it_is_the_first_node(held: Platform) -> None:
    run = started(delaying(seconds=90), held)
    begin(run, held)
    assert shown(run, "d", held)["started_at"] == "2026-03-01T12:00:00.000Z"


def test_a_machine_that_comes_early_ends_it(held: Platform, clock: HeldClock) -> None:
    run = started(delaying(seconds=90, value=1), held)
    begin(run, held)
    clock.sleep(89.5)
    assert finish(run, held)["status"] == "COMPLETED"
    assert finish(run, held)["status"] == "COMPLETED"
    assert shown(run, "d", held)["outputs"]["waited_seconds"] == 89.5


def test_a_time_that_is_over_is_waited_for_no_longer(held: Platform) -> None:
    run = started(delaying(until="2020-01-01T00:00:00Z", value=1), held)
    assert begin(run, held) == "2026-03-01T12:00:00.000Z"


def test_what_cannot_be_a_time_fails_it_before_it_waits(held: Platform) -> None:
    time = graph(
        [node("t", value="soon"), node("d", "delay", on_error="continue")], "t.value -> d.until"
    )
    run = started(time, held)
    nodes.run(run, "t", platform=held)
    assert begin(run, held) == "2026-03-01T12:00:00.000Z"
    assert shown(run, "d", held)["error"]["code"] == "invalid_input"
    assert finish(run, held)["status"] == "FAILED"


def test_its_failure_ends_the_execution_if_it_does_not_go_on(held: Platform) -> None:
    time = graph([node("t", value=-1), node("d", "delay")], "t.value -> d.seconds")
    run = started(time, held)
    nodes.run(run, "t", platform=held)
    with pytest.raises(NodeFailed, match="invalid_input"):
        begin(run, held)


def test_a_skipped_one_does_not_wait(held: Platform) -> None:
    skipped = graph(
        [node("c", "condition", left=1, operator="empty"), node("d", "delay", seconds=90)],
        "c.then -> d.value",
    )
    run = started(skipped, held)
    nodes.run(run, "c", platform=held)
    assert begin(run, held) == "2026-03-01T12:00:00.000Z"
    assert finish(run, held)["status"] == "SKIPPED"


def test_one_that_has_not_begun_does_not_end(held: Platform) -> None:
    run = started(delaying(seconds=90), held)
    with pytest.raises(NodeRetry):
        finish(run, held)


def test_it_does_not_end_after_the_execution(held: Platform) -> None:
    run = started(delaying(seconds=90, value=1), held)
    begin(run, held)
    ends.end(run, {"Error": "TIMED_OUT"}, platform=held)
    assert shown(run, "d", held)["error"]["code"] == "execution_timeout"
    with pytest.raises(NodeFailed):
        finish(run, held)


def test_the_end_of_the_execution_meanwhile_counts(held: Platform, clock: HeldClock) -> None:
    run = started(delaying(seconds=90, value=1), held)
    begin(run, held)

    def time_out() -> None:
        ends.end(run, {"Error": "TIMED_OUT"}, platform=held)

    late, _ = watched(held, after=after_first("get_many", time_out))
    with pytest.raises(NodeRetry):
        finish(run, late)
    assert shown(run, "d", held)["outputs"] is None


def test_two_of_its_ends_at_once_are_one(held: Platform) -> None:
    run = started(delaying(seconds=0, value=1), held)
    begin(run, held)
    late, _ = watched(held, after=after_first("get_many", lambda: finish(run, held)))
    with pytest.raises(NodeRetry):
        finish(run, late)
    assert finish(run, held)["status"] == "COMPLETED"


def test_one_whose_function_vanishes_each_time_fails(held: Platform) -> None:
    def vanish(operation: str, given: Any) -> None:
        if operation == "write" and given.set.get("status") == "WAITING":
            raise KeyboardInterrupt

    run = started(delaying(seconds=90), held)
    dying, _ = watched(held, before=vanish)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            begin(run, dying)
    with pytest.raises(NodeFailed, match="node_lost"):
        begin(run, dying)
