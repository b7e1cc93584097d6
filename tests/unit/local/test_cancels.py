"""Cancelled while its machine really runs: at whatever moment, there is one end, and it holds."""

from pathlib import Path
from typing import Any

from strata import cancelling, executions, graphs, node_views
from strata.clock import SystemClock, moment
from strata.local.platform import LocalPlatform, open_platform
from strata.model.block import Context, Values
from strata.model.errors import ExecutionEnded
from strata.model.execution import Run, Status
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store import keys
from strata.store.slots import counted
from tests.builders import graph, node
from tests.held_blocks import block
from tests.held_platform import USER, run_of
from tests.unit.local.looping import with_blocks

ROUNDS = 25
PATIENCE = 60
CLOCK = SystemClock()


def slow(values: Values, _: Context) -> Values:
    CLOCK.sleep(0.004)
    return {"value": values["value"]}


def whole(inner: str) -> Any:
    """Nodes one after the other and beside each other, a loop, and another graph."""
    return graph(
        [
            node("first", "slow", value=1),
            node("left", "slow"),
            node("right", "slow"),
            node("each", "for_each", items=[1, 2, 3]),
            node("item", "slow", parent="each"),
            node("call", "sub_graph", graph_id=inner),
            node("last", "slow"),
        ],
        "first.value -> left.value", "first.value -> right.value",
        "left.value -> item.value", "each.item -> item.value", "item.value -> each.result",
        "right.value -> call.inputs.n", "call.outputs -> last.value",
    )  # fmt: skip


def inner() -> Any:
    return graph(
        [node("n", "input", name="n"), node("a", "slow"), node("o", "output", name="o")],
        "n.value -> a.value",
        "a.value -> o.value",
    )


def test_cancelled_at_any_moment_it_has_one_end_which_holds(tmp_path: Path) -> None:
    with open_platform(tmp_path) as opened:
        local = with_blocks(opened, block("slow", slow))
        called = graphs.create(USER, inner(), platform=local.platform)["id"]
        graph_id = graphs.create(USER, whole(called), platform=local.platform)["id"]
        outcomes = [cancelled(graph_id, 0.006 * at, local) for at in range(ROUNDS)]
        assert set(outcomes) <= {"CANCELLED", "COMPLETED"}
        assert outcomes[0] == "CANCELLED"
        slots = counted(USER, local.platform)
        assert (slots["running"], slots["waiting"]) == (0, 0)
        stats = local.platform.table.get(keys.stats(USER, graph_id)) or {}
        assert stats["ended_count"] == ROUNDS
        assert stats["completed_count"] == outcomes.count("COMPLETED")


def cancelled(graph_id: str, after: float, local: LocalPlatform) -> str:
    """How an execution ended that was cancelled so many seconds after its start."""
    platform = local.platform
    run = run_of(executions.start(USER, graph_id, {}, platform=platform), USER)
    CLOCK.sleep(after)
    try:
        told = cancelling.cancel(USER, run.execution_id, platform=platform)["status"]
    except ExecutionEnded:
        told = "COMPLETED"
    before = seen(run, platform)
    local.machines.wait(run.execution_id, PATIENCE)
    assert seen(run, platform) == before
    execution, nodes = before
    assert execution["status"] == told
    assert sum(execution["node_counts"].values()) == len(nodes)
    assert {one["status"] for one in nodes} <= {"COMPLETED", "CANCELLED", "SKIPPED"}
    begun = [moment(one["started_at"]) for one in nodes if one["started_at"]]
    assert all(at <= moment(execution["ended_at"]) for at in begun)
    assert all(Status(status).is_final for status in children(run, platform))
    return str(told)


def seen(run: Run, platform: Platform) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    page = node_views.listing(USER, run.execution_id, page=PageRequest(100), platform=platform)
    execution = executions.get(USER, run.execution_id, platform=platform)
    # How far a loop had come is told by marks that its last items still leave.
    return execution, [{**one, "items": None} for one in page["items"]]


def children(run: Run, platform: Platform) -> list[str]:
    page = executions.listing(USER, page=PageRequest(100), platform=platform)
    return [
        one["status"]
        for one in page["items"]
        if one["parent"] and one["parent"]["execution_id"] == run.execution_id
    ]
