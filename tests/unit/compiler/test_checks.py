"""Every problem that a graph can have, each with its code and its place."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from strata.blocks import registry
from strata.compiler.checks import check
from strata.model.block import Block, Schema
from strata.model.bounds import violation
from strata.model.graph import Graph, Problem
from tests.builders import chain, fan, graph, joined, node

ONE = node("one", value=1)


def problems(
    *nodes: Any, links: Iterable[str] = (), credentials: Iterable[str] = ()
) -> list[Problem]:
    blocks = {**registry(), "secretive": secretive()}
    return check(graph(nodes, *links), blocks, set(credentials))


def secretive() -> Block:
    """Any block with a credential pin and typed pins."""
    template = registry()["constant"]
    inputs: dict[str, Schema] = {
        "credential": {"type": "string"},
        "count": {"type": "integer", "default": 1},
    }
    return replace(
        template,
        name="secretive",
        inputs=inputs,
        required=("count",),
        outputs={"count": {"type": "integer"}},
        credential_pins=("credential",),
    )


def told(found: Iterable[Problem]) -> list[tuple[str, str | None, str | None]]:
    return [(problem.code, problem.node, problem.pin) for problem in found]


def test_a_good_graph_has_no_problem() -> None:
    assert problems(ONE, node("two"), links=["one.value -> two.value"]) == []


def test_a_graph_without_nodes_is_a_problem() -> None:
    assert told(problems()) == [("empty_graph", None, None)]


def test_an_id_of_three_nodes_is_one_problem() -> None:
    found = problems(ONE, ONE, ONE)
    assert told(found) == [("duplicate_node", "one", None)]
    assert "3 nodes" in found[0].message


def test_an_unknown_block_is_named() -> None:
    found = problems(node("a", "teleport"))
    assert told(found) == [("unknown_block", "a", None)]
    assert "'teleport'" in found[0].message


def test_a_constant_for_a_pin_that_the_block_lacks_is_a_problem() -> None:
    assert told(problems(node("a", value=1, colour="red"))) == [("unknown_pin", "a", "colour")]


def test_a_link_between_pins_that_the_blocks_lack_is_two_problems() -> None:
    found = problems(ONE, node("two", value=2), links=["one.colour -> two.shape"])
    assert told(found) == [("unknown_pin", "one", "colour"), ("unknown_pin", "two", "shape")]


def test_every_block_has_the_pin_error() -> None:
    assert problems(ONE, node("two"), links=["one.error -> two.value"]) == []


def test_a_required_input_without_value_or_link_is_missing() -> None:
    assert told(problems(node("a"))) == [("missing_input", "a", "value")]


def test_null_is_a_value() -> None:
    assert problems(node("a", value=None)) == []


def test_a_required_input_with_a_default_is_not_missing() -> None:
    assert problems(node("a", "secretive")) == []


def test_a_link_into_a_part_feeds_a_required_input() -> None:
    found = problems(ONE, node("join", "text_join"), links=["one.value -> join.items.0"])
    assert found == []


def test_a_constant_of_the_wrong_type_is_a_problem_that_does_not_repeat_it() -> None:
    found = problems(node("a", "json_parse", text=4711))
    assert told(found) == [("type_mismatch", "a", "text")]
    assert found[0].message == "The value of 'text' must be string, not number."


@pytest.mark.parametrize(("count", "code"), [(2, None), (2.0, None), (2.5, "type_mismatch")])
def test_a_whole_number_may_be_written_either_way(count: float, code: str | None) -> None:
    assert [problem.code for problem in problems(node("a", "secretive", count=count))] == (
        [code] if code else []
    )


def test_a_constant_outside_the_list_of_values_is_a_problem() -> None:
    found = problems(node("a", "condition", left=1, operator="=~"))
    assert told(found) == [("invalid_value", "a", "operator")]
    assert "'matches'" in found[0].message


@pytest.mark.parametrize(
    ("block", "pin", "value", "message"),
    [
        ("text_split", "separator", "", "must have at least 1 characters"),
        ("text_split", "limit", -1, "must be at least 0"),
        ("input", "name", "x" * 101, "must have at most 100 characters"),
        ("http_request", "max_bytes", 0, "must be at least 1"),
        ("http_request", "max_bytes", 52_430_000, "must be at most 52429824"),
        ("http_request", "accept", [], "must have at least 1 items"),
        ("http_request", "accept", [200, "2xx"], "at position 1 must match ^[1-5][0-9]{2}"),
        ("http_request", "accept", ["200-299\n"], "at position 0 must match ^[1-5][0-9]{2}"),
        ("http_request", "accept", [99], "at position 0 must be at least 100"),
        ("http_request", "accept", [None], "at position 0 must be integer or string"),
        ("http_request", "query", dict.fromkeys(map(str, range(1001))), "at most 1000 entries"),
        ("regex_extract", "group", -1, "must be at least 0"),
        ("regex_extract", "pattern", "x" * 1001, "must have at most 1000 characters"),
        ("text_join", "items", ["a", {}], "at position 1 must be string or number"),
        ("table_sort", "by", -1, "must be at least 0"),
        ("table_sort", "by", [], "must have at least 1 items"),
        ("table_sort", "by", ["city", -1], "at position 1 must be at least 0"),
    ],
)
def test_a_constant_out_of_its_pin_s_bounds_is_a_problem(
    block: str, pin: str, value: Any, message: str
) -> None:
    (found,) = (one for one in problems(node("a", block, **{pin: value})) if one.pin == pin)
    assert found.code == "invalid_value"
    assert found.message.startswith(f"The value of '{pin}' ")
    assert message in found.message


def test_a_constant_that_a_link_may_replace_or_complete_need_not_keep_the_bounds() -> None:
    sort = node("sort", "table_sort", rows=[], by=[])
    links = ["one.value -> sort.by"]
    assert problems(ONE, sort, links=links) == []


@pytest.mark.parametrize("block", registry().values(), ids=lambda block: block.name)
def test_what_a_block_takes_by_itself_keeps_its_bounds(block: Block) -> None:
    given = {pin: schema["default"] for pin, schema in block.inputs.items() if "default" in schema}
    values = {**given, **block.example.inputs}
    found = {pin: violation(values[pin], schema) for pin, schema in block.inputs.items()
             if pin in values}  # fmt: skip
    assert set(found.values()) <= {None}


def test_an_integer_of_39_digits_is_refused() -> None:
    assert told(problems(node("a", value=10**38))) == [("invalid_value", "a", "value")]


def test_a_default_must_be_of_the_type_of_its_input() -> None:
    found = problems(node("year", "input", name="year", type="integer", default="2014"))
    assert told(found) == [("type_mismatch", "year", "default")]


@pytest.mark.parametrize("block", ["input", "output"])
def test_two_inputs_or_outputs_of_one_name_are_a_problem(block: str) -> None:
    more = {"value": 1} if block == "output" else {}
    nodes = [node(name, block, name="city", **more) for name in ("a", "b", "c")]
    found = problems(*nodes)
    code = f"duplicate_{block}_name"
    assert told(found) == [(code, "b", "name"), (code, "c", "name")]
    assert "'a'" in found[0].message


def test_an_input_and_an_output_may_share_a_name() -> None:
    nodes = [node("a", "input", name="city"), node("b", "output", name="city")]
    assert problems(*nodes, links=["a.value -> b.value"]) == []


def test_a_link_from_and_to_nowhere_is_a_problem_at_each_end() -> None:
    found = problems(ONE, links=["ghost.value -> one.value", "one.value -> void.value"])
    assert told(found) == [("dangling_link", "one", "value")] * 2
    assert "'ghost'" in found[0].message
    assert "'void'" in found[1].message


def test_a_node_linked_to_itself_is_a_problem_and_no_cycle() -> None:
    assert told(problems(ONE, links=["one.value -> one.value"])) == [("self_link", "one", "value")]


def test_a_link_whose_type_cannot_fit_is_a_problem() -> None:
    nodes = [node("a", "json_format", value=1), node("b", "csv_parse"), node("c", "json_parse")]
    found = problems(*nodes, links=["a.text -> b.text", "b.rows -> c.text"])
    assert told(found) == [("type_mismatch", "c", "text")]
    assert found[0].message == "'rows' of 'b' gives array of array or object, 'text' takes string."


def test_the_declared_type_of_an_input_counts_for_its_links() -> None:
    nodes = [node("a", "input", name="n", type="integer"), node("b", "json_parse")]
    assert told(problems(*nodes, links=["a.value -> b.text"])) == [("type_mismatch", "b", "text")]


def test_the_part_of_a_pin_has_a_type_of_its_own() -> None:
    nodes = [node("a", "json_format", value=1), node("b", "merge_lists")]
    assert told(problems(*nodes, links=["a.text -> b.lists.0"])) == [
        ("type_mismatch", "b", "lists.0")
    ]


def test_a_link_into_a_part_of_a_text_is_a_problem() -> None:
    found = problems(ONE, node("b", "json_parse", text="1"), links=["one.value -> b.text.city"])
    assert told(found) == [("part_of_scalar", "b", "text.city")]


@pytest.mark.parametrize("part", ["city", "-1", "0.1", "", "²"])
def test_an_array_has_no_parts_but_its_items(part: str) -> None:
    link = f"one.value -> b.items.{part}"
    found = problems(ONE, node("b", "text_join", items=["x"]), links=[link])
    assert told(found) == [("unknown_part", "b", f"items.{part}")]


def test_links_into_a_pin_as_a_whole_and_in_parts_are_one_problem() -> None:
    links = ["one.value -> b.items", "one.value -> b.items.0", "one.value -> b.items.1"]
    found = problems(ONE, node("b", "text_join"), links=links)
    assert told(found) == [("part_and_whole", "b", "items")]


def test_several_links_may_enter_one_pin() -> None:
    links = ["one.value -> c.value", "two.value -> c.value"]
    assert problems(ONE, node("two", value=2), node("c"), links=links) == []


def test_an_unknown_credential_is_a_problem_that_does_not_repeat_it() -> None:
    found = problems(node("a", "secretive", credential="sk-live-1"), credentials=["crd_1"])
    assert told(found) == [("unknown_credential", "a", "credential")]
    assert "sk-live-1" not in found[0].message


def test_a_credential_of_the_author_is_no_problem() -> None:
    assert problems(node("a", "secretive", credential="crd_1"), credentials=["crd_1"]) == []


def test_credentials_can_be_left_unchecked() -> None:
    using = graph([node("a", "secretive", credential="crd_2")])
    assert check(using, {"secretive": secretive()}, None) == []


def test_a_credential_cannot_come_by_a_link() -> None:
    nodes = [node("a", "json_format", value=1), node("b", "secretive")]
    found = problems(*nodes, links=["a.text -> b.credential"])
    assert told(found) == [("constant_required", "b", "credential")]


@pytest.mark.parametrize("pin", ["name", "default", "secret"])
def test_what_an_input_is_called_and_takes_cannot_come_by_a_link(pin: str) -> None:
    nodes = [ONE, node("b", "input", name="b")]
    found = problems(*nodes, links=[f"one.value -> b.{pin}"])
    assert told(found) == [("constant_required", "b", pin)]


def test_the_name_of_an_output_cannot_come_by_a_link() -> None:
    links = ["one.value -> b.name", "one.value -> b.value"]
    found = problems(ONE, node("b", "output"), links=links)
    assert told(found) == [("constant_required", "b", "name")]


def test_a_cycle_is_named_in_the_problem() -> None:
    ids, edges = ["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]
    found = check(joined(ids, edges), registry(), ())
    assert told(found) == [("cycle", "a", None)]
    assert "a → b → c → a" in found[0].message


def test_each_knot_is_one_problem_with_its_shortest_way_around() -> None:
    edges = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "a"), ("x", "y"), ("y", "x"), ("c", "x")]
    found = check(joined(["a", "b", "c", "x", "y"], edges), registry(), ())
    assert [problem.message.partition(": ")[2] for problem in found] == [
        "a → b → a.",
        "x → y → x.",
    ]


def test_a_knot_that_a_way_out_of_another_leads_to_is_a_problem_of_its_own() -> None:
    edges = [("a", "b"), ("b", "a"), ("x", "y"), ("y", "x"), ("y", "a")]
    found = check(joined(["a", "b", "x", "y"], edges), registry(), ())
    assert told(found) == [("cycle", "a", None), ("cycle", "x", None)]


def test_a_cycle_of_ten_thousand_nodes_is_told_in_a_sentence_that_can_be_read() -> None:
    ids = [f"n{at}" for at in range(10_000)]
    edges = [*pairwise(ids), (ids[-1], ids[0])]
    found = {problem.code: problem for problem in check(joined(ids, edges), registry(), ())}
    assert len(found["cycle"].message) < 1_500
    assert "10000 nodes" in found["cycle"].message


@pytest.mark.parametrize("shape", [chain(10_000), fan(9_999)], ids=["chain", "fan"])
def test_a_graph_too_large_for_one_machine_is_no_problem(shape: Graph) -> None:
    assert check(shape, registry(), ()) == []


def test_all_problems_are_told_at_once_and_each_once() -> None:
    nodes = [node("a", "teleport"), node("b"), node("b", value=1), node("c", "json_parse", text=1)]
    links = ["a.x -> b.value", "a.x -> b.value", "b.value -> z.value", "c.rows -> c.text"]
    codes = sorted(problem.code for problem in problems(*nodes, links=links))
    assert codes == [
        "dangling_link",
        "duplicate_node",
        "self_link",
        "type_mismatch",
        "unknown_block",
        "unknown_pin",
    ]


def test_values_that_are_not_json_are_problems_and_no_crash() -> None:
    strange: list[Any] = [float("nan"), {1, 2}, {"a": b""}, "\ud800"]
    wrong = Graph.model_construct(
        name="x",
        nodes=[
            ONE.model_copy(update={"id": f"n{at}", "inputs": {"value": value}})
            for at, value in enumerate(strange)
        ],
        links=[],
    )
    assert {problem.code for problem in check(wrong, registry(), ())} == {"invalid_value"}
