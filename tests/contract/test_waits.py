"""Nodes that wait, on DynamoDB as moto plays it: its conditions, transactions and items."""

from typing import Any

import pytest

from strata import approvals, callback_urls, callbacks, cancelling, executions, graphs, nodes, waits
from strata.approvals import Decision
from strata.aws.platform import connect
from strata.callbacks import Event
from strata.model.errors import AlreadyAnswered, AlreadyDecided, ExecutionEnded, NotFound
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.platform import Platform
from strata.settings import Settings
from strata.store.executions import head_of, run_of
from tests.account import CLIENTS, with_keys
from tests.builders import graph, node
from tests.faults import Fault, Line
from tests.held_clock import HeldClock
from tests.held_platform import USER, started
from tests.held_waits import ask, fails, shown

INNER = graph(
    [node("n", "input", name="n"), node("out", "output", name="n")], "n.value -> out.value"
)
YES = Decision(approve=True, changes={"data": "ä" * 150_000})


def decide(run: Run, platform: Platform, key: str | None = None) -> Any:
    once = None if key is None else Idempotency(key, "digest")
    return approvals.decide(USER, run.execution_id, "ask", YES, idempotency=once, platform=platform)


def test_a_decision_counts_once(aws: Platform) -> None:
    run = started(graph([node("ask", "approval", data=1)]), aws)
    assert ask(run, "ask", aws) == "WAITING"
    assert ask(run, "ask", aws, "token-2") == "WAITING"
    first = decide(run, aws, "k")
    assert first["outputs"]["approved"] == YES.changes["data"]
    assert decide(run, aws, "k") == first
    with pytest.raises(AlreadyDecided):
        decide(run, aws)
    assert waits.left(run, platform=aws) == []


def test_an_answer_that_was_lost_on_its_way_is_the_same_decision(aws: Platform, line: Line) -> None:
    run = started(graph([node("ask", "approval", data=1)]), aws)
    ask(run, "ask", aws)
    line.fail(Fault("TransactWriteItems", "timeout", after=True))
    assert decide(run, aws)["status"] == "COMPLETED"


def test_an_expired_one_fails(aws: Platform, clock: HeldClock) -> None:
    run = started(graph([node("ask", "approval", expires_seconds=5)]), aws)
    ask(run, "ask", aws)
    clock.sleep(5)
    assert "approval_expired" in fails(run, "ask", aws, "token-2")


def test_an_event_is_kept_and_counts_once(aws_settings: Settings, clock: HeldClock) -> None:
    aws = connect(with_keys(aws_settings), clock, CLIENTS)
    run = started(graph([node("paid", "wait_for_event")]), aws)
    token = callback_urls.url_of(run, "paid", platform=aws).rpartition("/")[2]
    event = Event({"text": "ä" * 150_000}, {"content-type": "application/json"}, "1")
    callbacks.receive(token, event, platform=aws)
    with pytest.raises(AlreadyAnswered):
        callbacks.receive(token, Event("other", {}, "2"), platform=aws)
    assert ask(run, "paid", aws) == "COMPLETED"
    assert shown(run, "paid", aws)["outputs"]["body"] == event.body
    with pytest.raises(NotFound):
        callbacks.receive(token[:-1], event, platform=aws)


def test_a_delay_and_its_end(aws: Platform, clock: HeldClock) -> None:
    run = started(graph([node("wait", "delay", seconds=5, value=1)]), aws)
    assert nodes.run(run, "wait", platform=aws)["until"] == "2026-03-01T12:00:05.000Z"
    clock.sleep(5)
    assert nodes.run(run, "wait", phase="end", platform=aws)["status"] == "COMPLETED"


class TestSubGraph:
    @pytest.fixture
    def family(self, aws: Platform) -> tuple[Run, Run]:
        inner = graphs.create(USER, INNER, platform=aws)["id"]
        run = started(graph([node("call", "sub_graph", graph_id=inner, inputs={"n": 7})]), aws)
        assert ask(run, "call", aws) == "WAITING"
        child = shown(run, "call", aws)["waiting"]["execution_id"]
        return run, run_of(head_of(USER, child, aws))

    def test_its_end_is_the_node_s(self, family: tuple[Run, Run], aws: Platform) -> None:
        run, child = family
        assert ask(run, "call", aws, "token-2") == "WAITING"
        for name in ("n", "out"):
            ask(child, name, aws)
        assert shown(run, "call", aws)["outputs"]["outputs"] == {"n": 7}
        assert waits.left(run, platform=aws) == []

    def test_it_is_cancelled_with_the_graph_that_runs_it(
        self, family: tuple[Run, Run], aws: Platform
    ) -> None:
        run, child = family
        cancelling.cancel(USER, run.execution_id, platform=aws)
        told = executions.get(USER, child.execution_id, platform=aws)
        assert told["status"] == "CANCELLED"
        with pytest.raises(ExecutionEnded):
            cancelling.cancel(USER, child.execution_id, platform=aws)
