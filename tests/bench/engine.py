"""Executions on the embedded platform, beside the loop that only commits.

Each shape runs with a Task for each node, which is what the bars are about, and with light nodes
that share Tasks, which is what a graph gets unless it asks for the other.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from strata import accounts, executions, graphs
from strata.local.platform import LocalPlatform, open_platform
from strata.model.graph import Graph
from tests.bench.fsync_loop import fsync_loop
from tests.bench.shapes import SLEEP, Shape, shapes
from tests.bench.timing import median, medians, seconds
from tests.builders import traced

IN_FLIGHT = 4
ROUNDS = 4
LEAST_SHARE = 0.35
"""Of the loop's nodes per second, with so many executions in flight."""
MOST_TRANSITIONS, MOST_EVENTS = 0.3, 1.5
"""Of a light node that shares its Task."""

Row = dict[str, Any]


def measure() -> list[Row]:
    """Two rows per shape; times in milliseconds, `most_…` and `least_…` are the bars."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with platform(folder) as opened:
            user = user_of(opened)
            return [
                _row(title, shape, opened, user, folder, fuses=fuses)
                for title, shape in shapes().items()
                for fuses in (False, True)
            ]


@contextmanager
def platform(folder: Path) -> Iterator[LocalPlatform]:
    """The embedded platform with the blocks of the bench."""
    with open_platform(folder) as opened:
        blocks = {**opened.platform.blocks(), SLEEP.name: SLEEP}
        platform = replace(opened.platform, blocks=lambda: blocks)
        opened.functions.platform = platform
        yield replace(opened, platform=platform)


def user_of(opened: LocalPlatform) -> str:
    password = "correct horse battery staple"
    return accounts.register("bench@strata.example", password, "", platform=opened.platform).id


def saved(opened: LocalPlatform, user: str, graph: Graph, *, fuses: bool) -> str:
    made = graph if fuses else traced(graph)
    return str(graphs.create(user, made, platform=opened.platform)["id"])


def run(opened: LocalPlatform, user: str, graph: str, in_flight: int = 1, rounds: int = 1) -> str:
    """So many executions, `in_flight` of them at a time; each must complete. The last one's id."""
    running: list[str] = []
    for _ in range(in_flight * rounds):
        if len(running) == in_flight:
            _await(opened, user, running.pop(0))
        running.append(executions.start(user, graph, {}, platform=opened.platform)["id"])
    for execution in running:
        _await(opened, user, execution)
    return running[-1]


def _await(opened: LocalPlatform, user: str, execution: str) -> None:
    opened.machines.wait(execution)
    found = executions.get(user, execution, platform=opened.platform)
    if found["status"] != "COMPLETED":
        raise SystemExit(f"{execution} ended {found['status']}: {found['error']}")


def _row(
    title: str, shape: Shape, opened: LocalPlatform, user: str, folder: Path, *, fuses: bool
) -> Row:
    graph, nodes = saved(opened, user, shape.graph, fuses=fuses), len(shape.graph.nodes)
    if shape.critical_seconds:
        took = median(lambda: run(opened, user, graph))
        return {
            **_head(title, nodes, fuses, took),
            "of_critical_path": round(took / shape.critical_seconds, 3),
            "most_of_it": 1.06,
        }
    one, loop = medians(lambda: run(opened, user, graph), lambda: fsync_loop(folder, nodes))
    many = seconds(lambda: run(opened, user, graph, IN_FLIGHT, ROUNDS))
    rate = nodes * IN_FLIGHT * ROUNDS / many
    return {
        **_head(title, nodes, fuses, one),
        "fsync_loop_ms": round(loop * 1000, 2),
        "times_fsync_loop": round(one / loop, 2),
        "most_times": shape.most_times,
        "nodes_per_second": round(rate),
        "share_of_fsync_loop": round(rate * loop / nodes, 2),
        "least_share": LEAST_SHARE,
        **_history(opened, run(opened, user, graph), nodes, fuses),
    }


def _head(title: str, nodes: int, fuses: bool, took: float) -> Row:
    return {
        "shape": title,
        "Tasks": "shared" if fuses else "one each",
        "nodes": nodes,
        "ms": round(took * 1000, 2),
        "ms_per_node": round(took * 1000 / nodes, 3),
    }


def _history(opened: LocalPlatform, execution: str, nodes: int, fuses: bool) -> Row:
    """What the engine's own history tells of that run."""
    events = opened.machines.history(execution)
    entered = sum(event.type.endswith("StateEntered") for event in events)
    told: Row = {
        "transitions_per_node": round(entered / nodes, 3),
        "events_per_node": round(len(events) / nodes, 3),
    }
    bars = {"most_transitions": MOST_TRANSITIONS, "most_events": MOST_EVENTS}
    return {**told, **bars} if fuses else told
