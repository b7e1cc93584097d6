"""Tokens, waits and nested executions as moto's Step Functions knows them, with our handlers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from strata import approvals, callback_urls, callbacks, cancelling, executions, graphs, node_views
from strata.approvals import Decision
from strata.callbacks import Event
from strata.clock import SystemClock
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from strata.store.executions import head_of, run_of
from tests.builders import graph, node
from tests.moto_engine import moto_engine

USER = "usr_00000000000000000000000000"
CLOCK = SystemClock()
SECONDS = 60

ASKING = graph(
    [
        node("ask", "approval", data=1, on_error="continue"),
        node("out", "output", name="out"),
        node("why", "output", name="why"),
    ],
    "ask.approved -> out.value",
    "ask.error -> why.value",
)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    with moto_engine(monkeypatch) as functions:
        assert functions.platform is not None
        yield functions.platform


def begun(content: Graph, platform: Platform) -> Run:
    graph_id = graphs.create(USER, content, platform=platform)["id"]
    started = executions.start(USER, graph_id, {}, platform=platform)
    return run_of(head_of(USER, started["id"], platform))


def until(look: Callable[[], Any], is_there: Callable[[Any], bool]) -> Any:
    deadline = CLOCK.monotonic() + SECONDS
    while not is_there(seen := look()):
        assert CLOCK.monotonic() < deadline, seen
        CLOCK.sleep(0.05)
    return seen


def waiting(run: Run, name: str, platform: Platform, what: str = "expires_at") -> Any:
    """What the node tells of that, once it does."""
    told = until(
        lambda: node_views.get(USER, run.execution_id, name, platform=platform)["waiting"],
        lambda told: told is not None and what in told,
    )
    return told[what]


def child_of(run: Run, platform: Platform) -> Run:
    child = waiting(run, "call", platform, "execution_id")
    return run_of(head_of(USER, child, platform))


def ended(run: Run, platform: Platform) -> Any:
    return until(
        lambda: executions.get(USER, run.execution_id, platform=platform),
        lambda told: told["ended_at"] is not None,
    )


def decide(run: Run, platform: Platform) -> None:
    decision = Decision(approve=True, changes={"data": 2})
    approvals.decide(USER, run.execution_id, "ask", decision, platform=platform)


def test_a_decision_answers_the_token(platform: Platform) -> None:
    run = begun(ASKING, platform)
    waiting(run, "ask", platform)
    decide(run, platform)
    assert ended(run, platform)["outputs"] == {"out": 2}


def test_a_wait_that_nobody_answers_is_asked_again_and_expires(platform: Platform) -> None:
    asking = ASKING.model_copy(deep=True)
    asking.nodes[0].inputs["expires_seconds"] = 1
    run = begun(asking, platform)
    assert ended(run, platform)["outputs"]["why"]["code"] == "approval_expired"


def test_a_skipped_wait_answers_its_own_token(platform: Platform) -> None:
    skipped = graph(
        [
            node("test", "condition", left=1, operator="empty"),
            node("ask", "approval"),
            node("out", "output", name="out"),
        ],
        "test.then -> ask.data",
        "test.result -> out.value",
    )
    assert ended(begun(skipped, platform), platform)["node_counts"] == {
        "COMPLETED": 2,
        "SKIPPED": 1,
    }


def test_an_event_and_a_sub_graph_go_on_together(platform: Platform) -> None:
    inner = graph(
        [node("paid", "wait_for_event"), node("out", "output", name="receipt")],
        "paid.body -> out.value",
    )
    inner_id = graphs.create(USER, inner, platform=platform)["id"]
    outer = graph(
        [node("call", "sub_graph", graph_id=inner_id), node("out", "output", name="out")],
        "call.outputs -> out.value",
    )
    run = begun(outer, platform)
    child = child_of(run, platform)
    waiting(child, "paid", platform)
    url = callback_urls.url_of(child, "paid", platform=platform)
    callbacks.receive(url.rpartition("/")[2], Event(7, {}, "digest"), platform=platform)
    assert ended(child, platform)["outputs"] == {"receipt": 7}
    assert ended(run, platform)["outputs"] == {"out": {"receipt": 7}}


def test_a_sub_graph_that_fails_answers_with_a_failure(platform: Platform) -> None:
    inner_id = graphs.create(
        USER, graph([node("stop", "fail", message="No.", code="no")]), platform=platform
    )["id"]
    run = begun(graph([node("call", "sub_graph", graph_id=inner_id)]), platform)
    told = ended(run, platform)
    assert (told["status"], told["error"]["code"]) == ("FAILED", "sub_graph_failed")


def test_a_cancel_stops_what_waits_below(platform: Platform) -> None:
    inner_id = graphs.create(USER, ASKING, platform=platform)["id"]
    run = begun(graph([node("call", "sub_graph", graph_id=inner_id)]), platform)
    child = child_of(run, platform)
    waiting(child, "ask", platform)
    cancelling.cancel(USER, run.execution_id, platform=platform)
    assert ended(child, platform)["status"] == "CANCELLED"
