"""Stories of executions for an account whose calls break: each is told with any of its calls broken
and must end the same. The machine is played by hand, so that the calls are the same each time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from strata import (
    approvals,
    cancelling,
    ends,
    executions,
    graphs,
    nodes,
    queued,
    reconciling,
    resuming,
    triggers,
)
from strata.approvals import Decision
from strata.model.errors import NodeFailed
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.model.plan import Plan
from strata.model.shape import Shape, steps_of
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store.graphs import load_plan
from tests.builders import graph, node
from tests.golden import GALLERY, load_graph
from tests.held_platform import owner
from tests.scenarios.broken_calls import Story, World

Json = dict[str, Any]
Answers = Mapping[str, Callable[[], object]]
"""What ends the nodes that wait, by node."""

DIAMOND = load_graph(GALLERY / "diamond")
HANDING_ON = graph(
    [node("word", "input", name="word"), node("said", "output", name="said")],
    "word.value -> said.value",
)
FAILING = graph(
    [node("bad", "json_parse", text="{"), node("late", value=1)], "bad.value -> late.value"
)
ASKING = graph(
    [
        node("ask", "approval", data={"sum": 5}),
        node("paid", "output", name="paid"),
    ],
    "ask.approved -> paid.value",
)
LOOPING = graph(
    [
        node("list", value=[1, 2]),
        node("loop", "for_each"),
        node("twice", "calculate", expression="n * 2", parent="loop"),
        node("all", "output", name="all"),
    ],
    "list.value -> loop.items",
    "loop.item -> twice.values.n",
    "twice.result -> loop.result",
    "loop.results -> all.value",
)


def begin(world: World, content: Graph, name: str = "", **inputs: object) -> Run:
    """A graph and an execution of it; `name` tells one from another of the same story."""
    one, two = (Idempotency(f"{what} {name}", "digest") for what in ("graph", "execution"))
    made = world.client(lambda on: graphs.create(world.user, content, idempotency=one, platform=on))
    view = world.client(
        lambda on: executions.start(world.user, made["id"], inputs, idempotency=two, platform=on)
    )
    run = Run(view["id"], world.user, made["id"], 1)
    world.runs.append(run)
    return run


def play(world: World, run: Run, answers: Answers | None = None) -> None:
    """What the machine does, its failure state included."""
    plan = world.client(lambda on: plan_of(run, on))
    try:
        _play(world, run, plan.shape, plan, answers or {})
    except NodeFailed:
        end(world, run, "NodeFailed")
    else:
        end(world, run)


def _play(world: World, run: Run, shape: Shape, plan: Plan, answers: Answers) -> None:
    for step in steps_of(shape):
        name = step.nodes[0]
        told = ask(world, run, step.nodes, token=f"token-{name}")
        if plan.by_id[name].behaviour == "loop":
            for iteration in told["items"]:
                _play(world, replace(run, iteration=iteration), plan.bodies[name], plan, answers)
            ask(world, run, step.nodes, phase="end")
        elif told["status"] == "WAITING":
            answers[name]()


def ask(world: World, run: Run, names: tuple[str, ...], token: str = "", phase: str = "") -> Json:
    """A Task, asked for until it needs no other attempt. Raises NodeFailed."""

    def action(on: Platform) -> Json:
        if len(names) > 1:
            return nodes.run_together(run, names, platform=on)
        return nodes.run(run, names[0], token=token, phase=phase, platform=on)

    return world.task(action)


def end(world: World, run: Run, error: str = "") -> None:
    machine = {"Error": error, "Cause": ""} if error else None
    world.task(lambda on: ends.end(run, machine, platform=on))


def sweep(world: World) -> None:
    """What one sweep fails to repair is repaired by the next."""
    if world.task(lambda on: reconciling.sweep(0, platform=on))["failed"]:
        world.task(lambda on: reconciling.sweep(0, platform=on))


def plan_of(run: Run, platform: Platform) -> Plan:
    return load_plan(run.user_id, run.graph_id, run.version, platform)


def completes(world: World) -> None:
    play(world, begin(world, DIAMOND, side=5))


def fails(world: World) -> None:
    play(world, begin(world, FAILING))


def loops(world: World) -> None:
    play(world, begin(world, LOOPING))


def is_approved(world: World) -> None:
    run, by = begin(world, ASKING), Idempotency("decision", "digest")
    decision = Decision(approve=True, changes={"data": {"sum": 6}})

    def decide() -> None:
        world.client(
            lambda on: approvals.decide(
                world.user, run.execution_id, "ask", decision, idempotency=by, platform=on
            )
        )

    play(world, run, {"ask": decide})
    sweep(world)


def is_cancelled(world: World) -> None:
    run, by = begin(world, HANDING_ON, word="yes"), Idempotency("cancel", "digest")
    ask(world, run, ("word",))
    world.client(
        lambda on: cancelling.cancel(world.user, run.execution_id, idempotency=by, platform=on)
    )
    play(world, run)
    sweep(world)


def is_cancelled_while_it_waits(world: World) -> None:
    run, by = begin(world, ASKING), Idempotency("cancel", "digest")

    def cancel() -> None:
        world.client(
            lambda on: cancelling.cancel(world.user, run.execution_id, idempotency=by, platform=on)
        )

    play(world, run, {"ask": cancel})
    sweep(world)


def is_resumed(world: World) -> None:
    run, by = begin(world, HANDING_ON, word="yes"), Idempotency("resume", "digest")
    ask(world, run, ("word",))
    world.client(
        lambda on: cancelling.cancel(world.user, run.execution_id, idempotency=by, platform=on)
    )
    other = Idempotency("again", "digest")
    view = world.client(
        lambda on: resuming.resume(world.user, run.execution_id, idempotency=other, platform=on)
    )
    world.runs.append(replace(run, execution_id=view["id"]))
    sweep(world)
    play(world, world.runs[-1])
    sweep(world)


def loses_its_end(world: World) -> None:
    """Nobody hears that its machine has failed."""
    run = begin(world, HANDING_ON, word="yes")
    ask(world, run, ("word",))
    world.machine_fails(run)
    sweep(world)


def waits_for_its_turn(world: World) -> None:
    first, second = (begin(world, HANDING_ON, name, word="yes") for name in ("first", "second"))
    play(world, first)
    sweep(world)
    play(world, second)


def comes_by_message(world: World) -> None:
    """The message is delivered until it is taken, and once more."""
    one = Idempotency("graph", "digest")
    made = world.client(
        lambda on: graphs.create(world.user, HANDING_ON, idempotency=one, platform=on)
    )
    made_of = world.client(
        lambda on: triggers.create(owner(world.user), made["id"], "queue", platform=on)
    )
    body = {
        "trigger_id": made_of["id"],
        "token": made_of["token"],
        "inputs": {"word": "yes"},
        "deduplication_id": "once",
    }
    event = {"Records": [{"messageId": "1", "body": json.dumps(body)}]}
    while world.task(lambda on: queued.start_each(event, platform=on))["batchItemFailures"]:
        pass
    world.task(lambda on: queued.start_each(event, platform=on))
    (view,) = _listed(world)
    world.runs.append(Run(view["id"], world.user, made["id"], 1))
    play(world, world.runs[-1])


def runs_another_graph(world: World) -> None:
    one = Idempotency("inner", "digest")
    inner = world.client(
        lambda on: graphs.create(world.user, HANDING_ON, idempotency=one, platform=on)
    )
    nodes_ = [
        node("sub", "sub_graph", graph_id=inner["id"], inputs={"word": "yes"}),
        node("found", "output", name="found"),
    ]
    run = begin(world, graph(nodes_, "sub.outputs -> found.value"))

    def play_inner() -> None:
        (view,) = (one for one in _listed(world) if one["id"] != run.execution_id)
        world.runs.append(Run(view["id"], world.user, inner["id"], 1))
        play(world, world.runs[-1])

    play(world, run, {"sub": play_inner})
    sweep(world)


def sends_something(world: World) -> None:
    """What it sends has an effect elsewhere."""
    nodes_ = [
        node("pay", "http_request", method="POST", url="https://example.com/pay"),
        node("paid", "output", name="paid"),
    ]
    play(world, begin(world, graph(nodes_, "pay.status -> paid.value")))


def _listed(world: World) -> list[Json]:
    page = PageRequest(100)
    listed = world.client(lambda on: executions.listing(world.user, page=page, platform=on))
    items: list[Json] = listed["items"]
    return items


STORIES: Mapping[str, Story] = {
    "completes": completes,
    "fails": fails,
    "loops": loops,
    "is approved": is_approved,
    "is cancelled": is_cancelled,
    "is cancelled while it waits": is_cancelled_while_it_waits,
    "is resumed": is_resumed,
    "loses its end": loses_its_end,
    "waits for its turn": waits_for_its_turn,
    "comes by message": comes_by_message,
    "runs another graph": runs_another_graph,
}
