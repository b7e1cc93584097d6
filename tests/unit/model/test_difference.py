from typing import Any

import pytest

from strata.model.difference import difference_of
from strata.model.graph import Graph
from tests.builders import graph, node

BASE = graph([node("a", value=1), node("b")], "a.value -> b.value")
NOTHING: dict[str, Any] = {
    "nodes": {"added": [], "removed": [], "changed": []},
    "links": {"added": [], "removed": []},
}


def difference(before: Graph, after: Graph) -> Any:
    return difference_of(before.nodes, before.links, after.nodes, after.links)


def changed(before: Any, after: Any) -> Any:
    """Of a node `a` with these fields."""
    return difference(graph([node("a", **before)]), graph([node("a", **after)]))["nodes"]["changed"]


def test_a_graph_does_not_differ_from_itself() -> None:
    assert difference(BASE, BASE) == NOTHING


def test_nodes_that_came_and_went_are_named() -> None:
    other = graph([node("b"), node("c", value=1)], "c.value -> b.value")
    found = difference(BASE, other)
    assert (found["nodes"]["added"], found["nodes"]["removed"]) == (["c"], ["a"])


def test_links_that_came_and_went_are_told_whole() -> None:
    found = difference(BASE, graph(BASE.nodes, "a.error -> b.value"))
    ends = {"source": "a", "target": "b", "input": "value"}
    assert found["links"] == {
        "added": [{**ends, "output": "error"}],
        "removed": [{**ends, "output": "value"}],
    }


@pytest.mark.parametrize(
    ("before", "after", "inputs"),
    [
        ({"value": 1}, {"value": 2}, {"value": {"from": 1, "to": 2}}),
        ({"value": 1}, {}, {"value": {"from": 1}}),
        ({}, {"value": None}, {"value": {"to": None}}),
        ({"value": None}, {"value": 0}, {"value": {"from": None, "to": 0}}),
        ({"value": 1}, {"value": True}, {"value": {"from": 1, "to": True}}),
        ({"value": [0]}, {"value": [False]}, {"value": {"from": [0], "to": [False]}}),
        (
            {"value": {"a": 1}},
            {"value": {"a": "1"}},
            {"value": {"from": {"a": 1}, "to": {"a": "1"}}},
        ),
    ],
)
def test_inputs_are_compared_pin_by_pin(before: Any, after: Any, inputs: Any) -> None:
    assert changed(before, after) == [{"id": "a", "inputs": inputs}]


def test_the_order_of_names_in_an_object_makes_no_difference() -> None:
    assert changed({"value": {"a": 1, "b": 2}}, {"value": {"b": 2, "a": 1}}) == []


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("label", "", "Fetch"),
        ("timeout_seconds", 60, 30),
        ("on_error", "fail", "continue"),
        ("position", {"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 0.0}),
    ],
)
def test_each_other_field_is_compared_whole(field: str, before: Any, after: Any) -> None:
    assert changed({}, {field: after}) == [{"id": "a", field: {"from": before, "to": after}}]


def test_another_block_under_the_same_id_is_a_change() -> None:
    found = difference(graph([node("a", "constant")]), graph([node("a", "output")]))
    assert found["nodes"]["changed"] == [{"id": "a", "block": {"from": "constant", "to": "output"}}]
