"""What a save says of the graphs that a graph runs."""

from typing import Any

import pytest

from strata import graph_checks, graphs
from strata.model.errors import GraphInvalid
from strata.model.graph import Graph
from strata.platform import Platform
from strata.ports import Update
from strata.store import keys
from tests.builders import graph, node
from tests.held_platform import OTHER_USER, USER
from tests.watched_table import watched

NOTHING = graph([node("one", value=1)])
GREET = graph(
    [
        node("name", "input", name="name", type="string"),
        node("often", "input", name="often", type="integer", default=1),
        node("out", "output", name="out"),
    ],
    "name.value -> out.value",
)


def saved(content: Graph, platform: Platform, user: str = USER) -> str:
    return str(graphs.create(user, content, platform=platform)["id"])


def calling(*graph_ids: str, name: str = "Test", **given: Any) -> Graph:
    calls = [node(f"call{at}", "sub_graph", graph_id=one, **given)
             for at, one in enumerate(graph_ids)]  # fmt: skip
    return graph(calls, name=name)


def told(content: Graph, platform: Platform, graph_id: str | None = None) -> list[tuple[Any, ...]]:
    found = graph_checks.validate(USER, content, graph_id, platform=platform)
    return [(one.code, one.node, one.pin) for one in found]


def messages(content: Graph, platform: Platform, graph_id: str | None = None) -> list[str]:
    found = graph_checks.validate(USER, content, graph_id, platform=platform)
    return [one.message for one in found]


class TestWhich:
    def test_a_graph_that_is_there_is_no_problem(self, held: Platform) -> None:
        child = saved(NOTHING, held)
        assert told(calling(child), held) == []
        assert told(calling(child, version=1), held) == []

    @pytest.mark.parametrize("graph_id", ["gph_00000000000000000000000000", "gph_1", "", "x" * 64])
    def test_one_that_is_not_is_told_at_its_node(self, held: Platform, graph_id: str) -> None:
        assert ("no_such_graph", "call0", "graph_id") in told(calling(graph_id), held)

    def test_another_user_s_is_not(self, held: Platform) -> None:
        theirs = saved(NOTHING, held, OTHER_USER)
        assert told(calling(theirs), held) == [("no_such_graph", "call0", "graph_id")]

    def test_nor_is_one_that_was_deleted(self, held: Platform) -> None:
        child = saved(NOTHING, held)
        graphs.delete(USER, child, platform=held)
        assert told(calling(child), held) == [("no_such_graph", "call0", "graph_id")]

    def test_one_that_has_only_drafts_cannot_run(self, held: Platform) -> None:
        child = graphs.create(USER, NOTHING, draft=True, platform=held)["id"]
        assert told(calling(child), held) == [("no_such_graph", "call0", "graph_id")]
        assert told(calling(child, version=1), held) == [("no_such_graph", "call0", "version")]

    def test_a_draft_with_problems_is_none_either(self, held: Platform) -> None:
        broken = graph([node("a", "nope")])
        child = graphs.create(USER, NOTHING, platform=held)["id"]
        graphs.save(USER, child, broken, draft=True, platform=held)
        assert told(calling(child, version=2), held) == [("no_such_graph", "call0", "version")]

    @pytest.mark.parametrize("version", [2, 999_999])
    def test_a_version_must_be_there(self, held: Platform, version: int) -> None:
        child = saved(NOTHING, held)
        assert told(calling(child, version=version), held) == [
            ("no_such_graph", "call0", "version")
        ]

    def test_what_is_no_id_is_told_by_its_type_alone(self, held: Platform) -> None:
        wrong = graph([node("call", "sub_graph", graph_id=7)])
        assert told(wrong, held) == [("type_mismatch", "call", "graph_id")]
        assert told(graph([node("call", "sub_graph")]), held) == [
            ("missing_input", "call", "graph_id")
        ]

    def test_a_draft_may_name_what_it_likes(self, held: Platform) -> None:
        assert graphs.create(USER, calling("gph_x"), draft=True, platform=held)["draft"]

    def test_a_save_is_refused_with_all_of_them(self, held: Platform) -> None:
        with pytest.raises(GraphInvalid) as refused:
            graphs.create(USER, calling("gph_x", "gph_y"), platform=held)
        assert [one.pointer for one in refused.value.errors] == [
            "/nodes/0/inputs/graph_id",
            "/nodes/1/inputs/graph_id",
        ]


class TestInputs:
    def test_one_that_is_missing_is_told(self, held: Platform) -> None:
        assert told(calling(saved(GREET, held)), held) == [("missing_input", "call0", "inputs")]

    def test_so_is_one_that_is_unknown_or_of_another_type(self, held: Platform) -> None:
        wrong = calling(saved(GREET, held), inputs={"name": 7, "nome": "x"})
        assert sorted(told(wrong, held)) == [
            ("unknown_input", "call0", "inputs"),
            ("wrong_type", "call0", "inputs"),
        ]

    def test_what_links_bring_is_seen_when_it_runs(self, held: Platform) -> None:
        call = node("call", "sub_graph", graph_id=saved(GREET, held), inputs={"often": 2})
        seven = node("seven", value=7)
        assert told(graph([seven, call], "seven.value -> call.inputs.name"), held) == []
        assert told(graph([seven, call], "seven.value -> call.inputs"), held) == []

    def test_a_link_into_no_input_is_told(self, held: Platform) -> None:
        call = node("call", "sub_graph", graph_id=saved(GREET, held), inputs={"name": "a"})
        linked = graph([node("seven", value=7), call], "seven.value -> call.inputs.nome")
        assert told(linked, held) == [("unknown_input", "call", "inputs")]

    def test_inputs_that_are_no_object_are_told_by_their_type(self, held: Platform) -> None:
        assert told(calling(saved(GREET, held), inputs=[1]), held) == [
            ("type_mismatch", "call0", "inputs")
        ]


class TestCircles:
    def test_a_graph_does_not_run_itself(self, held: Platform) -> None:
        own = saved(NOTHING, held)
        [found] = messages(calling(own, name="Daily"), held, own)
        assert found == "Graphs run each other in a circle: 'Daily' → 'Daily'."

    def test_nor_through_others_who_are_named(self, held: Platform) -> None:
        own = saved(NOTHING, held)
        weekly = saved(calling(own, name="Weekly"), held)
        monthly = saved(calling(weekly, name="Monthly"), held)
        content = calling(monthly, name="Daily")
        assert messages(content, held, own) == [
            "Graphs run each other in a circle: 'Daily' → 'Monthly' → 'Weekly' → 'Daily'."
        ]
        with pytest.raises(GraphInvalid) as refused:
            graphs.save(USER, own, content, platform=held)
        assert [one.code for one in refused.value.errors] == ["sub_graph_cycle"]

    def test_a_version_that_is_pinned_does_not_follow_the_active_one(self, held: Platform) -> None:
        own, other = saved(NOTHING, held), saved(NOTHING, held)
        graphs.save(USER, other, calling(own), platform=held)
        assert told(calling(other, version=1), held, own) == []
        assert told(calling(other), held, own) == [("sub_graph_cycle", None, None)]

    def test_others_in_a_circle_are_told_too(self, held: Platform) -> None:
        a, b = saved(NOTHING, held), saved(NOTHING, held)
        graphs.save(USER, b, calling(a, name="B"), platform=held)
        graphs.change(USER, b, {"active_version": 1}, platform=held)
        graphs.save(USER, a, calling(b, name="A"), platform=held)
        # Two changes at once may close one that neither saw.
        held.table.write(Update(keys.graph(USER, b), set={"active_version": 2}))
        assert told(calling(a), held) == [("sub_graph_cycle", None, None)]

    def test_one_graph_may_be_run_on_several_ways(self, held: Platform) -> None:
        lowest = saved(NOTHING, held)
        left, right = saved(calling(lowest), held), saved(calling(lowest, lowest), held)
        assert told(calling(left, right, lowest), held) == []

    def test_ten_within_each_other_are_the_most(self, held: Platform) -> None:
        graph_id = saved(NOTHING, held)
        for _ in range(9):
            graph_id = saved(calling(graph_id), held)
        assert told(calling(graph_id), held) == []
        deepest = saved(calling(graph_id), held)
        assert told(calling(deepest), held) == [("sub_graph_too_deep", None, None)]

    def test_a_longer_way_counts_beside_a_shorter_one(self, held: Platform) -> None:
        lowest = saved(NOTHING, held)
        graph_id = lowest
        for _ in range(10):
            graph_id = saved(calling(graph_id, lowest), held)
        assert told(calling(lowest, graph_id), held) == [("sub_graph_too_deep", None, None)]

    def test_a_graph_that_is_gone_below_runs_nothing(self, held: Platform) -> None:
        lowest = saved(NOTHING, held)
        middle = saved(calling(lowest), held)
        graphs.delete(USER, lowest, platform=held)
        assert told(calling(middle), held) == []


class TestMany:
    def test_500_graphs_are_the_most_that_one_runs(self, held: Platform) -> None:
        ids = [f"gph_{at:026}" for at in range(501)]
        assert told(calling(*ids), held) == [("too_many_sub_graphs", None, None)]

    def test_each_graph_is_read_once(self, held: Platform) -> None:
        child = saved(GREET, held)
        counting, table = watched(held)
        assert told(calling(*[child] * 200, inputs={"name": "a"}), counting) == []
        assert sum(table.calls.values()) <= 4
