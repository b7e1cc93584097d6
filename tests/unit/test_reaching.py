"""A run may go up to one node; the nodes of a draft may have outputs pinned to them."""

from typing import Any

import pytest

from strata import cancelling, executions, graphs, node_views, nodes, resuming, triggers
from strata.model.errors import GraphInvalid, InvalidBody, NodeError
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from strata.reaching import reach_to
from strata.store.graphs import load_plan
from tests.builders import graph, node
from tests.held_blocks import Probe, heavy
from tests.held_platform import USER, HeldMachines, add_user, owner, play, run_of, started
from tests.unit.conftest import Hold

TWO = graph(
    [
        node("first", value=5),
        node("a", value=1),
        node("b", "probe"),
        node("out", "output", name="early"),
        node("c", "probe"),
        node("last", "output", name="late"),
    ],
    "a.value -> b.value",
    "b.value -> out.value",
    "b.value -> c.value",
    "c.value -> last.value",
)


def start(made: Graph, platform: Platform, until: str) -> Run:
    graph_id = graphs.create(USER, made, platform=platform)["id"]
    return run_of(executions.start(USER, graph_id, {}, until=until, platform=platform), USER)


def statuses(run: Run, platform: Platform) -> dict[str, str]:
    page = PageRequest(100)
    found = node_views.listing(USER, run.execution_id, page=page, platform=platform)
    return {one["node"]: str(one["status"]) for one in found["items"]}


class TestUntil:
    def test_the_node_and_what_it_depends_on_run_and_the_rest_is_skipped(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = start(TWO, platform, "b")
        told = play(run, platform)
        assert (told["status"], told["until"], told["outputs"]) == ("COMPLETED", "b", {})
        assert told["node_counts"] == {"COMPLETED": 2, "SKIPPED": 4}
        assert [
            one for one, status in statuses(run, platform).items() if status == "COMPLETED"
        ] == [
            "a",
            "b",
        ]
        assert len(probe.runs) == 1

    def test_outputs_that_it_reaches_are_told(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        told = play(start(TWO, platform, "out"), platform)
        assert told["outputs"] == {"early": 1}

    def test_it_is_running_once_its_machine_is_started(self, hold: Hold) -> None:
        """Though the first node of its plan is skipped."""
        platform = hold(Probe().block)
        run = start(TWO, platform, "b")
        told = executions.get(USER, run.execution_id, platform=platform)
        assert (told["status"], told["started_at"]) == ("RUNNING", "2026-03-01T12:00:00.000Z")

    def test_where_the_first_node_is_within_reach_that_one_starts_it(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = start(TWO, platform, "first")
        assert executions.get(USER, run.execution_id, platform=platform)["status"] == "QUEUED"
        assert play(run, platform)["node_counts"] == {"COMPLETED": 1, "SKIPPED": 5}

    def test_nodes_that_are_claimed_are_skipped_too(self, hold: Hold) -> None:
        platform = hold(heavy("constant"), Probe().block)
        told = play(start(TWO, platform, "a"), platform)
        assert told["node_counts"] == {"COMPLETED": 1, "SKIPPED": 5}

    def test_a_loop_beyond_reach_has_no_items(self, hold: Hold) -> None:
        platform = hold()
        made = graph(
            [
                node("items", value=[1, 2]),
                node("each", "for_each"),
                node("same", parent="each"),
            ],
            "items.value -> each.items",
            "each.item -> same.value",
            "same.value -> each.result",
        )
        run = start(made, platform, "items")
        nodes.run(run, "items", platform=platform)
        told = nodes.run(run, "each", platform=platform)
        assert (told["status"], told["items"]) == ("SKIPPED", [])

    def test_a_loop_within_reach_is_so_with_its_body_and_what_that_depends_on(
        self, hold: Hold
    ) -> None:
        platform = hold()
        made = graph(
            [
                node("items", value=[1]),
                node("base", value=1),
                node("each", "for_each"),
                node("times", "calculate", expression="x * b", parent="each"),
                node("after"),
            ],
            "items.value -> each.items",
            "each.item -> times.values.x",
            "base.value -> times.values.b",
            "times.result -> each.result",
            "each.results -> after.value",
        )
        run = started(made, platform)
        reach = reach_to(load_plan(USER, run.graph_id, 1, platform), "each")
        assert reach.nodes == frozenset(("items", "base", "each", "times"))

    @pytest.mark.parametrize(
        ("until", "code"), [("nowhere", "unknown_node"), ("same", "node_in_body")]
    )
    def test_a_node_that_it_cannot_go_to_is_refused(
        self, held: Platform, until: str, code: str
    ) -> None:
        made = graph(
            [node("items", value=[1]), node("each", "for_each"), node("same", parent="each")],
            "items.value -> each.items",
            "each.item -> same.value",
            "same.value -> each.result",
        )
        with pytest.raises(InvalidBody) as raised:
            start(made, held, until)
        assert [(one.pointer, one.code) for one in raised.value.errors] == [("/until", code)]

    def test_a_resumed_one_goes_as_far_as_the_old_one_was_to_go(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = start(TWO, platform, "b")
        assert play(run, platform)["status"] == "FAILED"
        view = resuming.resume(USER, run.execution_id, platform=platform)
        assert view["until"] == "b"
        assert (view["reused"], [one["node"] for one in view["runs"]]) == (["a"], ["b"])
        told = play(run_of(view, USER), platform)
        assert told["node_counts"] == {"COMPLETED": 2, "SKIPPED": 4}

    def test_what_lay_beyond_reach_was_not_reached(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = start(TWO, platform, "b")
        play(run, platform)
        changed = TWO.model_copy(
            update={"links": [*TWO.links, graph([], "first.value -> b.value").links[0]]}
        )
        graphs.save(USER, run.graph_id, changed, platform=platform)
        told = resuming.preview(USER, run.execution_id, 2, platform=platform)
        assert [one["reason"] for one in told["runs"]] == ["not_reached", "changed"]

    def test_a_version_without_that_node_cannot_go_on(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.")).block)
        run = start(TWO, platform, "b")
        play(run, platform)
        graphs.save(USER, run.graph_id, graph([node("a", value=1)]), platform=platform)
        with pytest.raises(InvalidBody):
            resuming.resume(USER, run.execution_id, 2, platform=platform)


def pinned(**outputs: Any) -> Graph:
    """Of which the first node has these outputs pinned."""
    return graph(
        [
            node("a", "probe", value=1, pinned_outputs=outputs),
            node("b"),
            node("out", "output", name="out"),
        ],
        "a.value -> b.value",
        "b.value -> out.value",
    )


class TestDrafts:
    def draft(self, made: Graph, platform: Platform) -> str:
        graph_id: str = graphs.create(USER, made, draft=True, platform=platform)["id"]
        return graph_id

    def run(self, made: Graph, platform: Platform) -> Run:
        graph_id = self.draft(made, platform)
        return run_of(executions.start(USER, graph_id, {}, 1, platform=platform), USER)

    def test_one_without_problems_runs_by_its_number(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        told = play(self.run(pinned(), platform), platform)
        assert (told["status"], told["graph_version"]) == ("COMPLETED", 1)

    def test_it_is_never_the_active_one(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        graph_id = self.draft(pinned(value=9), platform)
        with pytest.raises(InvalidBody) as raised:
            executions.start(USER, graph_id, {}, platform=platform)
        assert raised.value.errors[0].code == "no_active_version"
        add_user(platform)
        trigger = triggers.create(owner(), graph_id, "queue", platform=platform)
        message = triggers.Message(trigger["id"], trigger["token"], {}, "1")
        with pytest.raises(InvalidBody):
            triggers.start_queued(message, platform=platform)
        with pytest.raises(InvalidBody):
            graphs.change(USER, graph_id, {"active_version": 1}, platform=platform)

    def test_one_with_problems_does_not_run(self, held: Platform) -> None:
        graph_id = self.draft(graph([node("a", "nothing")]), held)
        with pytest.raises(InvalidBody) as raised:
            executions.start(USER, graph_id, {}, 1, platform=held)
        assert raised.value.errors[0].code == "draft_version"

    def test_pinned_outputs_are_emitted_and_the_block_does_not_run(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        run = self.run(pinned(value=9), platform)
        told = play(run, platform)
        assert (told["outputs"], probe.runs) == ({"out": 9}, [])
        assert told["duration_seconds"] is not None
        a, b = (node_views.get(USER, run.execution_id, one, platform=platform) for one in "ab")
        assert (a["status"], a["pinned"], a["outputs"]) == ("COMPLETED", True, {"value": 9})
        assert (a["attempts"], b["pinned"]) == (0, False)

    def test_light_nodes_can_be_pinned_too(self, held: Platform) -> None:
        made = graph(
            [node("a", value=1, pinned_outputs={"value": "x" * 200_000}), node("b")],
            "a.value -> b.value",
        )
        run = self.run(made, held)
        play(run, held)
        told = node_views.get(USER, run.execution_id, "b", platform=held)
        assert told["inputs"] == {"value": "x" * 200_000}

    def test_pins_that_are_left_out_are_not_emitted(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        told = play(self.run(pinned(), platform), platform)
        assert told["outputs"] == {}
        assert told["node_counts"] == {"COMPLETED": 1, "SKIPPED": 2}

    def test_a_pinned_error_goes_the_way_of_errors(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        error = {"code": "gone", "message": "Gone.", "attempts": 1}
        made = graph(
            [
                node("a", "probe", value=1, pinned_outputs={"error": error}),
                node("out", "output", name="told"),
            ],
            "a.error -> out.value",
        )
        assert play(self.run(made, platform), platform)["outputs"] == {"told": error}

    def test_a_pinned_node_that_would_wait_does_not(self, held: Platform) -> None:
        made = graph([node("later", "delay", seconds=60, pinned_outputs={}), node("b", value=1)])
        run = self.run(made, held)
        assert nodes.run(run, "later", platform=held)["until"] == "2026-03-01T12:00:00.000Z"
        told = nodes.run(run, "later", phase="end", platform=held)
        assert told["status"] == "COMPLETED"

    def test_other_versions_run_as_if_nothing_were_pinned(self, hold: Hold) -> None:
        probe = Probe()
        platform = hold(probe.block)
        assert play(started(pinned(value=9), platform), platform)["outputs"] == {"out": 1}
        assert len(probe.runs) == 1

    @pytest.mark.parametrize(
        ("outputs", "code"),
        [
            ({"nothing": 1}, "unknown_pin"),
            ({"error": "text"}, "type_mismatch"),
            ({"value": 10**40}, "invalid_value"),
        ],
    )
    def test_what_cannot_be_emitted_cannot_be_pinned(
        self, hold: Hold, outputs: dict[str, Any], code: str
    ) -> None:
        platform = hold(Probe().block)
        with pytest.raises(GraphInvalid) as raised:
            graphs.create(USER, pinned(**outputs), platform=platform)
        assert [one.code for one in raised.value.errors] == [code]

    def test_a_result_that_was_pinned_is_reused_in_a_draft_that_pins_the_same(
        self, hold: Hold
    ) -> None:
        platform = hold(Probe().block)
        run = self.run(pinned(value=9), platform)
        nodes.run(run, "a", platform=platform)
        cancelling.cancel(USER, run.execution_id, platform=platform)
        assert resuming.preview(USER, run.execution_id, platform=platform)["reused"] == ["a"]
        graphs.save(USER, run.graph_id, pinned(value=9), platform=platform)
        told = resuming.preview(USER, run.execution_id, 2, platform=platform)
        assert told["runs"][0] == {"node": "a", "reason": "changed", "depends_on": None}

    def test_its_machine_is_one_of_its_own(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = self.run(pinned(value=9), platform)
        assert isinstance(platform.machines, HeldMachines)
        assert [name.split("-")[1] for name in platform.machines.definitions] == ["1"]
        assert run.execution_id in platform.machines.started
