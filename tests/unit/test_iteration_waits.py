"""What waits in an iteration that is over: the machine does not wait for it any longer."""

from typing import Any, cast

import pytest

from strata import approvals, executions, iteration_views, node_views, nodes, waits
from strata.approvals import Decision
from strata.model.errors import NotFound, NotWaiting
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_loops import ask
from tests.held_platform import USER, HeldMachines, started
from tests.unit.conftest import Hold
from tests.unit.test_item_failures import FRAIL
from tests.watched_table import watched


def asking(**pins: Any) -> Graph:
    """In each iteration an approval, and beside it a node that may fail."""
    return graph(
        [
            node("loop", "for_each", items=["bad", "good"], **pins),
            node("ask", "approval", parent="loop"),
            node("a", "frail", parent="loop"),
        ],
        "loop.item -> ask.data", "loop.item -> a.value", "ask.approved -> loop.result",
    )  # fmt: skip


def begun(platform: Platform, made: Graph) -> Run:
    """Both iterations wait for their approvals, with the tokens `t0` and `t1`."""
    run = started(made, platform)
    ask(run, ["loop"], platform)
    for index in range(2):
        nodes.run(run.within("loop", index), "ask", token=f"t{index}", platform=platform)
    return run


def answers(platform: Platform) -> dict[str, str | None]:
    return cast("HeldMachines", platform.machines).answers


def status(run: Run, index: int, platform: Platform) -> str:
    view = node_views.get(USER, run.execution_id, "ask", iteration=f"loop:{index}",
                          platform=platform)  # fmt: skip
    return str(view["status"])


@pytest.fixture
def platform(hold: Hold) -> Platform:
    return hold(FRAIL)


def test_a_tolerated_failure_lets_its_own_iteration_go(platform: Platform) -> None:
    run = begun(platform, asking(tolerated_failures=1))
    ask(run.within("loop", 0), ["a"], platform)
    assert answers(platform) == {"t0": None}
    assert (status(run, 0, platform), status(run, 1, platform)) == ("CANCELLED", "WAITING")


def test_a_loop_that_fails_and_goes_on_lets_all_its_iterations_go(platform: Platform) -> None:
    run = begun(platform, asking(on_error="continue"))
    ask(run.within("loop", 0), ["a"], platform)
    assert answers(platform) == {"t0": None, "t1": None}
    assert ask(run, ["loop"], platform, phase="end")["status"] == "FAILED"
    shown = executions.get(USER, run.execution_id, platform=platform)
    assert shown["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("iteration", "told"), [("", "in the body of 'loop'"), ("loop:2", "No such resource")]
)
def test_a_decision_names_an_iteration_that_there_is(
    platform: Platform, iteration: str, told: str
) -> None:
    run = begun(platform, asking())
    decision = Decision(approve=True, changes={}, iteration=iteration)
    with pytest.raises(NotFound) as refused:
        approvals.decide(USER, run.execution_id, "ask", decision, platform=platform)
    assert told in (refused.value.detail or refused.value.title)


def test_nobody_can_decide_there_any_more(platform: Platform) -> None:
    run = begun(platform, asking(tolerated_failures=1))
    ask(run.within("loop", 0), ["a"], platform)
    decision = Decision(True, {}, "loop:0")
    with pytest.raises(NotWaiting):
        approvals.decide(USER, run.execution_id, "ask", decision, platform=platform)


def test_one_that_begins_to_wait_too_late_is_let_go_by_the_sweep(platform: Platform) -> None:
    run = started(asking(tolerated_failures=1), platform)
    ask(run, ["loop"], platform)
    first = run.within("loop", 0)

    def fail(operation: str, _: Any) -> None:
        if operation == "get_many" and not failed:
            failed.append(True)
            ask(first, ["a"], platform)

    failed: list[bool] = []
    late, _ = watched(platform, after=fail)
    nodes.run(first, "ask", token="t0", platform=late)
    assert answers(platform) == {}
    (left,) = waits.left(run, platform=platform)
    assert waits.mend(left.run, left.node, platform=platform)
    assert answers(platform) == {"t0": None}
    assert waits.left(run, platform=platform) == []


def test_its_iteration_has_failed_all_the_same(platform: Platform) -> None:
    run = begun(platform, asking(tolerated_failures=1))
    ask(run.within("loop", 0), ["a"], platform)
    page = iteration_views.listing(
        USER, run.execution_id, "loop", page=PageRequest(), platform=platform
    )
    assert [str(one["status"]) for one in page["items"]] == ["FAILED", "RUNNING"]


def test_an_iteration_of_another_loop_goes_on_waiting(platform: Platform) -> None:
    made = graph(
        [
            node("x", "for_each", items=[["bad"], ["good"]], tolerated_failures=1),
            node("y", "for_each", parent="x"),
            node("a", "frail", parent="y"),
            node("ask", "approval", parent="y"),
        ],
        "x.item -> y.items", "y.item -> a.value", "y.item -> ask.data",
    )  # fmt: skip
    run = started(made, platform)
    ask(run, ["x"], platform)
    for index in range(2):
        outer = run.within("x", index)
        ask(outer, ["y"], platform)
        nodes.run(outer.within("y", 0), "ask", token=f"t{index}", platform=platform)
    ask(run.within("x", 0).within("y", 0), ["a"], platform)
    assert answers(platform) == {"t0": None}
