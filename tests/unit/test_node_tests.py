"""A node that is tested runs alone, with inputs of four origins, and leaves no execution behind."""

from typing import Any

import pytest

from strata import executions, graphs, node_tests, nodes
from strata.model.block import Context
from strata.model.errors import (
    GraphInvalid,
    InvalidBody,
    InvalidInputs,
    NodeError,
    NotFound,
    NotTestable,
    Unavailable,
)
from strata.model.graph import Graph
from strata.node_tests import Trial
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_blocks import Probe
from tests.held_clock import HeldClock
from tests.held_node_tests import saved, tried
from tests.held_platform import OTHER_USER, USER, play, started
from tests.unit.conftest import Hold
from tests.watched_table import watched

SUM = graph(
    [
        node("a", value=1),
        node("b", value=2),
        node("sum", "calculate", expression="a + b", values={"a": 10, "b": 20}),
    ],
    "a.value -> sum.values.a",
    "b.value -> sum.values.b",
)


class TestInputs:
    def test_without_more_it_gets_its_constants(self, held: Platform) -> None:
        told = tried(saved(SUM, held), "sum", held)
        assert told == {
            "node": "sum",
            "block": "calculate",
            "graph_version": 1,
            "status": "COMPLETED",
            "inputs": {"expression": "a + b", "values": {"a": 10, "b": 20}},
            "outputs": {"result": 30},
            "error": None,
            "duration_seconds": 0,
        }

    def test_what_is_pinned_to_its_sources_is_laid_over_that(self, held: Platform) -> None:
        pinned = SUM.model_copy(
            update={"nodes": [node("a", value=1, pinned_outputs={"value": 5}), *SUM.nodes[1:]]}
        )
        graph_id = saved(pinned, held, draft=True)
        assert tried(graph_id, "sum", held)["inputs"]["values"] == {"a": 5, "b": 20}

    def test_what_it_got_in_an_execution_is_laid_over_that(self, held: Platform) -> None:
        run = started(SUM, held)
        play(run, held)
        told = tried(run.graph_id, "sum", held, from_execution=run.execution_id)
        assert (told["inputs"]["values"], told["outputs"]) == ({"a": 1, "b": 2}, {"result": 3})

    def test_typed_inputs_come_over_everything(self, held: Platform) -> None:
        run = started(SUM, held)
        play(run, held)
        typed = {"values": {"a": 100, "b": 1}}
        told = tried(run.graph_id, "sum", held, typed, from_execution=run.execution_id)
        assert told["outputs"] == {"result": 101}

    def test_a_source_that_has_not_run_there_leaves_the_constant(self, held: Platform) -> None:
        run = started(SUM, held)
        nodes.run(run, "a", platform=held)
        told = tried(run.graph_id, "sum", held, from_execution=run.execution_id)
        assert told["inputs"]["values"] == {"a": 1, "b": 20}

    def test_a_required_input_that_nothing_gives_is_told_as_its_error(self, held: Platform) -> None:
        made = graph(
            [node("a", value="x"), node("b", "text_split", separator=",")], "a.value -> b.text"
        )
        told = tried(saved(made, held), "b", held)
        assert (told["status"], told["outputs"]) == ("FAILED", None)
        assert told["error"]["code"] == "invalid_input"

    def test_an_input_node_takes_what_an_execution_would_be_given(self, held: Platform) -> None:
        made = graph([node("i", "input", name="i", type="number")])
        run = started(made, held, i=7)
        assert tried(run.graph_id, "i", held, {"value": 3})["outputs"] == {"value": 3}
        told = tried(run.graph_id, "i", held, from_execution=run.execution_id)
        assert told["outputs"] == {"value": 7}

    def test_a_node_in_a_body_gets_what_its_iteration_was_given(self, held: Platform) -> None:
        made = graph(
            [
                node("items", value=[4, 5]),
                node("base", value=10),
                node("each", "for_each"),
                node("times", "calculate", expression="x * b", parent="each"),
            ],
            "items.value -> each.items",
            "each.item -> times.values.x",
            "base.value -> times.values.b",
            "times.result -> each.result",
        )
        run = started(made, held)
        for one in ("items", "base", "each"):
            nodes.run(run, one, platform=held)
        told = tried(
            run.graph_id, "times", held, from_execution=run.execution_id, iteration="each:1"
        )
        assert told["outputs"] == {"result": 50}
        outside = tried(run.graph_id, "times", held, from_execution=run.execution_id)
        assert outside["inputs"]["values"] == {"b": 10}

    def test_a_node_in_a_body_may_have_all_its_links_from_outside(self, held: Platform) -> None:
        made = graph(
            [
                node("base", value=10),
                node("each", "for_each", items=[1]),
                node("in", parent="each"),
            ],
            "base.value -> in.value",
        )
        assert tried(saved(made, held), "in", held, {"value": 2})["outputs"] == {"value": 2}

    def test_links_of_the_version_that_is_tested_count(self, held: Platform) -> None:
        run = started(SUM, held)
        play(run, held)
        changed = SUM.model_copy(
            update={
                "links": graph([], "b.value -> sum.values.a", "new.value -> sum.values.b").links
            }
        )
        changed = changed.model_copy(update={"nodes": [*SUM.nodes, node("new", value=7)]})
        graphs.save(USER, run.graph_id, changed, platform=held)
        told = tried(run.graph_id, "sum", held, from_execution=run.execution_id, version=2)
        assert told["inputs"]["values"] == {"a": 2, "b": 20}


class TestRun:
    def test_a_failure_is_told_with_its_code(self, hold: Hold) -> None:
        platform = hold(Probe(NodeError("gone", "Gone.", retryable=True)).block)
        made = graph([node("a", "probe", value=1, retry={"max_attempts": 5})])
        told = tried(saved(made, platform), "a", platform)
        assert told["error"] == {"code": "gone", "message": "Gone.", "attempts": 1}

    def test_no_execution_and_nothing_else_is_written(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        graph_id = saved(graph([node("a", "probe", value=1)]), platform)
        reading, table = watched(platform)
        tried(graph_id, "a", reading)
        assert table.calls.keys() <= {"get", "get_many", "query"}
        page = executions.listing(USER, page=PageRequest(), platform=platform)
        assert page["items"] == []

    def test_each_test_is_an_effect_of_its_own(self, hold: Hold) -> None:
        probe = Probe(has_effect=True)
        platform = hold(probe.block)
        graph_id = saved(graph([node("a", "probe", value=1)]), platform)
        for _ in range(2):
            tried(graph_id, "a", platform)
        assert len(set(probe.keys)) == 2

    def test_it_has_25_seconds_at_most(self, hold: Hold, clock: HeldClock) -> None:
        def slow(_: Any, context: Context) -> Any:
            left.append((context.deadline - context.now()).total_seconds())
            clock.sleep(26)
            return {"value": 1}

        left: list[float] = []
        platform = hold(Probe(slow, slow).block)
        made = graph(
            [
                node("a", "probe", value=1, timeout_seconds=600),
                node("b", "probe", value=1, timeout_seconds=3),
            ]
        )
        graph_id = saved(made, platform)
        told = tried(graph_id, "a", platform)
        assert (told["error"]["code"], told["duration_seconds"]) == ("timeout", 26)
        tried(graph_id, "b", platform)
        assert left == [25, 3]

    def test_a_platform_that_does_not_answer_is_no_failure_of_the_node(self, hold: Hold) -> None:
        platform = hold(Probe(Unavailable()).block)
        graph_id = saved(graph([node("a", "probe", value=1)]), platform)
        with pytest.raises(Unavailable):
            tried(graph_id, "a", platform)

    def test_large_values_are_told_by_their_size_and_a_link(self, hold: Hold) -> None:
        platform = hold(Probe(lambda _, __: {"value": "x" * 4_000_000}).block)
        graph_id = saved(graph([node("a", "probe", value=1)]), platform)
        told = tried(graph_id, "a", platform, {"value": "y" * 3_500_000})
        assert told["outputs"]["value"]["$large"]["bytes"] == 4_000_002
        assert told["inputs"]["value"]["$large"]["bytes"] == 3_500_002
        assert told["outputs"]["value"]["$large"].keys() >= {"url", "expires_at"}

    def test_outside_of_an_execution_nothing_waits(self, held: Platform) -> None:
        made = graph(
            [node("url", "callback_url", node="wait"), node("wait", "wait_for_event")],
        )
        told = tried(saved(made, held, draft=True), "url", held)
        assert told["error"]["code"] == "no_execution"


class TestRefused:
    @pytest.mark.parametrize(
        "made",
        [
            graph([node("a", "delay", seconds=1)]),
            graph([node("a", "approval")]),
            graph([node("a", "wait_for_event")]),
            graph([node("a", "for_each", items=[1])]),
            graph([node("a", "sub_graph", graph_id="gph_00000000000000000000000000")]),
        ],
        ids=lambda made: made.nodes[0].block,
    )
    def test_a_node_that_waits_or_loops_cannot_run_alone(self, held: Platform, made: Graph) -> None:
        with pytest.raises(NotTestable):
            tried(saved(made, held, draft=True), "a", held)

    @pytest.mark.parametrize(
        ("made", "code"),
        [
            (graph([node("a", "nothing")]), "unknown_block"),
            (graph([node("a", value=1, more=2)]), "unknown_pin"),
            (graph([node("a", value=1), node("a", value=2)]), "duplicate_node"),
            (graph([node("b", value=1), node("a")], "b.value -> a.nothing"), "unknown_pin"),
            (
                graph([node("b", value=1), node("a", "text_join")], "b.value -> a.items.x"),
                "unknown_part",
            ),
        ],
    )
    def test_a_node_with_problems_of_its_own_is_refused_with_them(
        self, held: Platform, made: Graph, code: str
    ) -> None:
        with pytest.raises(GraphInvalid) as raised:
            tried(saved(made, held, draft=True), "a", held)
        assert {one.code for one in raised.value.errors} == {code}
        positions = [at for at, one in enumerate(made.nodes) if one.id == "a"]
        assert raised.value.errors[0].pointer.startswith(f"/nodes/{positions[-1]}")

    def test_problems_elsewhere_do_not_matter(self, held: Platform) -> None:
        made = graph(
            [node("a", value=1), node("b", "nothing"), node("c")],
            "a.value -> c.value",
            "c.value -> c.value",
            "ghost.value -> a.value",
        )
        told = tried(saved(made, held, draft=True), "a", held)
        assert told["outputs"] == {"value": 1}

    def test_an_input_that_it_does_not_have_is_told(self, held: Platform) -> None:
        with pytest.raises(InvalidInputs) as raised:
            tried(saved(SUM, held), "sum", held, {"a/b": 1, "values": {}})
        [one] = raised.value.errors
        assert (one.pointer, one.code) == ("/inputs/a~1b", "unknown_input")

    def test_a_wrong_type_is_told_as_the_node_s_error(self, held: Platform) -> None:
        told = tried(saved(SUM, held), "sum", held, {"values": 1})
        assert told["error"]["code"] == "invalid_input"

    def test_what_is_not_there_is_not_found(self, held: Platform) -> None:
        run = started(SUM, held)
        for graph_id, name, more in (
            (run.graph_id, "ghost", {}),
            ("gph_00000000000000000000000000", "sum", {}),
            (run.graph_id, "sum", {"version": 2}),
            (run.graph_id, "sum", {"from_execution": "exe_00000000000000000000000000"}),
            (run.graph_id, "sum", {"from_execution": run.execution_id, "iteration": "sum:0"}),
        ):
            with pytest.raises(NotFound):
                tried(graph_id, name, held, **more)

    def test_another_user_s_graph_and_execution_are_not_found(self, held: Platform) -> None:
        run = started(SUM, held)
        with pytest.raises(NotFound):
            node_tests.run(OTHER_USER, run.graph_id, "sum", Trial({}), platform=held)
        own = graphs.create(OTHER_USER, SUM, platform=held)["id"]
        trial = Trial({}, from_execution=run.execution_id)
        with pytest.raises(NotFound):
            node_tests.run(OTHER_USER, own, "sum", trial, platform=held)

    def test_an_execution_of_another_graph_tells_nothing_of_this_one(self, held: Platform) -> None:
        run = started(SUM, held)
        with pytest.raises(InvalidBody) as raised:
            tried(saved(SUM, held), "sum", held, from_execution=run.execution_id)
        assert raised.value.errors[0].code == "other_graph"


def test_a_version_that_is_asked_for_is_the_one_that_is_tested(held: Platform) -> None:
    graph_id = saved(SUM, held)
    graphs.save(USER, graph_id, graph([node("sum", value=9)]), draft=True, platform=held)
    assert tried(graph_id, "sum", held)["outputs"] == {"result": 30}
    assert tried(graph_id, "sum", held, version=2)["outputs"] == {"value": 9}


def test_a_graph_of_drafts_is_tested_as_it_was_saved_last(held: Platform) -> None:
    graph_id = saved(SUM, held, draft=True)
    assert tried(graph_id, "sum", held)["graph_version"] == 1
