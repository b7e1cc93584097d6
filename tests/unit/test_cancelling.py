"""A cancelled execution: no node begins any more, what ran is recorded, and it has one end."""

from functools import partial
from typing import Any

import pytest

from strata import cancelling, ends, executions, graphs, node_views, nodes
from strata.model.errors import (
    Conflict,
    ExecutionEnded,
    NodeError,
    NodeFailed,
    NodeRetry,
    NotFound,
    Unavailable,
)
from strata.model.execution import Run
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.stopping import stop
from strata.store import keys
from strata.store.executions import open_query, run_of
from tests.at_once import at_once
from tests.builders import chain, graph, joined, node
from tests.held_blocks import Probe
from tests.held_platform import OTHER_USER, USER, HeldMachines, play, run_until_ended, started
from tests.unit.conftest import Hold
from tests.watched_table import Operation, after_first, watched

KEY = Idempotency("key", "digest")
FORK = joined(["first", "a", "b", "last"], [("first", "a"), ("first", "b"), ("a", "last")])


def cancel(run: Run, platform: Platform, key: Idempotency | None = None) -> dict[str, Any]:
    return cancelling.cancel(USER, run.execution_id, idempotency=key, platform=platform)


def shown(run: Run, platform: Platform) -> dict[str, Any]:
    return executions.get(USER, run.execution_id, platform=platform)


def statuses(run: Run, platform: Platform) -> dict[str, str]:
    page = node_views.listing(USER, run.execution_id, page=PageRequest(100), platform=platform)
    return {one["node"]: str(one["status"]) for one in page["items"]}


def machines(platform: Platform) -> HeldMachines:
    assert isinstance(platform.machines, HeldMachines)
    return platform.machines


def left_open(platform: Platform) -> list[Run]:
    """The executions that there is something left to do about."""
    found = [platform.table.query(open_query(shard)).items for shard in range(keys.OPEN_SHARDS)]
    return [run_of(item) for items in found for item in items]


def ended_count(run: Run, platform: Platform) -> int:
    item = platform.table.get(keys.stats(USER, run.graph_id)) or {}
    return int(item["ended_count"])


class TestWhen:
    def test_before_the_first_node_all_are_cancelled_and_none_starts(self, held: Platform) -> None:
        run = started(chain(3), held)
        told = cancel(run, held)
        assert (told["status"], told["error"], told["outputs"]) == ("CANCELLED", None, None)
        assert told == shown(run, held)
        assert told["node_counts"] == {"CANCELLED": 3}
        with pytest.raises(NodeFailed):
            nodes.run(run, "n001", platform=held)
        assert set(statuses(run, held).values()) == {"CANCELLED"}

    def test_its_machine_is_stopped(self, held: Platform) -> None:
        run = started(chain(3), held)
        cancel(run, held)
        assert machines(held).stopped == {run.execution_id}
        assert left_open(held) == []

    def test_what_ran_is_recorded(self, held: Platform) -> None:
        run = started(FORK, held)
        for one in ("first", "a"):
            nodes.run(run, one, platform=held)
        assert cancel(run, held)["node_counts"] == {"CANCELLED": 2, "COMPLETED": 2}
        told = statuses(run, held)
        assert [one for one in told if told[one] == "COMPLETED"] == ["first", "a"]

    def test_a_node_that_runs_is_cancelled_and_what_it_brings_is_dropped(self, hold: Hold) -> None:
        def cancel_meanwhile(_: Any, __: Any) -> Any:
            cancel(run, platform)
            return {"value": "too late"}

        platform = hold(Probe(cancel_meanwhile).block)
        run = started(
            graph([node("a", "probe", value=1), node("b")], "a.value -> b.value"), platform
        )
        with pytest.raises(NodeRetry):
            nodes.run(run, "a", platform=platform)
        told = node_views.get(USER, run.execution_id, "a", platform=platform)
        assert (told["status"], told["attempts"], told["outputs"]) == ("CANCELLED", 1, None)
        assert told["ended_at"] is not None

    def test_a_node_that_was_about_to_begin_does_not(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(graph([node("a", "probe", value=1)]), platform)
        late, _ = watched(platform, after=after_first("get_many", partial(cancel, run, platform)))
        with pytest.raises(NodeRetry):
            nodes.run(run, "a", platform=late)
        assert nodes.run(run, "a", platform=platform)["status"] == "CANCELLED"
        assert probe.runs == []

    def test_no_node_begins_from_the_moment_it_was_asked_to_cancel(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = started(graph([node("a", value=1), node("b", "probe", value=1)]), platform)

        def begin() -> None:
            with pytest.raises(NodeFailed):
                nodes.run(run, "b", platform=platform)

        meanwhile, _ = watched(platform, after=after_first("write", begin))
        cancel(run, meanwhile)
        assert probe.runs == []

    def test_between_two_attempts_of_a_node_there_is_no_other(self, hold: Hold) -> None:
        probe = Probe(NodeError("busy", "Busy.", retryable=True))
        platform = hold(probe.block)
        run = started(graph([node("a", "probe", value=1, retry={"max_attempts": 3})]), platform)
        with pytest.raises(NodeRetry):
            nodes.run(run, "a", platform=platform)
        cancel(run, platform)
        assert nodes.run(run, "a", platform=platform)["status"] == "CANCELLED"
        assert len(probe.runs) == 1

    def test_hundreds_of_nodes_that_could_begin_are_cancelled(self, held: Platform) -> None:
        run = started(graph([node(f"n{at}", value=1) for at in range(250)]), held)
        nodes.run(run, "n7", platform=held)
        assert cancel(run, held)["node_counts"] == {"CANCELLED": 249, "COMPLETED": 1}


class TestEnded:
    def test_one_that_is_complete_cannot_be_cancelled(self, held: Platform) -> None:
        run = started(chain(2), held)
        before = play(run, held)
        with pytest.raises(ExecutionEnded):
            cancel(run, held)
        assert shown(run, held) == before
        assert machines(held).stopped == set()

    def test_the_second_cancel_finds_it_ended(self, held: Platform) -> None:
        run = started(chain(2), held)
        cancel(run, held)
        with pytest.raises(ExecutionEnded):
            cancel(run, held)
        with pytest.raises(ExecutionEnded):
            cancel(run, held, KEY)

    def test_the_same_key_again_gets_the_same_answer(self, held: Platform) -> None:
        run = started(chain(2), held)
        first = cancel(run, held, KEY)
        assert cancel(run, held, KEY) == first
        with pytest.raises(ExecutionEnded):
            cancel(run, held, Idempotency("another", "digest"))

    def test_one_whose_nodes_have_all_ended_is_complete(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(graph([node(f"n{at}", "probe", value=1) for at in range(11)]), platform)
        for at in range(11):
            nodes.run(run, f"n{at}", platform=platform)
        assert shown(run, platform)["status"] == "RUNNING"
        with pytest.raises(ExecutionEnded):
            cancel(run, platform)
        assert shown(run, platform)["status"] == "COMPLETED"

    def test_one_whose_node_has_failed_has_failed(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = started(graph([node("a", "probe", value=1), node("b", value=1)]), platform)
        with pytest.raises(NodeFailed):
            nodes.run(run, "a", platform=platform)
        with pytest.raises(ExecutionEnded):
            cancel(run, platform)
        assert shown(run, platform)["error"]["node"] == "a"

    def test_another_user_s_is_not_found(self, held: Platform) -> None:
        run = started(chain(2), held)
        with pytest.raises(NotFound):
            cancelling.cancel(OTHER_USER, run.execution_id, platform=held)
        assert shown(run, held)["status"] == "QUEUED"

    def test_it_counts_as_an_end_and_not_as_a_success(self, held: Platform) -> None:
        run = started(chain(2), held)
        cancel(run, held)
        [found] = graphs.listing(USER, page=PageRequest(), platform=held)["items"]
        assert found["stats"]["success_rate"] == 0


class TestMachineDown:
    def test_the_cancel_counts_and_the_stop_is_made_up_for(self, held: Platform) -> None:
        run = started(chain(2), held)
        machines(held).down = True
        assert cancel(run, held)["status"] == "CANCELLED"
        assert left_open(held) == [run]
        assert not stop(run, platform=held)
        machines(held).down = False
        assert stop(run, platform=held)
        assert machines(held).stopped == {run.execution_id}
        assert left_open(held) == []

    def test_the_same_request_again_stops_it(self, held: Platform) -> None:
        run = started(chain(2), held)
        machines(held).down = True
        cancel(run, held, KEY)
        machines(held).down = False
        cancel(run, held, KEY)
        assert machines(held).stopped == {run.execution_id}


class Vanished(BaseException):
    pass


class TestCrash:
    def vanish(self, number: int) -> Any:
        left = [number]

        def step(operation: Operation, _: Any) -> None:
            left[0] -= operation.startswith("write")
            if left[0] == 0 and operation.startswith("write"):
                raise Vanished

        return step

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_after_any_write_the_request_sent_again_brings_it_to_its_end(
        self, held: Platform, number: int
    ) -> None:
        run = started(FORK, held)
        nodes.run(run, "first", platform=held)
        broken, _ = watched(held, after=self.vanish(number))
        with pytest.raises(Vanished):
            cancel(run, broken, KEY)
        assert cancel(run, held, KEY)["node_counts"] == {"CANCELLED": 3, "COMPLETED": 1}
        assert ended_count(run, held) == 1
        assert left_open(held) == []

    def test_the_machine_itself_ends_what_was_asked_to_cancel(self, held: Platform) -> None:
        run = started(FORK, held)
        broken, _ = watched(held, after=self.vanish(1))
        with pytest.raises(Vanished):
            cancel(run, broken)
        with pytest.raises(NodeFailed):
            nodes.run(run, "first", platform=held)
        assert ends.end(run, {"Error": "NodeFailed"}, platform=held) == {"status": "CANCELLED"}
        assert shown(run, held)["error"] is None
        assert left_open(held) == [run]

    def test_writes_that_never_get_through_are_told_as_unavailable(self, held: Platform) -> None:
        run = started(FORK, held)

        def refuse(operation: Operation, given: Any) -> None:
            if operation == "write_all" and given[0].key == keys.execution(run):
                raise Conflict

        busy, _ = watched(held, before=refuse)
        with pytest.raises(Unavailable):
            cancel(run, busy)


class TestAtOnce:
    def test_of_a_cancel_and_the_end_at_once_one_counts(self, held: Platform) -> None:
        outcomes = set()
        for _ in range(30):
            run = started(chain(2), held)
            nodes.run(run, "n000", platform=held)
            outcomes.add(self.race(run, held))
            assert ended_count(run, held) == 1
        assert outcomes <= {("CANCELLED", "CANCELLED"), ("COMPLETED", "refused")}

    def race(self, run: Run, held: Platform) -> tuple[str, str]:
        def act(number: int) -> str:
            try:
                if number:
                    return str(cancel(run, held)["status"])
                run_until_ended(run, "n001", held)
            except (ExecutionEnded, NodeFailed):
                return "refused"
            return ""

        _, told = at_once(2, act)
        return shown(run, held)["status"], told

    def test_of_many_cancels_at_once_at_least_one_is_told_so_and_it_ends_once(
        self, held: Platform
    ) -> None:
        for _ in range(10):
            run = started(chain(2), held)

            def act(_: int, run: Run = run) -> int:
                try:
                    cancel(run, held)
                except ExecutionEnded:
                    return 0
                return 1

            assert sum(at_once(5, act)) >= 1
            assert ended_count(run, held) == 1


def test_what_is_open_is_listed_for_who_repairs_until_it_has_ended(held: Platform) -> None:
    run = started(chain(2), held)
    assert left_open(held) == [run]
    play(run, held)
    assert left_open(held) == []
