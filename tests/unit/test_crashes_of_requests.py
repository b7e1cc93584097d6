"""A process may vanish between any two writes of a start, an admission, a cancel or a resume: the
request sent again, and the next sweep, bring it all to the same end."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from strata import cancelling, executions, graphs, reconciling, resuming
from strata.model.block import Block, Context, Values
from strata.model.errors import NodeError
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.store.slots import counted
from tests.builders import graph, node
from tests.held_blocks import block
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, held_platform, run_of
from tests.unit.test_crashes import Fragile, contents, play
from tests.unit.test_slots import limited

MADE = graph(
    [
        node("i", "input", name="i"),
        node("a", "probe"),
        node("b", "probe", retry={"max_attempts": 2}),
        node("o", "output", name="out"),
    ],
    "i.value -> a.value",
    "a.value -> b.value",
    "b.value -> o.value",
)


class Story:
    """One execution fails; another, which waited for it, is cancelled; a third goes on with the
    first, once it has its turn. There is a crash at that write."""

    def __init__(self, folder: Path, number: int, moment: str) -> None:
        folder.mkdir()
        self.folder = folder
        self.clock = HeldClock()
        self.is_mended = False
        self.platform = limited(held_platform(folder, self.clock, self._block()), 1)
        self.graph_id = graphs.create(USER, MADE, platform=self.platform)["id"]
        self.fragile = Fragile(self.platform, number, moment)

    def _block(self) -> Block:
        """The second node of that block fails at first."""

        def run(values: Values, context: Context) -> Values:
            if "/b/" in context.idempotency_key and not self.is_mended:
                raise NodeError("gone", "Gone.")
            return {"value": values["value"]}

        return block("probe", run)

    def ask(self, name: str, act: Any, *given: Any) -> Run:
        known = Idempotency(name, "digest")
        view = self.fragile.persist(
            lambda process: act(*given, idempotency=known, platform=process)
        )
        self.sweep()
        return run_of(view, USER)

    def sweep(self) -> None:
        self.clock.sleep(1)
        assert reconciling.sweep(0, platform=self.platform)["failed"] == 0

    def play(self, run: Run) -> None:
        assert run.execution_id in self.machines.started
        play(run, self.fragile, self.platform)
        self.sweep()

    @property
    def machines(self) -> HeldMachines:
        assert isinstance(self.platform.machines, HeldMachines)
        return self.platform.machines

    def tell(self) -> tuple[Any, int]:
        start = partial(executions.start, USER, self.graph_id, {"i": 7})
        first = self.ask("first", start)
        second = self.ask("second", start)
        self.play(first)
        third = self.ask("third", resuming.resume, USER, first.execution_id)
        self.ask("fourth", cancelling.cancel, USER, second.execution_id)
        self.is_mended = True
        self.play(third)
        shown = executions.get(USER, third.execution_id, platform=self.platform)
        assert (shown["status"], shown["outputs"]) == ("COMPLETED", {"out": 7})
        assert counted(USER, self.platform)["running"] == 0
        assert self.machines.started.keys() == {one.execution_id for one in (first, second, third)}
        assert self.machines.stopped == {second.execution_id}
        return list(filter(is_told, contents(self.folder))), self.fragile.writes_left


def is_told(item: str) -> bool:
    """A node that never began is cancelled with its execution, whether or not a record says so."""
    return not ("NODE#" in item and '"CANCELLED"' in item)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_write_changes_nothing_in_the_end(tmp_path: Path, moment: str) -> None:
    expected, left = Story(tmp_path / "0", 10_000, moment).tell()
    writes = 10_000 - left
    assert writes > 20
    for number in range(1, writes + 1):
        found, left = Story(tmp_path / str(number), number, moment).tell()
        assert left <= 0, "it did not crash"
        assert found == expected, number
