"""Graphs that run graphs, on a platform whose machines stand still."""

from typing import Any

from strata import executions, graphs
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store import executions as stored
from tests.builders import graph, node
from tests.held_platform import USER, started
from tests.held_waits import ask, shown

DOUBLE = graph(
    [
        node("n", "input", name="n", type="number"),
        node("twice", "calculate", expression="2 * n"),
        node("out", "output", name="twice"),
    ],
    "n.value -> twice.values.n",
    "twice.result -> out.value",
)
FAILING = graph([node("stop", "fail", message="hunter2", code="no_luck")])
NOTHING = graph([node("one", value=1)])


def saved(content: Graph, platform: Platform) -> str:
    return str(graphs.create(USER, content, platform=platform)["id"])


def calling(graph_id: str, **given: Any) -> Graph:
    return graph([node("call", "sub_graph", graph_id=graph_id, **given)])


def begun(content: Graph, platform: Platform) -> tuple[Run, Run]:
    """An execution whose node `call` waits, and the execution that it waits for."""
    run = started(content, platform)
    assert ask(run, "call", platform) == "WAITING"
    return run, child_of(run, platform)


def child_of(run: Run, platform: Platform, call: str = "call") -> Run:
    child = shown(run, call, platform)["waiting"]["execution_id"]
    return stored.run_of(stored.head_of(USER, child, platform))


def begins_to_wait(operation: str, given: Any) -> bool:
    """Whether a record says so with this write."""
    writes = given if operation == "write_all" else ()
    return any(getattr(one, "set", {}).get("status") == "WAITING" for one in writes)


def status(run: Run, platform: Platform) -> str:
    return str(executions.get(USER, run.execution_id, platform=platform)["status"])


def listed(platform: Platform) -> list[str]:
    page = executions.listing(USER, page=PageRequest(100), platform=platform)
    return [one["id"] for one in page["items"]]
