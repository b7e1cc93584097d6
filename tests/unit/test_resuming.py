"""A resumed execution goes on from the results of the old one, as if nothing had failed."""

from dataclasses import replace
from typing import Any

import pytest

from strata import cancelling, ends, executions, graphs, node_views, nodes, resuming
from strata.model.errors import NodeError, NodeRetry
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Blobs, Key
from strata.store import keys
from strata.store.values import unpack
from tests.at_once import at_once
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, play, run_of, started
from tests.unit.conftest import Hold
from tests.unit.test_slots import counts, limited
from tests.watched_table import after_first, watched

KEY = Idempotency("key", "digest")
GONE = NodeError("gone", "Gone.")
MADE = graph(
    [
        node("i", "input", name="i"),
        node("a", "probe"),
        node("b", "probe"),
        node("o", "output", name="out"),
    ],
    "i.value -> a.value",
    "a.value -> b.value",
    "b.value -> o.value",
)


def hand_on(values: Any, _: Any) -> Any:
    return {"value": values["value"]}


def failed(made: Graph, platform: Platform, **inputs: Any) -> Run:
    run = started(made, platform, **inputs)
    assert play(run, platform)["status"] == "FAILED"
    return run


def resumed(run: Run, platform: Platform, version: int | None = None) -> Run:
    return run_of(resuming.resume(USER, run.execution_id, version, platform=platform), USER)


def shown(run: Run, platform: Platform) -> dict[str, Any]:
    return executions.get(USER, run.execution_id, platform=platform)


def node_of(run: Run, name: str, platform: Platform) -> dict[str, Any]:
    return node_views.get(USER, run.execution_id, name, platform=platform)


def machines(platform: Platform) -> HeldMachines:
    assert isinstance(platform.machines, HeldMachines)
    return platform.machines


class TestResults:
    def test_it_ends_well_and_what_was_complete_did_not_run_again(self, hold: Hold) -> None:
        probe = Probe(hand_on, GONE)
        platform = hold(probe.block)
        old = failed(MADE, platform, i=7)
        run = resumed(old, platform)
        told = play(run, platform)
        assert (told["status"], told["outputs"]) == ("COMPLETED", {"out": 7})
        assert told["node_counts"] == {"COMPLETED": 4}
        assert (told["resumed_from"], told["trigger"]) == (old.execution_id, "resume")
        assert len(probe.runs) == 3

    def test_a_reused_node_tells_its_values_its_times_and_where_it_ran(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        old = failed(MADE, platform, i=7)
        clock.sleep(60)
        run = resumed(old, platform)
        told = node_of(run, "a", platform)
        assert told == {**node_of(old, "a", platform), "reused_from": old.execution_id}
        assert (told["inputs"], told["outputs"]) == ({"value": 7}, {"value": 7})
        assert node_of(run, "b", platform)["reused_from"] is None

    def test_the_old_one_stays_as_it_is(self, hold: Hold) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        old = failed(MADE, platform, i=7)
        before = shown(old, platform)
        play(resumed(old, platform), platform)
        assert shown(old, platform) == before

    @pytest.mark.parametrize("size", [10, 90_000, 300_000, 5_000_000])
    def test_values_of_any_size_are_taken_over_unchanged(self, hold: Hold, size: int) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        run = resumed(failed(MADE, platform, i="é" * size), platform)
        play(run, platform)
        outputs = platform.table.get(keys.value(run, "o")) or {}
        assert unpack(outputs["pins"]["value"], platform) == "é" * size

    def test_what_was_resumed_can_be_resumed_again(self, hold: Hold) -> None:
        probe = Probe(hand_on, GONE, GONE)
        platform = hold(probe.block)
        first = failed(MADE, platform, i=7)
        second = resumed(first, platform)
        assert play(second, platform)["status"] == "FAILED"
        third = resumed(second, platform)
        assert play(third, platform)["outputs"] == {"out": 7}
        assert shown(third, platform)["resumed_from"] == second.execution_id
        assert node_of(third, "a", platform)["reused_from"] == first.execution_id
        assert len(probe.runs) == 4

    def test_it_goes_on_with_a_version_that_was_mended(self, hold: Hold) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        old = failed(MADE, platform, i=7)
        mended = graph(
            [
                node("i", "input", name="i"),
                node("a", "probe"),
                node("more", "calculate", expression="a + 1"),
                node("o", "output", name="out"),
            ],
            "i.value -> a.value",
            "a.value -> more.values.a",
            "more.result -> o.value",
        )
        graphs.save(USER, old.graph_id, mended, platform=platform)
        told = play(resumed(old, platform, 2), platform)
        assert (told["graph_version"], told["outputs"]) == (2, {"out": 8})

    def test_a_secret_input_stays_one(self, hold: Hold) -> None:
        platform = hold(Probe(GONE).block)
        made = graph(
            [node("i", "input", name="i", secret=True), node("a", "probe")], "i.value -> a.value"
        )
        old = failed(made, platform, i="correct horse")
        view = resuming.resume(USER, old.execution_id, platform=platform)
        assert view["inputs"] == {"i": "****"}
        told = play(run_of(view, USER), platform)
        assert told["status"] == "COMPLETED"
        assert node_of(run_of(view, USER), "a", platform)["inputs"] == {"value": "****"}


class Keeping:
    """Notes what is to live on."""

    def __init__(self, blobs: Blobs) -> None:
        self.put, self.get, self.link = blobs.put, blobs.get, blobs.link
        self.delete, self.delete_under = blobs.delete, blobs.delete_under
        self.kept: list[str] = []

    def keep(self, name: str) -> bool:
        self.kept.append(name)
        return True


def value_of_a(run: Run) -> Key:
    return keys.value(run, "a")


def test_what_is_large_and_taken_over_lives_on(hold: Hold) -> None:
    platform = hold(Probe(GONE).block)
    nodes_ = [node("a", value="x" * 200_000), node("b", "probe", value=1)]
    run = failed(graph([*nodes_, node("i", "input", name="i")]), platform, i="y" * 200_000)
    keeping = Keeping(platform.blobs)
    resumed(run, replace(platform, blobs=keeping))
    item, head = (platform.table.get(key(run)) or {} for key in (value_of_a, keys.execution))
    kept = {item["pins"]["value"]["blob"], head["inputs"]["i"]["blob"]}
    assert set(keeping.kept) == kept


class TestStart:
    def test_it_runs_once_its_machine_is_started(self, hold: Hold, clock: HeldClock) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        run = resumed(failed(MADE, platform, i=7), platform)
        told = shown(run, platform)
        assert (told["status"], told["started_at"]) == ("RUNNING", "2026-03-01T12:00:00.000Z")
        assert told["node_counts"] == {"COMPLETED": 2, "PENDING": 2}
        assert run.execution_id in machines(platform).started

    def test_where_the_first_node_runs_again_that_one_starts_it(self, hold: Hold) -> None:
        platform = hold(Probe(GONE).block)
        run = resumed(failed(graph([node("a", "probe", value=1)]), platform), platform)
        assert shown(run, platform)["status"] == "QUEUED"
        nodes.run(run, "a", platform=platform)
        assert shown(run, platform)["status"] == "COMPLETED"

    def test_it_waits_for_its_turn_and_has_its_results_then(self, hold: Hold) -> None:
        platform = limited(hold(Probe(hand_on, GONE).block), 1)
        old = failed(MADE, platform, i=7)
        other = run_of(executions.start(USER, old.graph_id, {"i": 1}, platform=platform), USER)
        view = resuming.resume(USER, old.execution_id, platform=platform)
        assert (view["status"], view["queue_position"]) == ("QUEUED", 1)
        run = run_of(view, USER)
        assert platform.table.get(keys.node_run(run, "a")) is None
        play(other, platform)
        assert play(run, platform)["outputs"] == {"out": 7}
        assert counts(platform) == (0, 0)

    def test_twice_at_once_under_one_key_is_one_execution(self, hold: Hold) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        old = failed(MADE, platform, i=7)
        views = at_once(
            8,
            lambda _: resuming.resume(USER, old.execution_id, idempotency=KEY, platform=platform),
        )
        assert len({view["id"] for view in views}) == 1
        page = executions.listing(USER, page=PageRequest(), platform=platform)
        assert len(page["items"]) == 2
        assert play(run_of(views[0], USER), platform)["outputs"] == {"out": 7}

    def test_a_look_before_writes_nothing(self, hold: Hold) -> None:
        platform = hold(Probe(hand_on, GONE).block)
        old = failed(MADE, platform, i=7)
        reading, table = watched(platform)
        told = resuming.preview(USER, old.execution_id, platform=reading)
        assert table.calls.keys() <= {"get", "get_many", "query"}
        view = resuming.resume(USER, old.execution_id, platform=platform)
        assert (view["reused"], view["runs"]) == (told["reused"], told["runs"])


class TestEffects:
    """Of a node whose effect nobody knows of the other side is told the same key again."""

    def again(
        self, hold: Hold, *steps: Any, made: Graph | None = None
    ) -> tuple[list[str], dict[str, Any], Run, Run]:
        probe = Probe(*steps, has_effect=True)
        platform = hold(probe.block)
        old = failed(made or graph([node("a", "probe", value=1)]), platform)
        run = resumed(old, platform)
        play(run, platform)
        return probe.keys, node_of(run, "a", platform), old, run

    @pytest.mark.parametrize("code", ["timeout", "upstream_timeout", "upstream_disconnected"])
    def test_an_unknown_effect_keeps_its_key_and_is_told(self, hold: Hold, code: str) -> None:
        sent, told, old, _ = self.again(hold, NodeError(code, "Nobody knows."))
        assert sent == [f"{old.execution_id}/a/0"] * 2
        assert (told["status"], told["possibly_repeated"]) == ("COMPLETED", True)

    def test_a_failure_that_is_known_has_a_key_of_its_own_again(self, hold: Hold) -> None:
        sent, told, old, run = self.again(hold, NodeError("upstream_status", "It said 500."))
        assert sent == [f"{old.execution_id}/a/0", f"{run.execution_id}/a/0"]
        assert told["possibly_repeated"] is False

    def test_attempts_that_were_lost_are_unknown(self, hold: Hold) -> None:
        def vanish() -> None:
            raise Vanished

        probe = Probe(has_effect=True)
        platform = hold(probe.block)
        old = started(graph([node("a", "probe", value=1)]), platform)
        broken, _ = watched(platform, after=after_first("write_all", vanish))
        with pytest.raises(Vanished):
            nodes.run(old, "a", platform=broken)
        ends.end(old, {"Error": "Lambda.Unknown"}, platform=platform)
        run = resumed(old, platform)
        play(run, platform)
        assert probe.keys == [f"{old.execution_id}/a/0"]
        assert node_of(run, "a", platform)["possibly_repeated"] is True

    def test_what_a_cancel_interrupted_is_unknown(self, hold: Hold) -> None:
        def cancel(_: Any, __: Any) -> Any:
            cancelling.cancel(USER, old.execution_id, platform=platform)
            return {"value": 1}

        probe = Probe(cancel, has_effect=True)
        platform = hold(probe.block)
        old = started(graph([node("a", "probe", value=1)]), platform)
        with pytest.raises(NodeRetry):
            nodes.run(old, "a", platform=platform)
        run = resumed(old, platform)
        play(run, platform)
        assert probe.keys == [f"{old.execution_id}/a/0"] * 2
        assert node_of(run, "a", platform)["possibly_repeated"] is True

    def test_the_oldest_key_counts(self, hold: Hold) -> None:
        late = NodeError("timeout", "Late.")
        probe = Probe(late, late, has_effect=True)
        platform = hold(probe.block)
        first = failed(graph([node("a", "probe", value=1)]), platform)
        second = resumed(first, platform)
        assert play(second, platform)["status"] == "FAILED"
        play(resumed(second, platform), platform)
        assert probe.keys == [f"{first.execution_id}/a/0"] * 3

    def test_one_that_never_got_so_far_hands_the_key_on(self, hold: Hold) -> None:
        probe = Probe(NodeError("timeout", "Late."), has_effect=True)
        platform = hold(probe.block)
        first = failed(graph([node("a", "probe", value=1)]), platform)
        second = resumed(first, platform)
        cancelling.cancel(USER, second.execution_id, platform=platform)
        play(resumed(second, platform), platform)
        assert probe.keys == [f"{first.execution_id}/a/0"] * 2

    def test_other_inputs_are_another_effect(self, hold: Hold) -> None:
        probe = Probe(NodeError("timeout", "Late."), has_effect=True)
        platform = hold(probe.block)
        old = failed(graph([node("a", "probe", value=1)]), platform)
        graphs.save(USER, old.graph_id, graph([node("a", "probe", value=2)]), platform=platform)
        run = resumed(old, platform, 2)
        play(run, platform)
        assert probe.keys[1] == f"{run.execution_id}/a/0"

    def test_without_an_effect_there_is_nothing_to_tell(self, hold: Hold) -> None:
        probe = Probe(NodeError("timeout", "Late."))
        platform = hold(probe.block)
        run = resumed(failed(graph([node("a", "probe", value=1)]), platform), platform)
        play(run, platform)
        assert node_of(run, "a", platform)["possibly_repeated"] is False


class Vanished(BaseException):
    pass
