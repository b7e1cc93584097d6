"""A process may vanish between any two writes: asked again, the same comes of it in the end."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from strata import ends, executions, graphs
from strata.memory import Memory
from strata.model.errors import NodeError, NodeFailed
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.model.shape import steps_of
from strata.platform import Platform
from strata.store.graphs import load_plan
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_loops import ask
from tests.held_platform import USER, held_platform, run_of
from tests.watched_table import Operation, watched

Result = TypeVar("Result")
KEY = Idempotency("key", "digest")

WORKS = graph(
    [
        node("i", "input", name="i"),
        node("a", "probe"),
        node("big", "condition", operator=">", right=5),
        node("yes", "output", name="yes"),
        node("no", "output", name="no"),
    ],
    "i.value -> a.value",
    "a.value -> big.left",
    "big.then -> yes.value",
    "big.else -> no.value",
)
FAILS = graph(
    [node("i", "input", name="i"), node("a", "probe", retry={"max_attempts": 2}), node("b")],
    "i.value -> a.value",
    "a.value -> b.value",
)
WIDE = graph(
    [node("i", "input", name="i"), node("a", "probe"), *(node(f"n{n}") for n in range(11))],
    "i.value -> a.value",
    *(f"i.value -> n{n}.value" for n in range(11)),
)
BUSY = NodeError("busy", "Busy.", retryable=True)


class Crash(BaseException):
    """Nothing of the process runs any more."""


class Fragile:
    """A platform whose process vanishes once, at its n-th write; the next process knows nothing."""

    def __init__(self, platform: Platform, number: int, moment: str) -> None:
        self._platform = platform
        self._left = number
        self._moment = moment

    def persist(self, act: Callable[[Platform], Result]) -> Result:
        """Does it again after a crash, as whoever waits for the answer would."""
        try:
            return act(self._process())
        except Crash:
            return act(self._process())

    @property
    def writes_left(self) -> int:
        return self._left

    def _process(self) -> Platform:
        platform = replace(self._platform, memory=Memory())
        return watched(platform, **{self._moment: self._step})[0]

    def _step(self, operation: Operation, _: Any) -> None:
        self._left -= operation.startswith("write")
        if self._left == 0 and operation.startswith("write"):
            raise Crash


def tell(made: Graph, folder: Path, number: int, moment: str, *, is_light: bool) -> tuple[Any, int]:
    """What an execution leaves in the table, without ids, times and attempts, if there is a crash
    at that write, and how many writes were left until then."""
    folder.mkdir()
    probe = Probe(*([BUSY] * 9 if made is FAILS else []), is_light=is_light)
    platform = held_platform(folder, HeldClock(), probe.block)
    graph_id = graphs.create(USER, made, platform=platform)["id"]
    fragile = Fragile(platform, number, moment)
    view = fragile.persist(
        lambda process: executions.start(
            USER, graph_id, {"i": 7}, idempotency=KEY, platform=process
        )
    )
    run = run_of(view, USER)
    play(run, fragile, platform)
    assert len(probe.runs) <= (2 if made is FAILS else 1) + 1
    return contents(folder), fragile.writes_left


def play(run: Run, fragile: Fragile, platform: Platform) -> None:
    plan = load_plan(USER, run.graph_id, 1, platform)
    error = None
    try:
        for step in steps_of(plan.shape):
            fragile.persist(partial(ask, run, step.nodes))
    except NodeFailed:
        error = {"Error": "NodeFailed"}
    if error or not plan.last:
        fragile.persist(lambda process: ends.end(run, error, platform=process))


def contents(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "strata.db")) as database:
        items = [text for (text,) in database.execute("SELECT item FROM items ORDER BY pk, sk")]
    return [_plain(text) for text in items]


def _plain(text: str) -> str:
    text = re.sub(r"(exe|gph)_[0-9a-z]{26}", r"\1", text)
    names = r"\w+_at|expires|attempts|losses|deaths|machine_claim"
    text = re.sub(rf'\\?"({names})\\?":[^,}}]+,?', "", text)
    item = json.loads(re.sub(r",}", "}", text))
    # Which attempts failed tells of the crash itself.
    item.pop("failures", None)
    return json.dumps(item, sort_keys=True)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("made", [WORKS, FAILS, WIDE], ids=["works", "fails", "wide"])
@pytest.mark.parametrize("is_light", [False, True], ids=["apart", "together"])
def test_a_crash_at_any_write_changes_nothing_in_the_end(
    tmp_path: Path, made: Graph, moment: str, is_light: bool
) -> None:
    expected, left = tell(made, tmp_path / "0", 10_000, moment, is_light=is_light)
    writes = 10_000 - left
    assert writes > (3 if is_light else 6)
    for number in range(1, writes + 1):
        found, left = tell(made, tmp_path / str(number), number, moment, is_light=is_light)
        assert left <= 0, "it did not crash"
        assert found == expected, number
