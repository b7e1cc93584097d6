"""The results that a resumed execution takes over are copied, whatever comes between."""

from typing import Any

import pytest

from strata import cancelling, executions, launching, nodes, resuming
from strata.model.errors import Conflict, NodeError, NodeFailed, Unavailable
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store import keys, resumptions
from tests.at_once import at_once
from tests.builders import graph, joined, node
from tests.held_blocks import Probe
from tests.held_platform import USER, play, run_of
from tests.unit.conftest import Hold
from tests.unit.test_resuming import (
    GONE,
    KEY,
    MADE,
    Vanished,
    failed,
    hand_on,
    machines,
    node_of,
    resumed,
)
from tests.unit.test_slots import limited
from tests.watched_table import Operation, watched


class TestCopies:
    COUNT = 130

    @pytest.fixture
    def old(self, hold: Hold) -> tuple[Run, Platform]:
        """With more results than one transaction takes."""
        platform = hold(Probe(GONE).block)
        ids = [f"n{at:03}" for at in range(self.COUNT)]
        made = joined(["start", *ids], [("start", one) for one in ids])
        nodes_ = [*made.nodes, node("last", "probe", value=1)]
        return failed(made.model_copy(update={"nodes": nodes_}), platform), platform

    def test_however_many_there_are_all_are_there(self, old: tuple[Run, Platform]) -> None:
        run, platform = resumed(old[0], old[1]), old[1]
        assert play(run, platform)["node_counts"] == {"COMPLETED": self.COUNT + 2}

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_after_a_crash_at_any_write_a_launch_makes_up_for_it(
        self, old: tuple[Run, Platform], moment: str
    ) -> None:
        before, platform = old
        for number in range(1, 12):
            view = self.crashed(before, platform, number, moment)
            if view is None:
                assert number > 4
                return
            run = run_of(view, USER)
            launching.launch(run, platform=platform)
            assert play(run, platform)["node_counts"] == {"COMPLETED": self.COUNT + 2}
        pytest.fail("it writes too often")

    def crashed(self, before: Run, platform: Platform, number: int, moment: str) -> Any:
        """The newest execution after a crash at that write; None if there was none."""
        left = [number]

        def step(operation: Operation, _: Any) -> None:
            left[0] -= operation.startswith("write")
            if left[0] == 0 and operation.startswith("write"):
                raise Vanished

        broken, _ = watched(platform, **{moment: step})
        known = Idempotency(f"{number} {moment}", "digest")
        try:
            resuming.resume(USER, before.execution_id, idempotency=known, platform=broken)
        except Vanished:
            return resuming.resume(USER, before.execution_id, idempotency=known, platform=platform)
        return None

    def test_launched_by_many_at_once_it_is_the_same(self, old: tuple[Run, Platform]) -> None:
        before, platform = old
        machines(platform).down = True
        with pytest.raises(Unavailable):
            resumed(before, platform)
        machines(platform).down = False
        [item] = executions.listing(USER, page=PageRequest(1), platform=platform)["items"]
        run = run_of(item, USER)
        at_once(4, lambda _: launching.launch(run, platform=platform))
        assert play(run, platform)["node_counts"] == {"COMPLETED": self.COUNT + 2}

    def test_more_than_one_transaction_holds_is_copied_too(self, hold: Hold) -> None:
        platform = hold(Probe(GONE).block)
        ids = [f"n{at}" for at in range(40)]
        made = graph(
            [*(node(one, value="x" * 95_000) for one in ids), node("last", "probe", value=1)]
        )
        run = resumed(failed(made, platform), platform)
        assert play(run, platform)["node_counts"] == {"COMPLETED": 41}
        found = platform.table.get_many([keys.value(run, one) for one in ids])
        assert len(found) == 40

    def test_copies_that_never_get_through_are_told_as_unavailable(self, hold: Hold) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        old = failed(MADE, platform, i=7)

        def refuse(operation: Operation, given: Any) -> None:
            if operation == "write_all" and given[0].key.sk.startswith("NODE#"):
                raise Conflict

        busy, _ = watched(platform, before=refuse)
        with pytest.raises(Unavailable):
            resuming.resume(USER, old.execution_id, idempotency=KEY, platform=busy)
        view = resuming.resume(USER, old.execution_id, idempotency=KEY, platform=platform)
        assert play(run_of(view, USER), platform)["outputs"] == {"out": 7}

    def test_a_late_copy_changes_nothing_that_has_gone_on(self, hold: Hold) -> None:
        probe = Probe(NodeError("timeout", "Late."), has_effect=True)
        platform = hold(probe.block)
        run = resumed(failed(graph([node("a", "probe", value=1)]), platform), platform)

        def copy(_: Operation, given: Any) -> None:
            resumptions.copy(run, resumptions.load(run, platform), platform)

        busy, _ = watched(platform, after=copy)
        assert play(run, busy)["status"] == "COMPLETED"
        assert node_of(run, "a", platform)["attempts"] == 1

    def test_one_that_was_cancelled_before_its_results_came_is_over(self, hold: Hold) -> None:
        platform = limited(hold(Probe(hand_on, GONE).block), 1)
        old = failed(MADE, platform, i=7)
        executions.start(USER, old.graph_id, {"i": 1}, platform=platform)
        run = resumed(old, platform)
        told = cancelling.cancel(USER, run.execution_id, platform=platform)
        assert told["node_counts"] == {"CANCELLED": 4}
        launching.launch(run, platform=platform)
        assert run.execution_id not in machines(platform).started
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
