"""Executions on the embedded platform, beside the loop that only commits."""

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
from tests.bench.shapes import SLEEP, shapes
from tests.bench.timing import median, seconds

IN_FLIGHT = 4
ROUNDS = 4

Row = dict[str, Any]


def measure() -> list[Row]:
    """A row per shape; times in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, _platform(Path(folder)) as opened:
        user = _user(opened)
        return [_row(name, graph, opened, user, Path(folder)) for name, graph in shapes().items()]


@contextmanager
def _platform(folder: Path) -> Iterator[LocalPlatform]:
    with open_platform(folder) as opened:
        blocks = {**opened.platform.blocks(), SLEEP.name: SLEEP}
        platform = replace(opened.platform, blocks=lambda: blocks)
        opened.functions.platform = platform
        yield replace(opened, platform=platform)


def _user(opened: LocalPlatform) -> str:
    password = "correct horse battery staple"
    return accounts.register("bench@strata.example", password, "", platform=opened.platform).id


def _row(name: str, graph: Graph, opened: LocalPlatform, user: str, folder: Path) -> Row:
    saved = graphs.create(user, graph, platform=opened.platform)["id"]
    nodes = len(graph.nodes)
    one = median(lambda: _run(opened, user, saved, 1))
    loop = median(lambda: fsync_loop(folder, nodes))
    many = seconds(lambda: _run(opened, user, saved, IN_FLIGHT, ROUNDS))
    loop_rate, rate = nodes / loop, nodes * IN_FLIGHT * ROUNDS / many
    return {
        "shape": name,
        "nodes": nodes,
        "ms": round(one * 1000, 2),
        "ms_per_node": round(one * 1000 / nodes, 3),
        "fsync_loop_ms": round(loop * 1000, 2),
        "times_fsync_loop": round(one / loop, 2),
        "nodes_per_second": round(rate),
        "share_of_fsync_loop": round(rate / loop_rate, 2),
    }


def _run(opened: LocalPlatform, user: str, graph: str, in_flight: int, rounds: int = 1) -> None:
    """So many executions, `in_flight` of them at a time; each must complete."""
    running: list[str] = []
    for _ in range(in_flight * rounds):
        if len(running) == in_flight:
            _await(opened, user, running.pop(0))
        running.append(executions.start(user, graph, {}, platform=opened.platform)["id"])
    for execution in running:
        _await(opened, user, execution)


def _await(opened: LocalPlatform, user: str, execution: str) -> None:
    opened.machines.wait(execution)
    found = executions.get(user, execution, platform=opened.platform)
    if found["status"] != "COMPLETED":
        raise SystemExit(f"{execution} ended {found['status']}: {found['error']}")
