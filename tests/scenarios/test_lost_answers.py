"""One execution, again and again, each time with another call of AWS broken for good.

Whatever call breaks, before it took effect or after it, the caller tries again as a client, a
queue or a state machine does; the execution must end as if nothing had happened."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from strata import ends, executions, graphs, node_views, nodes
from strata.aws.platform import connect
from strata.model.errors import NodeRetry, RequestInFlight, Unavailable
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store.graphs import load_plan
from tests.account import CLIENTS, account
from tests.faults import Fault, lay_line
from tests.golden import GALLERY, load_graph
from tests.held_clock import HeldClock

USER = "usr_00000000000000000000000000"
GRAPH = load_graph(GALLERY / "diamond")
MOST_TRIES = 10
MOST_CALLS = 80
UNKNOWABLE = ("started_at", "ended_at", "attempts")
"""An attempt whose claim was answered by nothing is an attempt all the same."""

Result = TypeVar("Result")


def again(action: Callable[[], Result]) -> Result:
    """What everyone does who calls us: tries again after 503, and after a request in flight."""
    for _ in range(MOST_TRIES):
        try:
            return action()
        except (Unavailable, NodeRetry, RequestInFlight):
            continue
    raise AssertionError("no end of failures")


def tell(platform: Platform) -> Run:
    """From the graph's creation to the execution's end, as the API shows it."""
    one, two = Idempotency("graph", "digest"), Idempotency("execution", "digest")
    graph_id = again(lambda: graphs.create(USER, GRAPH, idempotency=one, platform=platform))["id"]
    view = again(
        lambda: executions.start(USER, graph_id, {"side": 5}, idempotency=two, platform=platform)
    )
    run = Run(view["id"], USER, graph_id, 1)
    for node in again(lambda: load_plan(USER, graph_id, 1, platform)).nodes:
        again(lambda node=node: nodes.run(run, node.id, platform=platform))  # type: ignore[misc]
    again(lambda: ends.end(run, None, platform=platform))
    return run


def shown(run: Run, platform: Platform) -> dict[str, Any]:
    execution = executions.get(USER, run.execution_id, platform=platform)
    page = PageRequest(100)
    all_executions = executions.listing(USER, page=page, platform=platform)["items"]
    all_graphs = graphs.listing(USER, page=page, platform=platform)["items"]
    all_nodes = node_views.listing(USER, run.execution_id, page=page, platform=platform)["items"]
    return {
        "execution": [execution[field] for field in ("status", "outputs", "error", "node_counts")],
        "nodes": [
            {field: value for field, value in node.items() if field not in UNKNOWABLE}
            for node in all_nodes
        ],
        "executions": len(all_executions),
        "graphs": [
            [graph["stats"][field] for field in ("execution_count", "success_rate")]
            for graph in all_graphs
        ],
        "started": [execution["name"] == run.execution_id for execution in machine_executions()],
    }


def machine_executions() -> list[dict[str, Any]]:
    sfn = CLIENTS.get("stepfunctions")
    return [
        execution
        for machine in sfn.list_state_machines()["stateMachines"]
        for execution in sfn.list_executions(stateMachineArn=machine["stateMachineArn"])[
            "executions"
        ]
    ]


def end_with(monkeypatch: pytest.MonkeyPatch, first: int, fault: Fault) -> tuple[Any, int]:
    """What is shown at the end when the attempts from `first` on are hit; and their number."""
    with monkeypatch.context() as patch:
        line = lay_line(patch)
        with account(patch) as settings:
            platform = connect(settings, HeldClock(), CLIENTS)
            before = line.calls.total()
            line.cut(first, fault)
            run = tell(platform)
            calls = line.calls.total() - before
            return shown(run, platform), calls


@pytest.mark.parametrize(
    "fault",
    [Fault("", "timeout", after=True), Fault("", "InternalServerError", 500)],
    ids=["answers lost", "calls refused"],
)
def test_no_broken_call_changes_how_an_execution_ends(
    monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    expected, calls = end_with(monkeypatch, 0, fault)
    assert expected["execution"][0] == "COMPLETED"
    assert expected["started"] == [True]
    ends = {first: end_with(monkeypatch, first, fault)[0] for first in range(1, calls)}
    assert {first: end for first, end in ends.items() if end != expected} == {}
