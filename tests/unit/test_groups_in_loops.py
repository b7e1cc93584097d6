"""Light nodes of a loop's body that share a Task."""

from functools import partial
from typing import Any

import pytest

from strata import cancelling, nodes
from strata.model.errors import NodeError, NodeFailed
from strata.model.execution import Run
from strata.platform import Platform
from strata.store import keys
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_loops import plan_of, play_loops
from tests.held_platform import USER, started
from tests.unit.conftest import Hold
from tests.watched_table import after_first, watched

NAMES = ("a", "b", "c")
BODY = graph(
    [
        node("items", "input", name="items"),
        node("by", value=10),
        node("loop", "for_each"),
        *(node(name, "probe", parent="loop") for name in NAMES),
        node("out", "output", name="out"),
    ],
    "items.value -> loop.items",
    "loop.item -> a.value",
    "a.value -> b.value",
    "b.value -> c.value",
    "c.value -> loop.result",
    "loop.results -> out.value",
)
GONE = NodeError("gone", "Gone.")


def light(*steps: Any) -> Probe:
    return Probe(*steps, is_light=True)


def begun(platform: Platform) -> Run:
    """The first iteration of the loop, whose nodes have not begun."""
    run = started(BODY, platform, items=[1, 2])
    for name in ("items", "by", "loop"):
        nodes.run(run, name, platform=platform)
    return run.within("loop", 0)


def recorded(run: Run, platform: Platform) -> list[str]:
    found = platform.table.get_many([keys.node_run(run, name) for name in NAMES])
    return [str(item["status"]) for item in found.values()]


def test_a_body_is_one_task(hold: Hold) -> None:
    platform = hold(light().block)
    run = started(BODY, platform, items=[1, 2])
    plan = plan_of(run, platform)
    shown = play_loops(run, platform)
    assert plan.bodies["loop"].nodes == NAMES  # type: ignore[union-attr]
    assert shown["outputs"] == {"out": [1, 2]}


def test_each_iteration_has_records_of_its_own(hold: Hold) -> None:
    platform = hold(light().block)
    run = begun(platform)
    nodes.run_together(run, NAMES, platform=platform)
    assert recorded(run, platform) == ["COMPLETED"] * 3
    other = run.around.within("loop", 1)
    assert recorded(other, platform) == []


def test_what_follows_a_failed_node_of_the_iteration_does_not_run(hold: Hold) -> None:
    probe = light(lambda values, _: values, GONE)
    platform = hold(probe.block)
    run = begun(platform)
    with pytest.raises(NodeFailed):
        nodes.run_together(run, NAMES, platform=platform)
    assert recorded(run, platform) == ["COMPLETED", "FAILED"]
    assert len(probe.runs) == 2


def test_none_of_an_iteration_that_is_over_runs_and_none_keeps_a_record(hold: Hold) -> None:
    probe = light(GONE)
    platform = hold(probe.block)
    run = begun(platform)
    with pytest.raises(NodeFailed):
        nodes.run(run, "a", platform=platform)
    told = nodes.run_together(run, NAMES[1:], platform=platform)
    assert told["statuses"] == {"CANCELLED": 2}
    assert recorded(run, platform) == ["FAILED"]


def test_none_is_recorded_that_ended_after_a_cancel_was_accepted(hold: Hold) -> None:
    probe = light()
    platform = hold(probe.block)
    run = begun(platform)
    cancel = partial(cancelling.cancel, USER, run.execution_id, platform=platform)
    late, _ = watched(platform, after=after_first("get_many", cancel))
    with pytest.raises(NodeFailed, match="the execution has ended"):
        nodes.run_together(run, NAMES, platform=late)
    assert recorded(run, platform) == []
