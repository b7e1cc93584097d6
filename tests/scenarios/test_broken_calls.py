"""Whatever call of AWS breaks, in whatever way, an execution ends as if nothing had happened.

Each story is told once whole, and then once for each of its calls with that call broken."""

from collections.abc import Callable

import pytest

from strata import ends, executions, graphs, nodes
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.store.graphs import load_plan
from tests.builders import graph, node
from tests.faults import CRASH, Fault
from tests.golden import GALLERY, load_graph
from tests.scenarios.broken_calls import Story, World, broken_account, told

DIAMOND = load_graph(GALLERY / "diamond")
FAILING = graph(
    [node("bad", "json_parse", text="{"), node("late", value=1)], "bad.value -> late.value"
)


def begin(world: World, content: Graph, **inputs: object) -> Run:
    """A graph and an execution of it."""
    one, two = Idempotency("graph", "digest"), Idempotency("execution", "digest")
    made = world.client(lambda on: graphs.create(world.user, content, idempotency=one, platform=on))
    view = world.client(
        lambda on: executions.start(world.user, made["id"], inputs, idempotency=two, platform=on)
    )
    run = Run(view["id"], world.user, made["id"], 1)
    world.runs.append(run)
    return run


def play(world: World, run: Run) -> bool:
    """What the machine does: each node in its order, until one fails. Whether all went well."""
    plan = world.client(lambda on: load_plan(run.user_id, run.graph_id, run.version, on))
    return all(
        world.task(lambda on, node=one.id: nodes.run(run, node, platform=on)) is not None  # type: ignore[misc]
        for one in plan.nodes
    )


def end(world: World, run: Run, error: str = "") -> None:
    machine = {"Error": error, "Cause": ""} if error else None
    world.task(lambda on: ends.end(run, machine, platform=on))


def completes(world: World) -> None:
    run = begin(world, DIAMOND, side=5)
    assert play(world, run)
    end(world, run)


def fails(world: World) -> None:
    run = begin(world, FAILING)
    assert not play(world, run)
    end(world, run, "NodeFailed")


STORIES: dict[str, Story] = {"completes": completes, "fails": fails}

CONFLICT = {"CancellationReasons": [{"Code": "TransactionConflict"}]}
THROTTLED = {"CancellationReasons": [{"Code": "ThrottlingError"}]}
LASTING = {
    "no answer": (Fault("", "timeout", after=True), 4),
    "errors of the server": (Fault("", "InternalServerError", 500), 4),
    "crash before a call": (Fault("", CRASH), 1),
    "crash after a call": (Fault("", CRASH, after=True), 1),
}
"""Beyond what botocore's attempts get over: each call of each story."""
PASSING = [
    Fault("", "timeout"),
    Fault("", "timeout", after=True),
    Fault("", "closed"),
    Fault("", "closed", after=True),
    Fault("", "unreachable"),
    Fault("", "InternalServerError", 500, after=True),
    Fault("", "ServiceUnavailable", 503),
    Fault("", "ThrottlingException"),
    Fault("TransactWriteItems", "TransactionCanceledException", content=CONFLICT),
    Fault("TransactWriteItems", "TransactionCanceledException", content=THROTTLED),
]
"""One attempt is hit: each call of each story by one of these, in turn."""


@pytest.mark.parametrize("kind", LASTING)
@pytest.mark.parametrize("story", STORIES)
def test_no_call_that_breaks_for_good_changes_the_end(
    monkeypatch: pytest.MonkeyPatch, story: str, kind: str
) -> None:
    fault, attempts = LASTING[kind]
    assert differing(monkeypatch, STORIES[story], lambda _: fault, attempts) == {}


@pytest.mark.parametrize("shift", range(2))
@pytest.mark.parametrize("story", STORIES)
def test_no_attempt_that_breaks_changes_the_end(
    monkeypatch: pytest.MonkeyPatch, story: str, shift: int
) -> None:
    assert (
        differing(monkeypatch, STORIES[story], lambda at: PASSING[(at + 5 * shift) % 10], 1) == {}
    )


def differing(
    monkeypatch: pytest.MonkeyPatch, story: Story, fault: Callable[[int], Fault], attempts: int
) -> dict[int, object]:
    """The ends that differ from the one without faults, by the number of the call that broke."""
    with broken_account(monkeypatch) as world:
        expected, calls = told(story, world())
        ends = {at: told(story, world(), at, fault(at), attempts)[0] for at in range(1, calls + 1)}
    return {at: end for at, end in ends.items() if end != expected}
