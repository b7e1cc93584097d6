"""Nodes that wait on the embedded platform, which is closed and opened meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from strata import approvals, callback_urls, callbacks, executions, graphs, node_views
from strata.approvals import Decision
from strata.callbacks import Event
from strata.clock import SystemClock
from strata.local.platform import open_platform
from strata.local.server import HttpServer
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from strata.settings import Settings
from tests.builders import graph, node
from tests.held_platform import USER, HeldMachines, run_of

CLOCK = SystemClock()
SECONDS = 30

ASKING = graph(
    [node("ask", "approval", data=1), node("out", "output", name="out")],
    "ask.approved -> out.value",
)


def until(look: Callable[[], Any], wanted: Any) -> None:
    deadline = CLOCK.monotonic() + SECONDS
    while look() != wanted:
        assert CLOCK.monotonic() < deadline, look()
        CLOCK.sleep(0.02)


def begun(content: Graph, platform: Platform) -> Run:
    graph_id = graphs.create(USER, content, platform=platform)["id"]
    return run_of(executions.start(USER, graph_id, {}, platform=platform), USER)


def status(run: Run, name: str, platform: Platform) -> str:
    told = node_views.get(USER, run.execution_id, name, platform=platform)
    return str(told["status"])


def waiting(run: Run, name: str, platform: Platform) -> dict[str, Any]:
    told = node_views.get(USER, run.execution_id, name, platform=platform)
    return dict(told["waiting"] or {})


def ends(run: Run, platform: Platform) -> dict[str, Any]:
    def look() -> dict[str, Any]:
        return executions.get(USER, run.execution_id, platform=platform)

    until(lambda: look()["ended_at"] is not None, wanted=True)
    return look()


def decide(run: Run, platform: Platform) -> None:
    decision = Decision(approve=True, changes={"data": 2})
    approvals.decide(USER, run.execution_id, "ask", decision, platform=platform)


def test_a_decision_after_a_restart_lets_the_execution_go_on(tmp_path: Path) -> None:
    with open_platform(tmp_path) as local:
        run = begun(ASKING, local.platform)
        until(lambda: status(run, "ask", local.platform), "WAITING")
    with open_platform(tmp_path) as local:
        assert status(run, "ask", local.platform) == "WAITING"
        decide(run, local.platform)
        assert ends(run, local.platform)["outputs"] == {"out": 2}
        told = node_views.get(USER, run.execution_id, "ask", platform=local.platform)
        assert told["attempts"] == 1


def test_a_decision_that_nobody_acted_upon_counts_after_a_restart(tmp_path: Path) -> None:
    with open_platform(tmp_path) as local:
        run = begun(ASKING, local.platform)
        until(lambda: status(run, "ask", local.platform), "WAITING")
        decide(run, replace(local.platform, machines=HeldMachines()))
    with open_platform(tmp_path) as local:
        assert ends(run, local.platform)["outputs"] == {"out": 2}


def test_an_event_after_a_restart_is_taken(tmp_path: Path) -> None:
    waiting = graph(
        [node("paid", "wait_for_event"), node("out", "output", name="out")],
        "paid.body -> out.value",
    )
    with open_platform(tmp_path) as local:
        run = begun(waiting, local.platform)
        until(lambda: status(run, "paid", local.platform), "WAITING")
        url = callback_urls.url_of(run, "paid", platform=local.platform)
    with open_platform(tmp_path) as local:
        event = Event("late", {}, "digest")
        callbacks.receive(url.rpartition("/")[2], event, platform=local.platform)
        assert ends(run, local.platform)["outputs"] == {"out": "late"}


def test_a_delay_goes_on_where_it_was(tmp_path: Path) -> None:
    with open_platform(tmp_path) as local:
        run = begun(graph([node("wait", "delay", seconds=1, value=1)]), local.platform)
        until(lambda: status(run, "wait", local.platform), "WAITING")
        told = node_views.get(USER, run.execution_id, "wait", platform=local.platform)
    with open_platform(tmp_path) as local:
        assert ends(run, local.platform)["status"] == "COMPLETED"
        again = node_views.get(USER, run.execution_id, "wait", platform=local.platform)
        assert again["started_at"] == told["started_at"]


def test_a_sub_graph_outlives_a_restart_with_the_graph_that_runs_it(tmp_path: Path) -> None:
    with open_platform(tmp_path) as local:
        inner = graphs.create(USER, ASKING, platform=local.platform)["id"]
        run = begun(graph([node("call", "sub_graph", graph_id=inner)]), local.platform)
        until(lambda: "execution_id" in waiting(run, "call", local.platform), wanted=True)
        told = waiting(run, "call", local.platform)
        child = Run(told["execution_id"], USER, inner, 1)
        until(lambda: status(child, "ask", local.platform), "WAITING")
    with open_platform(tmp_path) as local:
        decide(child, local.platform)
        assert ends(child, local.platform)["status"] == "COMPLETED"
        assert ends(run, local.platform)["status"] == "COMPLETED"


class TestAddress:
    def url(self, run: Run, platform: Platform) -> str:
        until(lambda: status(run, "url", platform), "COMPLETED")
        told = node_views.get(USER, run.execution_id, "url", platform=platform)
        return str(told["outputs"]["url"])

    CALLING = graph([node("url", "callback_url", node="paid"), node("paid", "wait_for_event")])

    def test_functions_hand_out_urls_of_the_server(self, tmp_path: Path) -> None:
        with open_platform(tmp_path) as local, HttpServer(local) as server:
            run = begun(self.CALLING, local.platform)
            assert self.url(run, local.platform).startswith(f"{server.url}/v1/callbacks/")

    def test_unless_a_setting_names_another_address(self, tmp_path: Path) -> None:
        known = Settings(public_url="https://strata.example.com")
        with open_platform(tmp_path, settings=known) as local, HttpServer(local):
            run = begun(self.CALLING, local.platform)
            assert self.url(run, local.platform).startswith("https://strata.example.com/v1/")

    def test_without_a_server_they_are_paths(self, tmp_path: Path) -> None:
        with open_platform(tmp_path) as local:
            run = begun(self.CALLING, local.platform)
            assert self.url(run, local.platform).startswith("/v1/callbacks/")
