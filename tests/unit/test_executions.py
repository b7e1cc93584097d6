"""An execution is started once, on the version that is active now, and found by its user alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from strata import executions, graphs, nodes
from strata.clock import SystemClock, moment
from strata.machines import COMPILER_REVISION
from strata.memory import Memory
from strata.model.errors import (
    IdempotencyKeyReused,
    InvalidBody,
    InvalidInputs,
    NotFound,
    TooLarge,
    Unavailable,
)
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Update
from strata.settings import Settings
from strata.store import keys
from tests.at_once import at_once
from tests.builders import chain, graph, node
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, held_platform, play, run_of
from tests.unit.pages import all_items
from tests.watched_table import after_first, watched

KEY = Idempotency("key", "digest")


def asks(name: str, **fields: Any) -> Graph:
    """A graph that hands on its one input."""
    return graph(
        [node("i", "input", name=name, **fields), node("o", "output", name="out")],
        "i.value -> o.value",
    )


def listed(platform: Platform) -> list[str]:
    found = all_items(lambda page: executions.listing(USER, page=page, platform=platform))
    return [one["id"] for one in found]


def faults(error: InvalidBody) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in error.errors]


@pytest.fixture
def graph_id(held: Platform) -> str:
    return str(graphs.create(USER, chain(2), platform=held)["id"])


class TestStart:
    def test_it_is_queued_and_its_machine_started_with_ids_alone(
        self, held: Platform, graph_id: str
    ) -> None:
        view = executions.start(USER, graph_id, {}, platform=held)
        assert isinstance(held.machines, HeldMachines)
        assert held.machines.started == {view["id"]: run_of(view, USER).to_json()}
        assert view == {
            "id": view["id"],
            "graph_id": graph_id,
            "graph_version": 1,
            "status": "QUEUED",
            "queue_position": None,
            "inputs": {},
            "outputs": None,
            "error": None,
            "created_at": "2026-03-01T12:00:00.000Z",
            "started_at": None,
            "ended_at": None,
            "duration_seconds": None,
            "trigger": "api",
            "parent": None,
            "resumed_from": None,
            "until": None,
            "node_counts": {},
        }

    def test_what_it_answers_is_what_a_look_at_it_tells(
        self, held: Platform, graph_id: str
    ) -> None:
        view = executions.start(USER, graph_id, {}, platform=held)
        shown = executions.get(USER, view["id"], platform=held)
        assert shown == {**view, "node_counts": {"PENDING": 2}}

    def test_a_look_at_it_counts_the_nodes_so_far(self, held: Platform, graph_id: str) -> None:
        view = executions.start(USER, graph_id, {}, platform=held)
        nodes.run(run_of(view, USER), "n000", platform=held)
        counts = executions.get(USER, view["id"], platform=held)["node_counts"]
        assert counts == {"COMPLETED": 1, "PENDING": 1}

    def test_a_look_at_one_with_more_records_than_one_read_brings_counts_them_all(
        self, held: Platform, graph_id: str
    ) -> None:
        run = run_of(executions.start(USER, graph_id, {}, platform=held), USER)
        for number in range(30):
            key = keys.node_run(run, f"other{number}")
            held.table.write(Update(key, set={"status": "COMPLETED", "padding": "x" * 90_000}))
        counts = executions.get(USER, run.execution_id, platform=held)["node_counts"]
        assert counts["COMPLETED"] == 30

    def test_inputs_are_checked_against_the_graph_all_at_once(self, held: Platform) -> None:
        made = asks("year", type="integer")
        graph_id = graphs.create(USER, made, platform=held)["id"]
        with pytest.raises(InvalidInputs) as raised:
            executions.start(USER, graph_id, {"year": "x", "month": 1}, platform=held)
        assert faults(raised.value) == [
            ("/inputs/month", "unknown_input"),
            ("/inputs/year", "wrong_type"),
        ]
        assert listed(held) == []

    def test_a_secret_input_is_masked_from_the_first_answer_on(self, held: Platform) -> None:
        graph_id = graphs.create(USER, asks("key", secret=True), platform=held)["id"]
        view = executions.start(USER, graph_id, {"key": "hunter2"}, platform=held)
        assert view["inputs"] == {"key": "****"}
        [item] = executions.listing(USER, page=PageRequest(), platform=held)["items"]
        assert item["inputs"] == {"key": "****"}

    def test_an_answer_about_one_execution_tells_large_values_whole(self, held: Platform) -> None:
        graph_id = graphs.create(USER, asks("text"), platform=held)["id"]
        view = executions.start(USER, graph_id, {"text": "x" * 300_000}, platform=held)
        assert view["inputs"] == {"text": {"$large": {"bytes": 300_002}}}
        found = executions.get(USER, view["id"], platform=held)
        assert found["inputs"] == {"text": "x" * 300_000}

    def test_a_value_that_fits_no_answer_is_told_by_a_link_that_ends(self, held: Platform) -> None:
        graph_id = graphs.create(USER, asks("text"), platform=held)["id"]
        view = executions.start(USER, graph_id, {"text": "x" * 3_000_000}, platform=held)
        large = executions.get(USER, view["id"], platform=held)["inputs"]["text"]["$large"]
        assert (large["bytes"], large["url"][:7]) == (3_000_002, "/blobs/")
        minutes = moment(large["expires_at"]) - held.clock.now()
        assert timedelta(0) < minutes <= timedelta(minutes=15)

    def test_where_an_input_is_secret_no_large_value_has_a_link(self, held: Platform) -> None:
        hidden = node("k", "input", name="key", secret=True)
        some = graph([hidden, node("i", "input", name="text")])
        graph_id = graphs.create(USER, some, platform=held)["id"]
        given = {"text": "x" * 3_000_000, "key": "hunter2hunter2"}
        view = executions.start(USER, graph_id, given, platform=held)
        found = executions.get(USER, view["id"], platform=held)
        assert found["inputs"]["text"] == {"$large": {"bytes": 3_000_002}}

    def test_a_list_tells_a_value_over_10_kb_by_its_size(self, held: Platform) -> None:
        graph_id = graphs.create(USER, asks("text"), platform=held)["id"]
        view = executions.start(USER, graph_id, {"text": "x" * 20_000}, platform=held)
        assert view["inputs"]["text"] == "x" * 20_000
        [item] = executions.listing(USER, page=PageRequest(), platform=held)["items"]
        assert item["inputs"] == {"text": {"$large": {"bytes": 20_002}}}

    def test_more_inputs_than_a_head_can_name_are_refused_in_words(self, held: Platform) -> None:
        names = [f"{number}{'é' * 95}" for number in range(1300)]
        many = graph([node(f"n{at}", "input", name=name) for at, name in enumerate(names)])
        graph_id = graphs.create(USER, many, platform=held)["id"]
        with pytest.raises(TooLarge):
            executions.start(USER, graph_id, dict.fromkeys(names, "x" * 150), platform=held)


class TestVersions:
    def test_the_active_version_runs(self, held: Platform, graph_id: str) -> None:
        graphs.save(USER, graph_id, chain(3), platform=held)
        assert executions.start(USER, graph_id, {}, platform=held)["graph_version"] == 2
        graphs.change(USER, graph_id, {"active_version": 1}, platform=held)
        assert executions.start(USER, graph_id, {}, platform=held)["graph_version"] == 1

    def test_an_older_version_runs_where_it_is_asked_for(
        self, held: Platform, graph_id: str
    ) -> None:
        graphs.save(USER, graph_id, chain(3), platform=held)
        assert executions.start(USER, graph_id, {}, 1, platform=held)["graph_version"] == 1

    @pytest.mark.parametrize(
        ("version", "code"), [(9, "unknown_version"), (2, "draft_version"), (-1, "draft_version")]
    )
    def test_a_version_that_cannot_run_is_refused(
        self, held: Platform, graph_id: str, version: int, code: str
    ) -> None:
        graphs.save(USER, graph_id, Graph(name="Draft"), draft=True, platform=held)
        with pytest.raises(InvalidBody) as raised:
            executions.start(USER, graph_id, {}, version, platform=held)
        assert faults(raised.value) == [("/version", code)]

    def test_a_graph_of_drafts_has_none_that_can_run(self, held: Platform) -> None:
        draft = graphs.create(USER, Graph(name="Draft"), draft=True, platform=held)
        with pytest.raises(InvalidBody) as raised:
            executions.start(USER, draft["id"], {}, platform=held)
        assert faults(raised.value) == [("/version", "no_active_version")]

    def test_a_deleted_graph_is_not_found(self, held: Platform, graph_id: str) -> None:
        graphs.delete(USER, graph_id, platform=held)
        with pytest.raises(NotFound):
            executions.start(USER, graph_id, {}, platform=held)


class TestMemory:
    """What one process remembers of a graph, another may have changed."""

    @pytest.fixture
    def other(self, held: Platform, graph_id: str) -> Platform:
        """Another process, once the first has started an execution."""
        executions.start(USER, graph_id, {}, platform=held)
        return replace(held, memory=Memory())

    def test_a_version_saved_elsewhere_runs(
        self, held: Platform, other: Platform, graph_id: str
    ) -> None:
        graphs.save(USER, graph_id, chain(3), platform=other)
        assert executions.start(USER, graph_id, {}, platform=held)["graph_version"] == 2

    def test_inputs_are_checked_against_the_version_saved_elsewhere(
        self, held: Platform, other: Platform, graph_id: str
    ) -> None:
        graphs.save(USER, graph_id, asks("year"), platform=other)
        view = executions.start(USER, graph_id, {"year": 2014}, platform=held)
        assert (view["graph_version"], view["inputs"]) == (2, {"year": 2014})

    def test_a_version_saved_elsewhere_can_be_asked_for(
        self, held: Platform, other: Platform, graph_id: str
    ) -> None:
        graphs.save(USER, graph_id, chain(3), platform=other)
        graphs.change(USER, graph_id, {"active_version": 1}, platform=other)
        assert executions.start(USER, graph_id, {}, 2, platform=held)["graph_version"] == 2

    def test_a_graph_deleted_elsewhere_is_not_found(
        self, held: Platform, other: Platform, graph_id: str
    ) -> None:
        graphs.delete(USER, graph_id, platform=other)
        with pytest.raises(NotFound):
            executions.start(USER, graph_id, {}, platform=held)

    def test_a_refusal_is_the_graph_s_as_it_is_now(
        self, held: Platform, other: Platform, graph_id: str
    ) -> None:
        graphs.save(USER, graph_id, asks("year"), platform=other)
        with pytest.raises(InvalidInputs) as raised:
            executions.start(USER, graph_id, {"month": 1}, platform=held)
        assert faults(raised.value)[1] == ("/inputs/year", "missing_input")

    def test_a_graph_that_changes_all_the_time_is_told_as_unavailable(
        self, held: Platform, graph_id: str
    ) -> None:
        active = iter([2, 1] * 9)
        graphs.save(USER, graph_id, chain(1), platform=held)

        def switch(operation: str, given: Any) -> None:
            if operation == "get" and given.sk == f"GRAPH#{graph_id}":
                change = {"active_version": next(active)}
                graphs.change(USER, graph_id, change, platform=replace(held, memory=Memory()))

        restless, _ = watched(held, after=switch)
        graphs.change(USER, graph_id, {"active_version": 1}, platform=held)
        with pytest.raises(Unavailable):
            executions.start(USER, graph_id, {}, platform=restless)
        assert listed(held) == []


class TestIdempotency:
    def test_the_same_key_starts_one_execution(self, held: Platform, graph_id: str) -> None:
        first = executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        play(run_of(first, USER), held)
        again = executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        assert again == first
        assert listed(held) == [first["id"]]

    def test_twenty_at_once_start_one_execution(self, held: Platform, graph_id: str) -> None:
        views = at_once(
            20,
            lambda _: executions.start(USER, graph_id, {}, idempotency=KEY, platform=held),
        )
        [execution_id] = {view["id"] for view in views}
        assert listed(held) == [execution_id]
        [one] = graphs.listing(USER, page=PageRequest(), platform=held)["items"]
        assert one["stats"]["execution_count"] == 1

    def test_another_request_under_the_key_is_refused(self, held: Platform, graph_id: str) -> None:
        executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        other = Idempotency("key", "another digest")
        with pytest.raises(IdempotencyKeyReused):
            executions.start(USER, graph_id, {}, idempotency=other, platform=held)

    def test_the_first_answer_counts_though_the_graph_has_changed(
        self, held: Platform, graph_id: str
    ) -> None:
        first = executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        graphs.save(USER, graph_id, chain(3), platform=held)
        again = executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        assert again == first


class TestMachines:
    def test_machines_that_are_down_are_told_and_the_same_key_goes_on_later(
        self, held: Platform, graph_id: str
    ) -> None:
        assert isinstance(held.machines, HeldMachines)
        held.machines.down = True
        with pytest.raises(Unavailable):
            executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        held.machines.down = False
        view = executions.start(USER, graph_id, {}, idempotency=KEY, platform=held)
        assert list(held.machines.started) == listed(held) == [view["id"]]

    def test_each_version_has_a_machine_of_its_own(self, held: Platform, graph_id: str) -> None:
        assert isinstance(held.machines, HeldMachines)
        for _ in range(2):
            executions.start(USER, graph_id, {}, platform=held)
        graphs.save(USER, graph_id, chain(3), platform=held)
        executions.start(USER, graph_id, {}, platform=held)
        assert list(held.machines.definitions) == [
            f"{graph_id}-1-{COMPILER_REVISION}",
            f"{graph_id}-2-{COMPILER_REVISION}",
        ]
        assert held.machines.creations == 2

    def test_the_machine_is_made_once_however_many_first_starts_race(self, tmp_path: Path) -> None:
        platform = held_platform(tmp_path, SystemClock())
        platform = replace(platform, settings=Settings(most_running="20"))
        graph_id = graphs.create(USER, chain(2), platform=platform)["id"]
        views = at_once(20, lambda _: executions.start(USER, graph_id, {}, platform=platform))
        assert isinstance(platform.machines, HeldMachines)
        assert platform.machines.creations == 1
        assert sorted(platform.machines.started) == sorted(view["id"] for view in views)

    def test_a_process_that_vanished_while_making_it_is_made_up_for(
        self, held: Platform, graph_id: str, clock: HeldClock
    ) -> None:
        def vanish() -> None:
            raise SystemExit

        broken, _ = watched(held, after=after_first("write", vanish))
        with pytest.raises(SystemExit):
            executions.start(USER, graph_id, {}, platform=broken)
        executions.start(USER, graph_id, {}, platform=held)
        assert 4 < sum(clock.waits) < 7

    def test_a_machine_that_never_comes_is_told_as_unavailable(
        self, held: Platform, graph_id: str
    ) -> None:
        class Forgetful(HeldMachines):
            def create(self, machine: str, definition: str, *, express: bool = False) -> None:
                pass

        forgetful = replace(held, machines=Forgetful())
        with pytest.raises(Unavailable):
            executions.start(USER, graph_id, {}, platform=forgetful)
