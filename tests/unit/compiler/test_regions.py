"""Bodies of loops: what may link to what, what waits for what, and what a machine makes of them."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from strata.blocks import registry
from strata.compiler.checks import check
from strata.compiler.planning import plan
from strata.compiler.regions import MAX_NESTING, edge, leads_out, loops_around
from strata.model.graph import Node, Problem
from strata.model.plan import Incoming, Plan, plan_from_json
from strata.model.shape import steps_of
from tests.builders import graph, node
from tests.golden import compiled
from tests.unit.compiler.conftest import AslErrors

Json = dict[str, Any]

LOOP = node("loop", "for_each", items=[1, 2])
BODY = node("body", parent="loop")
GIVEN, BACK = "loop.item -> body.value", "body.value -> loop.result"

# The loop `inner` lies in the body of `outer`; `deep` in its own.
PARENTS = {"inner": "outer", "deep": "inner", "beside": "outer", "other_body": "other"}


def nested(*more: Node) -> list[Node]:
    return [
        node("outer", "for_each", items=[[1], [2]]),
        node("inner", "for_each", parent="outer"),
        node("deep", parent="inner"),
        *more,
    ]


NESTED = (
    "outer.item -> inner.items",
    "inner.item -> deep.value",
    "deep.value -> inner.result",
    "inner.results -> outer.result",
)


def problems(nodes: Iterable[Node], *arrows: str) -> list[Problem]:
    return check(graph(nodes, *arrows), registry())


def codes(nodes: Iterable[Node], *arrows: str) -> list[str]:
    return [problem.code for problem in problems(nodes, *arrows)]


def planned(nodes: Iterable[Node], *arrows: str) -> Plan:
    return plan(graph(nodes, *arrows), registry())


def machine(nodes: Iterable[Node], *arrows: str) -> Json:
    found: Json = json.loads(compiled(graph(nodes, *arrows)))
    return found


class TestWays:
    def test_the_loops_around_a_node_are_told_from_the_inside(self) -> None:
        assert list(loops_around("deep", PARENTS)) == ["inner", "outer"]
        assert list(loops_around("outer", PARENTS)) == []

    def test_a_circle_of_loops_comes_to_an_end(self) -> None:
        circle = {"a": "b", "b": "a"}
        assert len(list(loops_around("a", circle))) == MAX_NESTING + 1

    @pytest.mark.parametrize(
        ("source", "target", "waits"),
        [
            ("before", "after", ("before", "after")),
            ("beside", "inner", ("beside", "inner")),
            ("before", "deep", ("before", "outer")),
            ("beside", "deep", ("beside", "inner")),
            ("before", "outer", ("before", "outer")),
            ("outer", "inner", None),
            ("outer", "deep", None),
            ("inner", "outer", None),
            ("deep", "inner", None),
            ("deep", "after", None),
            ("other_body", "deep", None),
        ],
    )
    def test_a_link_makes_that_wait_which_lies_in_the_same_region(
        self, source: str, target: str, waits: tuple[str, str] | None
    ) -> None:
        assert edge(source, target, PARENTS) == waits

    @pytest.mark.parametrize(
        ("source", "target", "is_out"),
        [
            ("before", "deep", False),
            ("outer", "deep", False),
            ("beside", "inner", False),
            ("beside", "deep", False),
            ("deep", "inner", False),
            ("inner", "outer", False),
            ("deep", "outer", True),
            ("deep", "beside", True),
            ("deep", "after", True),
            ("beside", "after", True),
            ("deep", "other_body", True),
        ],
    )
    def test_what_a_body_gives_goes_back_to_its_own_loop_alone(
        self, source: str, target: str, is_out: bool
    ) -> None:
        assert leads_out(source, target, PARENTS) is is_out


class TestChecks:
    def test_a_loop_with_a_body_has_no_problem(self) -> None:
        assert codes([LOOP, BODY], GIVEN, BACK) == []

    def test_a_loop_need_not_give_anything_back(self) -> None:
        assert codes([LOOP, BODY], GIVEN) == []

    def test_loops_within_loops_have_no_problem(self) -> None:
        assert codes(nested(), *NESTED) == []

    def test_links_from_outside_lead_into_any_body(self) -> None:
        outside = [node("text", "constant", value="a"), node("near", value=1, parent="outer")]
        joins = [node("join", "text_template", template="x", parent="inner")]
        found = codes(
            nested(*outside, *joins),
            *NESTED,
            "text.value -> join.values.text",
            "near.value -> join.values.near",
            "outer.index -> join.values.index",
        )
        assert found == []

    def test_a_parent_that_is_no_node_is_a_problem(self) -> None:
        (found,) = problems([node("a", value=1, parent="gone")])
        assert (found.code, found.node) == ("unknown_parent", "a")

    def test_a_link_into_the_body_of_a_loop_that_is_missing_adds_no_problem(self) -> None:
        found = problems(
            [node("a", value=1), node("b", parent="gone")],
            "a.value -> b.value",
        )
        assert [(one.code, one.node) for one in found] == [("unknown_parent", "b")]

    def test_a_parent_that_is_no_loop_is_a_problem(self) -> None:
        (found,) = problems([node("a", value=1), node("b", value=1, parent="a")])
        assert (found.code, found.node) == ("parent_without_body", "b")

    def test_of_a_parent_of_an_unknown_block_nobody_knows_whether_it_is_a_loop(self) -> None:
        assert codes([node("a", "gone"), node("b", value=1, parent="a")]) == ["unknown_block"]

    def test_a_loop_without_a_body_is_a_problem(self) -> None:
        (found,) = problems([LOOP])
        assert (found.code, found.node) == ("empty_body", "loop")

    @pytest.mark.parametrize("block", ["input", "output"])
    def test_inputs_and_outputs_of_the_graph_lie_in_no_body(self, block: str) -> None:
        inner = node("pin", block, name="pin", parent="loop")
        assert "graph_pin_in_body" in codes([LOOP, BODY, inner], GIVEN, "body.value -> pin.value")

    def test_a_loop_in_its_own_body_is_a_problem(self) -> None:
        found = problems([node("loop", "for_each", items=[], parent="loop")])
        assert [(one.code, one.node) for one in found] == [("cycle", "loop")]

    def test_loops_in_the_bodies_of_each_other_are_a_problem(self) -> None:
        found = problems(
            [
                node("a", "for_each", items=[], parent="b"),
                node("b", "for_each", items=[], parent="a"),
            ]
        )
        assert {(one.code, one.node) for one in found} == {("cycle", "a"), ("cycle", "b")}

    def test_more_than_four_loops_within_each_other_are_a_problem(self) -> None:
        names = [f"loop{depth}" for depth in range(MAX_NESTING + 1)]
        loops = [
            node(name, "for_each", items=[1], parent=names[depth - 1] if depth else None)
            for depth, name in enumerate(names)
        ]
        leaf = node("leaf", value=1, parent=names[-1])
        assert codes([*loops[:-1], leaf.model_copy(update={"parent": names[-2]})]) == []
        found = problems([*loops, leaf])
        assert [(one.code, one.node) for one in found] == [("nested_too_deep", "leaf")]

    def test_a_link_out_of_a_body_is_a_problem(self) -> None:
        (found,) = problems([LOOP, BODY, node("after")], GIVEN, "body.value -> after.value")
        assert (found.code, found.node, found.pin) == ("link_out_of_body", "after", "value")

    def test_a_link_past_the_own_loop_is_a_problem(self) -> None:
        found = codes(nested(), *NESTED[:3], "deep.value -> outer.result")
        assert "link_out_of_body" in found

    @pytest.mark.parametrize(
        ("arrow", "sentence"),
        [
            ("loop.results -> body.value", "no output 'results' towards its body"),
            ("loop.error -> body.value", "no output 'error' towards its body"),
            ("body.value -> loop.items", "no input 'items' towards its body"),
            ("loop.item -> after.value", "no output 'item'."),
            ("before.value -> loop.result", "no input 'result'."),
        ],
    )
    def test_a_loop_has_other_pins_towards_its_body(self, arrow: str, sentence: str) -> None:
        nodes = [LOOP, BODY.model_copy(update={"inputs": {"value": 1}}),
                 node("before", value=1), node("after", value=1)]  # fmt: skip
        (found,) = problems(nodes, arrow)
        assert found.code == "unknown_pin"
        assert sentence in found.message

    def test_the_pins_towards_the_body_have_types(self) -> None:
        typed = node("body", "text_replace", find="a", replace="b", parent="loop")
        (found,) = problems([LOOP, typed], "loop.index -> body.text")
        assert found.code == "type_mismatch"

    def test_what_the_machine_is_built_from_takes_no_link(self) -> None:
        found = problems([LOOP, BODY, node("n", value=3)], GIVEN, "n.value -> loop.max_concurrency")
        assert [(one.code, one.pin) for one in found] == [("constant_required", "max_concurrency")]

    @pytest.mark.parametrize(
        ("pin", "value"),
        [
            ("max_concurrency", 0),
            ("max_concurrency", 1001),
            ("tolerated_failures", -1),
            ("tolerated_failure_percentage", 100.5),
        ],
    )
    def test_bounds_of_the_constants_are_checked(self, pin: str, value: Any) -> None:
        loop = node("loop", "for_each", items=[], **{pin: value})
        assert [one.pin for one in problems([loop, BODY], GIVEN)] == [pin]

    def test_a_cycle_through_a_body_is_named_by_its_loop(self) -> None:
        (found,) = problems(
            [LOOP, BODY, node("x")], "x.value -> body.value", "loop.count -> x.value"
        )
        assert found.code == "cycle"
        assert "loop" in found.message
        assert "x" in found.message

    def test_a_cycle_within_a_body_is_found(self) -> None:
        two = [LOOP, node("a", parent="loop"), node("b", parent="loop")]
        (found,) = problems(two, "a.value -> b.value", "b.value -> a.value")
        assert found.code == "cycle"

    def test_loops_that_wait_for_what_is_in_each_others_bodies_are_a_cycle(self) -> None:
        nodes = [
            node("a", "for_each", items=[1]),
            node("in_a", parent="a"),
            node("b", "for_each", items=[1]),
            node("in_b", parent="b"),
        ]
        assert codes(nodes, "a.results -> in_b.value", "b.results -> in_a.value") == ["cycle"]


class TestPlan:
    def test_a_body_is_a_region_with_levels_of_its_own(self) -> None:
        found = planned(
            [node("first", value=[1]), node("loop", "for_each"), BODY, node("more", parent="loop"),
             node("after")],
            "first.value -> loop.items", GIVEN, "body.value -> more.value",
            "more.value -> loop.result", "loop.results -> after.value",
        )  # fmt: skip
        assert [node.id for node in found.top] == ["first", "loop", "after"]
        assert {one.id: one.level for one in found.nodes} == {
            "first": 1, "loop": 2, "after": 3, "body": 1, "more": 2,
        }  # fmt: skip
        assert [step.nodes for step in steps_of(found.shape)] == [("first",), ("loop",), ("after",)]
        assert {name for step in steps_of(found.bodies["loop"]) for name in step.nodes} == {
            "body",
            "more",
        }

    def test_links_back_are_what_a_loop_collects_and_no_input(self) -> None:
        loop = planned([LOOP, BODY], GIVEN, BACK).by_id["loop"]
        assert loop.incoming == ()
        assert loop.collects == (Incoming("body", "value", "result"),)

    def test_a_link_into_a_body_makes_the_loop_wait(self) -> None:
        found = planned(nested(node("before", value=1)), *NESTED, "before.value -> deep.value")
        assert found.by_id["outer"].level == 2
        assert found.by_id["inner"].level == 1

    def test_what_it_waits_for_is_on_the_longest_path(self) -> None:
        found = planned([LOOP, BODY, node("before", value=1)], "before.value -> body.value")
        assert [[node.id for node in row] for row in found.levels] == [["before"], ["loop"]]

    def test_bodies_come_last_and_are_found_by_their_loop(self) -> None:
        found = planned(nested(node("after", value=1)), *NESTED)
        assert [node.id for node in found.nodes] == ["outer", "after", "inner", "deep"]
        assert {loop: [one.id for one in row] for loop, row in found.by_parent.items()} == {
            "": ["outer", "after"],
            "outer": ["inner"],
            "inner": ["deep"],
        }

    def test_a_plan_with_bodies_is_read_as_it_was_written(self) -> None:
        found = planned(nested(), *NESTED)
        assert plan_from_json(json.loads(json.dumps(found.to_json()))) == found

    def test_light_nodes_of_a_body_share_a_task(self) -> None:
        found = planned(
            [LOOP, BODY, node("more", parent="loop")], GIVEN, "body.value -> more.value"
        )
        assert [step.nodes for step in steps_of(found.bodies["loop"])] == [("body", "more")]


class TestMachine:
    def test_a_loop_becomes_a_task_a_choice_two_maps_and_a_task(self) -> None:
        states = machine([LOOP, BODY], GIVEN, BACK)["States"]
        begin = states["loop"]
        mode = states[begin["Next"]]
        assert begin["ResultPath"] == "$.loop"
        assert begin["ResultSelector"] == {"items.$": "$.items", "mode.$": "$.mode"}
        few, many = states[mode["Default"]], states[mode["Choices"][0]["Next"]]
        assert mode["Choices"][0]["StringEquals"] == "distributed"
        assert few["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
        assert many["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        assert few["Next"] == many["Next"]
        end = states[few["Next"]]
        assert end["Parameters"] == {"run.$": "$", "node": "loop", "phase": "end"}

    def test_each_item_is_run_with_the_ids_and_its_name(self) -> None:
        states = machine([LOOP, BODY], GIVEN)["States"]
        (few,) = (one for name, one in states.items() if name.endswith(" - items"))
        assert few["ItemsPath"] == "$.loop.items"
        assert few["ItemSelector"]["iteration.$"] == "$$.Map.Item.Value"
        assert few["ItemSelector"]["execution_id.$"] == "$.execution_id"

    @pytest.mark.parametrize(("asked", "inline"), [(1, 1), (40, 40), (41, 40), (1000, 40)])
    def test_an_inline_map_runs_at_most_forty_at_once(self, asked: int, inline: int) -> None:
        loop = node("loop", "for_each", items=[1], max_concurrency=asked)
        states = machine([loop, BODY], GIVEN)["States"]
        at_once = [one["MaxConcurrency"] for one in states.values() if one["Type"] == "Map"]
        assert at_once == [inline, asked]

    def test_by_default_ten_run_at_once(self) -> None:
        states = machine([LOOP, BODY], GIVEN)["States"]
        assert {one["MaxConcurrency"] for one in states.values() if one["Type"] == "Map"} == {10}

    def test_a_body_ends_with_nothing_and_leaves_its_failure_to_the_machine(self) -> None:
        states = machine([LOOP, BODY], GIVEN)["States"]
        maps = [one for one in states.values() if one["Type"] == "Map"]
        for one in maps:
            (state,) = one["ItemProcessor"]["States"].values()
            assert state["OutputPath"] is None
            assert "Catch" not in state
            assert one["Catch"][0]["Next"] == "Record failure"

    def test_every_state_has_a_name_of_its_own(self) -> None:
        names = _names(machine(nested(), *NESTED))
        assert len(set(names)) == len(names)

    def test_a_machine_with_nested_loops_is_valid(self, asl_errors: AslErrors) -> None:
        assert asl_errors(compiled(graph(nested(), *NESTED))) == []


def _names(machine: Json) -> list[str]:
    names = list(machine["States"])
    for state in machine["States"].values():
        inner = [*state.get("Branches", ()), *filter(None, [state.get("ItemProcessor")])]
        names += [name for one in inner for name in _names(one)]
    return names
