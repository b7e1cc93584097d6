"""Conditions, lists, the edges of a graph, and time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.blocks.comparison import OPERATORS, equals
from strata.model.values import type_of
from tests.unit.blocks.world import NOW, failure, refusal, run


def holds(left: Any, operator: str, *right: Any) -> bool:
    more = {"right": right[0]} if right else {}
    result = run("condition", left=left, operator=operator, **more)["result"]
    assert isinstance(result, bool)
    return result


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        (2, "==", 2.0, True),
        (1, "==", True, False),
        (0, "==", False, False),
        ("2", "==", 2, False),
        (None, "==", None, True),
        (None, "==", 0, False),
        ([1, {"a": 2}], "==", [1.0, {"a": 2.0}], True),
        ([1], "==", [True], False),
        ({"a": 1, "b": 2}, "==", {"b": 2, "a": 1}, True),
        ({"a": 1}, "!=", {"a": 2}, True),
        (10**37, "==", 10**37 + 1, False),
        (0.1, "<", 1, True),
        (10**37, "<", 1e37, False),
        ("10", "<", "9", True),
        ("a", ">", "Z", True),
        (2, "<=", 2.0, True),
        (2, ">=", 3, False),
        (1, "in", [1.0, 2], True),
        (True, "in", [1], False),
        ([1], "in", [[1]], True),
        ("b", "in", "abc", True),
        ("", "in", "abc", True),
        ("a", "in", {"a": 1}, True),
        ([1, 2], "contains", 2.0, True),
        ("abc", "contains", "d", False),
        ({"a": 1}, "contains", "b", False),
        ("abc", "matches", "b", True),
        ("abc", "matches", "^b", False),
    ],
)
def test_values_compare_as_json(left: Any, operator: str, right: Any, expected: bool) -> None:
    assert holds(left, operator, right) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        ("", True),
        ([], True),
        ({}, True),
        (0, False),
        (False, False),
        (" ", False),
        ([None], False),
    ],
)
def test_empty_is_null_or_nothing_inside(value: Any, expected: bool) -> None:
    assert holds(value, "empty") is expected


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize(
    ("left", "right"),
    [(1, "1"), ("a", None), (None, None), (True, False), ([1], [2]), ({}, {}), (1, True)],
)
def test_what_has_no_order_is_an_error_and_not_false(operator: str, left: Any, right: Any) -> None:
    error = failure("condition", left=left, operator=operator, right=right)
    assert (error.code, error.retryable) == ("not_comparable", False)


@pytest.mark.parametrize(
    ("left", "operator", "right"),
    [
        (1, "in", 1),
        (1, "in", "1"),
        (1, "in", {"1": 1}),
        (None, "contains", 1),
        ("1", "contains", 1),
        (1, "matches", "1"),
        ("1", "matches", 1),
        (None, "matches", "x"),
    ],
)
def test_an_operator_on_values_that_it_does_not_take_is_an_error(
    left: Any, operator: str, right: Any
) -> None:
    error = failure("condition", left=left, operator=operator, right=right)
    assert error.code == "not_comparable"


def test_an_error_of_a_comparison_does_not_repeat_the_values() -> None:
    assert "s3cret" not in failure("condition", left="s3cret", operator="<", right=1).message


def test_the_left_value_goes_down_the_arm_if_no_other_is_given() -> None:
    assert run("condition", left=1, operator="<", right=2) == {"result": True, "then": 1}
    assert run("condition", left=3, operator="<", right=2) == {"result": False, "else": 3}


def test_null_may_go_down_the_arm() -> None:
    found = run("condition", left=3, operator="<", right=2, value=None)
    assert found == {"result": False, "else": None}


@pytest.mark.parametrize("operator", [one for one in OPERATORS if one != "empty"])
def test_an_operator_that_needs_a_right_value_says_so(operator: str) -> None:
    message = refusal("condition", left=1, operator=operator)
    assert message == f"Input 'right' is required by the operator {operator}"


def test_an_operator_that_does_not_exist_is_refused() -> None:
    assert "must be one of ==, !=" in refusal("condition", left=1, operator="=", right=1)


SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.text("ab")
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("a"), inner))


@given(VALUES, VALUES)
def test_equality_is_the_same_both_ways_and_never_between_types(left: Any, right: Any) -> None:
    assert equals(left, right) == equals(right, left)
    assert equals(left, left)
    if type_of(left) != type_of(right):
        assert not equals(left, right)


def test_lists_are_merged_in_their_order() -> None:
    found = run("merge_lists", lists=[["b"], [], ["a", None]])
    assert found == {"items": ["b", "a", None], "count": 3}


def test_no_lists_merge_to_an_empty_one() -> None:
    assert run("merge_lists", lists=[]) == {"items": [], "count": 0}


def test_what_is_no_list_among_them_is_refused_by_its_position() -> None:
    message = refusal("merge_lists", lists=[[], "ab"])
    assert message == "Input 'lists' at position 1 must be an array"


@pytest.mark.parametrize(
    ("index", "found"),
    [
        (0, {"item": "a"}),
        (2.0, {"item": None}),
        (-1, {"item": None}),
        (-3, {"item": "a"}),
        (3, {"missing": 3}),
        (-4, {"missing": -4}),
        (10**37, {"missing": 10**37}),
    ],
)
def test_an_item_is_found_from_either_end(index: float, found: dict[str, Any]) -> None:
    assert run("list_item", items=["a", "b", None], index=index) == found


def test_nothing_is_in_an_empty_list() -> None:
    assert run("list_item", items=[], index=0) == {"missing": 0}


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("string", ""),
        ("number", 1),
        ("number", 1.5),
        ("integer", 2),
        ("integer", 2.0),
        ("boolean", False),
        ("object", {}),
        ("array", []),
        ("any", None),
    ],
)
def test_an_input_emits_what_was_given(wanted: str, value: Any) -> None:
    assert run("input", name="x", type=wanted, value=value, default="other") == {"value": value}


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        ("string", None),
        ("string", 1),
        ("number", True),
        ("number", "1"),
        ("integer", 2.5),
        ("integer", False),
        ("boolean", 0),
        ("object", []),
        ("array", {}),
    ],
)
def test_an_input_of_the_wrong_type_is_refused(wanted: str, value: Any) -> None:
    message = refusal("input", name="x", type=wanted, value=value)
    assert message == f"Input 'value' must be of the type {wanted}"
    message = refusal("input", name="x", type=wanted, default=value)
    assert message == f"Input 'default' must be of the type {wanted}"


def test_an_input_that_was_not_given_emits_its_default_and_null_is_one() -> None:
    assert run("input", name="x", default=None) == {"value": None}
    assert run("input", name="x", required=False, default=1) == {"value": 1}


def test_an_input_that_need_not_be_given_emits_nothing_without_default() -> None:
    assert run("input", name="x", required=False) == {}


def test_an_input_that_must_be_given_says_so() -> None:
    assert "Input 'value' is required" in refusal("input", name="x")


def test_an_output_and_a_constant_emit_null_too() -> None:
    assert run("output", name="x", value=None) == {"value": None}
    assert run("constant", value=None) == {"value": None}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "2026-11-21T00:30:00Z"),
        ({"timezone": "Europe/Rome"}, "2026-11-21T01:30:00+01:00"),
        ({"timezone": "America/New_York", "format": "%A %-d %B %Y, %I:%M %p"},
         "Friday 20 November 2026, 07:30 PM"),
        ({"format": "%Y%m%dT%H%M%S.%f %Z %z %j %V %%"},
         "20261121T003000.500000 UTC +0000 325 47 %"),
        ({"format": ""}, ""),
        ({"format": "no directive: é"}, "no directive: é"),
    ],
)  # fmt: skip
def test_the_time_is_written_as_asked(values: dict[str, str], text: str) -> None:
    found = run("current_time", **values)
    assert found == {"text": text, "timestamp": NOW.timestamp()}


@pytest.mark.parametrize(
    "zone",
    ["", "Mars", "../../etc/passwd", "/etc/localtime", "Europe", "UTC\x00", "a/" * 20, "é"],
)
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    message = refusal("current_time", timezone=zone)
    assert message == "Input 'timezone' must be a name such as UTC or Europe/Rome"


@pytest.mark.parametrize(
    ("pattern", "place"), [("%", 0), ("at %Q", 3), ("%999999999d", 0), ("%%%s", 2), ("%E", 0)]
)
def test_a_directive_that_is_not_known_is_refused(pattern: str, place: int) -> None:
    message = refusal("current_time", format=pattern)
    assert message == f"Input 'format' has an unknown directive at position {place}"


@given(st.lists(st.sampled_from(list("aAbBdHIjmMpSUVwWyYGufzZ%xXcDFTeR")), max_size=20))
def test_any_known_directives_give_a_text(letters: list[str]) -> None:
    text = run("current_time", format="".join(f"%{letter} " for letter in letters))["text"]
    assert text.count(" ") >= len(letters)
