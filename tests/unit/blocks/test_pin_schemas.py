"""The schemas of pins: what fits what, the parts of a pin, the inputs and outputs of a graph."""

from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.model.errors import Detail
from strata.model.graph_schema import check_graph_inputs, input_schema, output_schema
from strata.model.schemas import SIMPLE_TYPES, fits, is_simple, part_schema, simple_schema
from strata.model.values import TYPES
from tests.builders import graph, node


@pytest.mark.parametrize(
    ("output", "target", "expected"),
    [
        ({}, {"type": "string"}, True),
        ({"type": "string"}, {}, True),
        ({"type": "string"}, {"type": "string"}, True),
        ({"type": "string"}, {"type": "number"}, False),
        ({"type": "integer"}, {"type": "number"}, True),
        ({"type": "number"}, {"type": "integer"}, True),
        ({"type": "boolean"}, {"type": "integer"}, False),
        ({"type": ["string", "null"]}, {"type": "string"}, True),
        ({"type": ["object", "null"]}, {"type": ["string", "array"]}, False),
        ({"enum": ["a", 1]}, {"type": "integer"}, True),
        ({"enum": ["a", True]}, {"type": "integer"}, False),
        ({"const": None}, {"type": "null"}, True),
        ({"const": None}, {"type": "string"}, False),
        ({"type": "string"}, {"anyOf": [{"type": "array"}, {"type": "string"}]}, True),
        ({"type": "object"}, {"oneOf": [{"type": "array"}, {"type": "string"}]}, False),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}, True),
        (
            {"type": "array", "items": {"type": "number"}},
            {"type": "array", "items": {"type": "string"}},
            False,
        ),
        (
            {"type": "array", "items": {"type": "object"}},
            {"type": "array", "items": {"type": ["object", "array"]}},
            True,
        ),
        (
            {"type": ["array", "string"], "items": {"type": "number"}},
            {"type": ["array", "string"], "items": {"type": "string"}},
            True,
        ),
    ],
)
def test_a_link_fits_unless_no_value_can_pass(output: Any, target: Any, expected: bool) -> None:
    assert fits(output, target) is expected


@given(st.sampled_from(TYPES), st.sampled_from(TYPES))
def test_fitting_is_the_same_both_ways(output: str, target: str) -> None:
    assert fits({"type": output}, {"type": target}) == fits({"type": target}, {"type": output})


ROWS = {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}}}
CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "part", "expected"),
    [
        ({"type": "object"}, "city", {}),
        ({"type": "object"}, "0", {}),
        ({"type": "object"}, "a.b.0.c", {}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "a", {"type": "string"}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "a.b", None),
        (CLOSED, "a", {"type": "string"}),
        (CLOSED, "b", None),
        ({"type": "array"}, "0", {}),
        (ROWS, "12", ROWS["items"]),
        (ROWS, "0.n", {"type": "number"}),
        (ROWS, "0.n.x", None),
        (ROWS, "first", None),
        (ROWS, "-1", None),
        (ROWS, "²", None),
        ({"type": ["object", "array"]}, "a", {}),
        ({"type": "object"}, "", None),
        ({"type": "object"}, "a..b", None),
        ({"type": "object"}, "a.", None),
        ({"type": "string"}, "a", None),
        ({}, "a", None),
    ],
)
def test_the_part_of_a_pin_has_its_own_schema(schema: Any, part: str, expected: Any) -> None:
    assert part_schema(schema, part) == expected


@pytest.mark.parametrize("name", SIMPLE_TYPES)
@pytest.mark.parametrize("value", [None, True, 1, 2.0, 2.5, "a", {}, []])
def test_a_simple_type_means_what_its_schema_means(name: str, value: Any) -> None:
    try:
        fastjsonschema.validate(simple_schema(name), value)
        expected = True
    except fastjsonschema.JsonSchemaValueException:
        expected = False
    assert is_simple(value, name) is expected


NODES = graph(
    [
        node("year", "input", name="year", type="integer", description="The year."),
        node("city", "input", name="city", type="string", default="Rome"),
        node("note", "input", name="note", required=False),
        node("key", "input", name="key", type="string", secret=True),
        node("again", "input", name="year", type="string"),
        node("nameless", "input"),
        node("odd", "input", name="odd", type="date", required="yes", description=1),
        node("report", "output", name="report", description="In Markdown."),
        node("plain", "output", name="plain"),
        node("other", "constant", name="other"),
    ]
).nodes


def test_the_inputs_of_a_graph_are_described_as_a_json_schema() -> None:
    assert input_schema(NODES) == {
        "type": "object",
        "properties": {
            "year": {"type": "integer", "description": "The year."},
            "city": {"type": "string", "default": "Rome"},
            "note": {},
            "key": {"type": "string", "writeOnly": True},
            "odd": {},
        },
        "required": ["year", "key"],
        "additionalProperties": False,
    }


def test_the_outputs_of_a_graph_may_each_be_absent() -> None:
    assert output_schema(NODES) == {
        "type": "object",
        "properties": {"report": {"description": "In Markdown."}, "plain": {}},
        "required": [],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    "given_inputs",
    [
        {"year": 2014, "key": "k"},
        {"year": 2014.0, "key": "", "city": "Oslo", "note": None, "odd": []},
    ],
)
def test_inputs_that_fit_have_no_fault(given_inputs: dict[str, Any]) -> None:
    assert check_graph_inputs(NODES, given_inputs) == []


def test_all_faults_of_inputs_are_told_with_their_places() -> None:
    faults = check_graph_inputs(
        NODES, {"year": "s3cret", "city": True, "note": 10**38, "a/b~c": 1, "odd": float("nan")}
    )
    assert faults == [
        Detail("/inputs/a~1b~0c", "unknown_input", "The graph has no input of this name"),
        Detail("/inputs/year", "wrong_type", "This input must be of the type integer"),
        Detail("/inputs/city", "wrong_type", "This input must be of the type string"),
        Detail(
            "/inputs/note", "invalid_value", "This input holds an integer of more than 38 digits"
        ),
        Detail("/inputs/key", "missing_input", "This input is required"),
        Detail("/inputs/odd", "invalid_value", "This input holds a number that is not finite"),
    ]


def test_null_is_given_but_it_is_no_string() -> None:
    faults = check_graph_inputs(NODES, {"year": 1, "key": None})
    assert [fault.code for fault in faults] == ["wrong_type"]
