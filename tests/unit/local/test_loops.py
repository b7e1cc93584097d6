"""Loops on the embedded platform: how many items run at once, and what a crash leaves of them."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from strata import cancelling, executions, iteration_views, node_views
from strata.local.platform import open_platform
from strata.model.block import Context, Values
from strata.model.execution import NodeStatus, Run
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_blocks import block
from tests.held_platform import USER, started
from tests.unit.local.conftest import close_while_running
from tests.unit.local.looping import AT_ONCE, ITEMS, STAMPED, stamping, with_blocks

ROOT = Path(__file__).parents[3]
PATIENCE = 60


def ended(run: Run, platform: Platform) -> dict[str, Any]:
    return executions.get(USER, run.execution_id, platform=platform)


class Turnstile:
    """The block `turn`, whose runs go on three by three; `most` were in it at once."""

    def __init__(self, at_once: int) -> None:
        self.most = self._inside = 0
        self._guard = threading.Lock()
        self._barrier = threading.Barrier(at_once)
        self.block = block("turn", self._run)

    def _run(self, values: Values, _: Context) -> Values:
        with self._guard:
            self._inside += 1
            self.most = max(self.most, self._inside)
        self._barrier.wait(PATIENCE)
        with self._guard:
            self._inside -= 1
        return values


def turning(at_once: int) -> Any:
    return graph(
        [
            node("loop", "for_each", items=list(range(12)), max_concurrency=at_once),
            node("a", "turn", parent="loop"),
            node("out", "output", name="out"),
        ],
        "loop.item -> a.value", "a.value -> loop.result", "loop.results -> out.value",
    )  # fmt: skip


@pytest.mark.parametrize("at_once", [1, 3, 4])
def test_so_many_items_run_at_once_and_no_more(tmp_path: Path, at_once: int) -> None:
    turnstile = Turnstile(at_once)
    with open_platform(tmp_path) as opened:
        local = with_blocks(opened, turnstile.block)
        run = started(turning(at_once), local.platform)
        local.machines.wait(run.execution_id, PATIENCE)
        assert ended(run, local.platform)["outputs"] == {"out": list(range(12))}
    # One may come in while the last of three goes out.
    assert at_once <= turnstile.most <= 2 * at_once - 1


APART = graph(
        [
            node("items", "input", name="items"),
            node("loop", "for_each", max_concurrency=1000),
            node("a", "calculate", expression="12 / n", parent="loop"),
            node("out", "output", name="out"),
        ],
        "items.value -> loop.items", "loop.item -> a.values.n", "a.result -> loop.result",
        "loop.results -> out.value",
    )  # fmt: skip


def apart(folder: Path, items: list[int]) -> dict[str, Any]:
    with open_platform(folder) as local:
        run = started(APART, local.platform, items=items)
        local.machines.wait(run.execution_id, PATIENCE)
        return ended(run, local.platform)


def test_items_that_run_apart_come_back_in_their_order(tmp_path: Path) -> None:
    given = [1 + index % 12 for index in range(1_200)]
    assert apart(tmp_path, given)["outputs"]["out"] == [12 / one for one in given]


def test_one_of_them_that_fails_fails_the_loop(tmp_path: Path) -> None:
    shown = apart(tmp_path, [12] * 1_000 + [0])
    assert (shown["error"]["code"], shown["error"]["node"]) == ("items_failed", "loop")


class TestStops:
    """A loop of which a part has run when its platform comes to an end, in this way or that."""

    def test_a_platform_that_closes_in_the_middle_goes_on_after_the_next_start(
        self, tmp_path: Path
    ) -> None:
        half, go = threading.Event(), threading.Event()
        runs: Counter[int] = Counter()

        def count(values: Values, _: Context) -> Values:
            runs[values["value"]] += 1
            if len(runs) >= ITEMS // 2:
                half.set()
                go.wait(PATIENCE)
            return values

        counting = block("stamp", count, has_effect=True)
        opened = open_platform(tmp_path)
        local = with_blocks(opened, counting)
        run = started(STAMPED, local.platform)
        assert half.wait(PATIENCE)
        close_while_running(local, go)
        assert len(runs) < ITEMS
        with open_platform(tmp_path) as again:
            local = with_blocks(again, counting)
            local.machines.wait(run.execution_id, PATIENCE)
            assert ended(run, local.platform)["outputs"]["out"] == list(range(ITEMS))
        assert set(runs.values()) == {1}

    @pytest.mark.parametrize("after", [0, 1, 30, 115])
    def test_a_process_that_is_killed_repeats_only_what_was_open(
        self, tmp_path: Path, after: int
    ) -> None:
        execution_id = killed(tmp_path, after)
        with open_platform(tmp_path / "data") as opened:
            local = with_blocks(opened, stamping(tmp_path))
            local.machines.wait(execution_id, PATIENCE)
            found = executions.get(USER, execution_id, platform=local.platform)
            assert found["outputs"]["out"] == list(range(ITEMS))
            stamps = Counter((tmp_path / "stamps").read_text().split())
            assert len(stamps) == ITEMS
            repeated = [key for key, count in stamps.items() if count > 1]
            assert len(repeated) <= AT_ONCE
            for key in repeated:
                assert is_told_as_repeated(key, local.platform)


def killed(folder: Path, after: int) -> str:
    """The id of the execution whose process was killed after so many effects, or some more."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.unit.local.looping", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        execution_id = process.stdout.readline().strip()
        for _ in range(after):
            process.stdout.readline()
        process.kill()
    assert process.returncode == -signal.SIGKILL
    return execution_id


def is_told_as_repeated(key: str, platform: Platform) -> bool:
    execution_id, name, iteration = key.split("/")
    view = node_views.get(USER, execution_id, name, iteration=iteration, platform=platform)
    return bool(view["possibly_repeated"])


def test_a_loop_that_is_cancelled_in_its_middle_begins_no_other_item(tmp_path: Path) -> None:
    reached, go = threading.Event(), threading.Event()
    begun: list[int] = []

    def hang(values: Values, _: Context) -> Values:
        begun.append(values["value"])
        if len(begun) == 2 * AT_ONCE:
            reached.set()
        if len(begun) > AT_ONCE:
            go.wait(PATIENCE)
        return values

    with open_platform(tmp_path) as opened:
        local = with_blocks(opened, block("stamp", hang, has_effect=True))
        run = started(STAMPED, local.platform)
        assert reached.wait(PATIENCE)
        shown = cancelling.cancel(USER, run.execution_id, platform=local.platform)
        go.set()
        local.machines.wait(run.execution_id, PATIENCE)
        assert shown["status"] == "CANCELLED"
        assert shown["node_counts"] == {"CANCELLED": 2, "COMPLETED": 1}
        page = iteration_views.listing(
            USER,
            run.execution_id,
            "loop",
            status=NodeStatus.CANCELLED,
            page=PageRequest(100),
            platform=local.platform,
        )
        assert len(page["items"]) == 100
    assert len(begun) == 2 * AT_ONCE
