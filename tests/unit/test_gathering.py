"""What enters a node: told by what a probe at the end of some links was given."""

from typing import Any

import pytest

from strata.model.block import Block
from strata.model.graph import Graph
from tests.builders import graph, node
from tests.held_blocks import block, hand_on
from tests.held_platform import play, started
from tests.unit.conftest import Hold

NOTHING = object()


class Pins:
    """A block of typed pins, none of them required, that keeps what it was given."""

    def __init__(self, **inputs: Any) -> None:
        self.given: Any = NOTHING
        self.block = block("pins", self._run, inputs=inputs, required=())

    def _run(self, values: Any, _: Any) -> Any:
        self.given = values
        return {"value": 1}


def given(hold: Hold, made: Graph, pins: Pins, *more: Block, **inputs: Any) -> Any:
    """What the node of the block `pins` was given; NOTHING if it did not run."""
    platform = hold(pins.block, *more)
    play(started(made, platform, **inputs), platform)
    return pins.given


def test_a_live_link_wins_over_the_constant(hold: Hold) -> None:
    made = graph([node("a", value=1), node("b", "pins", x=2)], "a.value -> b.x")
    assert given(hold, made, Pins(x={})) == {"x": 1}


def test_a_dead_link_leaves_the_constant(hold: Hold) -> None:
    made = graph(
        [
            node("a", "condition", left=1, operator="==", right=1),
            node("b", "pins", x=2),
        ],
        "a.else -> b.x",
        "a.result -> b.y",
    )
    assert given(hold, made, Pins(x={}, y={})) == {"x": 2, "y": True}


def test_a_pin_with_neither_has_its_default(hold: Hold) -> None:
    made = graph([node("b", "pins")])
    assert given(hold, made, Pins(x={"default": 3})) == {"x": 3}


def test_null_is_a_value(hold: Hold) -> None:
    made = graph([node("a", value=None), node("b", "pins", x=2)], "a.value -> b.x")
    assert given(hold, made, Pins(x={})) == {"x": None}


def test_a_required_input_that_got_null_has_a_value(hold: Hold) -> None:
    made = graph([node("a", value=None), node("out", "output", name="out")], "a.value -> out.value")
    platform = hold()
    assert play(started(made, platform), platform)["outputs"] == {"out": None}


@pytest.mark.parametrize("first", ["a", "b"])
def test_of_several_live_links_the_first_in_the_graph_s_order_wins(hold: Hold, first: str) -> None:
    second = "b" if first == "a" else "a"
    made = graph(
        [node("a", value="a"), node("b", value="b"), node("c", "pins")],
        f"{first}.value -> c.x",
        f"{second}.value -> c.x",
    )
    assert given(hold, made, Pins(x={})) == {"x": first}


@pytest.mark.parametrize(("year", "arm"), [(2014, "then"), (2015, "else")])
def test_the_two_arms_of_a_condition_meet_again(hold: Hold, year: int, arm: str) -> None:
    made = graph(
        [
            node("year", "input", name="year"),
            node("is_2014", "condition", operator="==", right=2014, value="yes"),
            node("then", "text_template", template="then {{ x }}"),
            node("else", "text_template", template="else {{ x }}"),
            node("meet", "pins"),
        ],
        "year.value -> is_2014.left",
        "is_2014.then -> then.values.x",
        "is_2014.else -> else.values.x",
        "then.text -> meet.x",
        "else.text -> meet.x",
    )
    assert given(hold, made, Pins(x={}), year=year) == {"x": f"{arm} yes"}


class TestSkips:
    ARM = (
        node("start", "condition", left=1, operator="==", right=2),
        node("then", "text_template", template="{{ x }}"),
    )

    def test_a_node_whose_links_are_all_dead_is_skipped_though_nothing_is_required(
        self, hold: Hold
    ) -> None:
        made = graph([*self.ARM, node("b", "pins", x=2)], "start.then -> b.x")
        assert given(hold, made, Pins(x={})) is NOTHING

    def test_the_skip_travels_on(self, hold: Hold) -> None:
        made = graph(
            [*self.ARM, node("b", "pins")], "start.then -> then.values.x", "then.text -> b.x"
        )
        assert given(hold, made, Pins(x={})) is NOTHING

    def test_a_node_without_links_is_never_skipped(self, hold: Hold) -> None:
        assert given(hold, graph([node("b", "pins")]), Pins(x={})) == {}

    def test_a_required_input_without_a_value_skips_a_node_with_another_live_link(
        self, hold: Hold
    ) -> None:
        made = graph(
            [self.ARM[0], node("b", "strict")], "start.then -> b.value", "start.result -> b.other"
        )
        strict = block("strict", hand_on, inputs={"value": {}, "other": {}})
        platform = hold(strict)
        counts = play(started(made, platform), platform)["node_counts"]
        assert counts == {"COMPLETED": 1, "SKIPPED": 1}

    def test_an_optional_input_of_the_graph_that_is_not_given_emits_nothing(
        self, hold: Hold
    ) -> None:
        made = graph(
            [node("i", "input", name="i", required=False), node("b", "pins")], "i.value -> b.x"
        )
        assert given(hold, made, Pins(x={})) is NOTHING


class TestInputs:
    LINKED = graph([node("i", "input", name="i", default=7), node("b", "pins")], "i.value -> b.x")

    @pytest.mark.parametrize("value", [0, None, False, "", [], {}])
    def test_what_the_execution_is_given_goes_in(self, hold: Hold, value: Any) -> None:
        assert given(hold, self.LINKED, Pins(x={}), i=value) == {"x": value}

    def test_without_it_the_default_does(self, hold: Hold) -> None:
        assert given(hold, self.LINKED, Pins(x={})) == {"x": 7}


def parts(constant: Any, *links: str) -> Graph:
    """`x` gets the constant, and in parts the values "a", "b", "c" of nodes called so; the part
    of `-` is not emitted."""
    own = {} if constant is NOTHING else {"x": constant}
    sources = [node(name, value=name) for name in "abc"]
    dead = node("dead", "condition", left=1, operator="==", right=2)
    arrows = [
        "dead.then -> target.x." + one[2:]
        if one.startswith("-")
        else f"{one[0]}.value -> target.x.{one[2:]}"
        for one in links
    ]
    return graph([*sources, dead, node("target", "pins", **own)], *arrows)


OBJECT, ARRAY = {"type": "object"}, {"type": "array"}


@pytest.mark.parametrize(
    ("schema", "constant", "links", "expected"),
    [
        pytest.param(OBJECT, NOTHING, ["a.p"], {"p": "a"}, id="without a constant"),
        pytest.param(OBJECT, {"p": 1, "q": 2}, ["a.p"], {"p": "a", "q": 2}, id="over a constant"),
        pytest.param(OBJECT, {"q": 2}, ["-.p", "a.r"], {"q": 2, "r": "a"}, id="a dead part"),
        pytest.param(OBJECT, {"p": 1}, ["-.p", "a.r"], {"p": 1, "r": "a"}, id="keeps the constant"),
        pytest.param(OBJECT, {"p": {"q": 1}}, ["a.p.r"], {"p": {"q": 1, "r": "a"}}, id="nested"),
        pytest.param(OBJECT, NOTHING, ["a.p.q.r"], {"p": {"q": {"r": "a"}}}, id="made on the way"),
        pytest.param(OBJECT, {"p": 1}, ["a.p.q"], {"p": {"q": "a"}}, id="a scalar gives way"),
        pytest.param(OBJECT, {"p": [1]}, ["a.p.q"], {"p": {"q": "a"}}, id="an array gives way"),
        pytest.param(OBJECT, {"p": [1, 2]}, ["a.p.1"], {"p": [1, "a"]}, id="an array within"),
        pytest.param(OBJECT, NOTHING, ["a.p", "b.p"], {"p": "a"}, id="the first link of a part"),
        pytest.param(OBJECT, NOTHING, ["-.p", "b.p"], {"p": "b"}, id="the first live one"),
        pytest.param(OBJECT, NOTHING, ["a.7"], {"7": "a"}, id="a number can be a name"),
        pytest.param(ARRAY, NOTHING, ["a.0", "b.1"], ["a", "b"], id="an array"),
        pytest.param(ARRAY, NOTHING, ["b.1", "a.0"], ["a", "b"], id="in the order of positions"),
        pytest.param(ARRAY, NOTHING, ["a.2", "b.10"], ["a", "b"], id="as numbers, not as texts"),
        pytest.param(ARRAY, NOTHING, ["a.0", "-.1", "c.2"], ["a", "c"], id="closes up"),
        pytest.param(ARRAY, [1, 2, 3], ["a.1"], [1, "a", 3], id="over a constant array"),
        pytest.param(ARRAY, [1], ["a.5"], [1, "a"], id="behind a constant array"),
        pytest.param(ARRAY, [{"p": 1}], ["a.0.q"], [{"p": 1, "q": "a"}], id="within an item"),
        pytest.param(ARRAY, NOTHING, ["a.0.p", "b.0.q"], [{"p": "a", "q": "b"}], id="one item"),
    ],
)
def test_parts_are_laid_over_the_constant(
    hold: Hold, schema: Any, constant: Any, links: list[str], expected: Any
) -> None:
    assert given(hold, parts(constant, *links), Pins(x=schema)) == {"x": expected}


def test_a_pin_whose_parts_are_all_dead_has_its_constant(hold: Hold) -> None:
    made = parts({"p": 1}, "-.p")
    more = graph([*made.nodes], "a.value -> target.y")
    both = made.model_copy(update={"links": [*made.links, *more.links]})
    assert given(hold, both, Pins(x=OBJECT, y={})) == {"x": {"p": 1}, "y": "a"}


def test_an_execution_leaves_the_graph_s_constants_as_they_are(hold: Hold) -> None:
    def spoil(values: Any, _: Any) -> Any:
        values["x"]["list"].append("spoilt")
        return {"value": values["x"]}

    made = graph([node("a", "spoil", x={"list": []})])
    platform = hold(block("spoil", spoil, inputs={"x": {}}, required=()))
    for _ in range(2):
        run = started(made, platform)
        play(run, platform)
    again = started(made, platform)
    play(again, platform)
    assert made.nodes[0].inputs == {"x": {"list": []}}
