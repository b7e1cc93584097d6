"""The checks around a block's work."""

from typing import Any

import pytest

from strata.blocks import registry
from strata.blocks.pins import check_inputs, check_outputs
from strata.model.errors import InvalidInput, NodeError
from tests.unit.blocks.world import failure, refusal, run


def test_defaults_are_laid_in_where_no_value_came() -> None:
    checked = check_inputs(registry()["text_join"], {"items": ["a"]})
    assert checked == {"items": ["a"], "separator": ""}


def test_null_on_a_pin_is_a_value_and_no_default_replaces_it() -> None:
    assert refusal("text_join", items=["a"], separator=None) == (
        "Input 'separator' must be a string"
    )


def test_a_pin_that_the_block_does_not_have_is_refused() -> None:
    assert refusal("constant", value=1, other=2) == (
        "Input 'other' is not a pin of the block constant"
    )


def test_only_the_input_block_takes_what_an_execution_gives() -> None:
    assert run("input", name="year", value=2014) == {"value": 2014}
    with pytest.raises(InvalidInput):
        check_inputs(registry()["current_time"], {"value": 2014})


def test_a_fault_deep_in_an_array_is_told_by_its_position() -> None:
    assert refusal("text_join", items=["a", "b", None]) == (
        "Input 'items' at position 2 must be a string or a number"
    )


def test_a_message_repeats_neither_the_value_nor_the_names_in_it() -> None:
    for values in (
        {"rows": [], "by": "a", "aggregates": {"s3cret": {"function": "s3cret"}}},
        {"rows": [], "by": "a", "aggregates": {"s3cret": {"function": "sum", "s3cret": 1}}},
        {"rows": "s3cret", "by": "a", "aggregates": {}},
        {"rows": [], "by": {"s3cret": 1}, "aggregates": {}},
        {"rows": [], "by": ["s3cret", None], "aggregates": {}},
    ):
        assert "s3cret" not in refusal("table_group", **values)


def test_a_choice_among_values_is_told() -> None:
    assert "must be one of text, html" in refusal("text_template", template="", format="pdf")


def test_a_choice_among_types_is_told() -> None:
    message = refusal("table_sort", rows=[], by=True)
    assert message == "Input 'by' must be a string or an integer or an array"


def test_what_a_part_must_have_is_told() -> None:
    message = refusal("table_group", rows=[], by="a", aggregates={"n": {}})
    assert message == "Input 'aggregates' in one of its parts must have function"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": "a", "separator": ""}, "must have at least 1 characters"),
        ({"text": "a", "separator": ",", "limit": -1}, "must be at least 0"),
        ({"text": "a", "separator": ",", "limit": 1.5}, "must be an integer"),
    ],
)
def test_a_bound_is_told(values: dict[str, Any], reason: str) -> None:
    assert reason in refusal("text_split", **values)


def test_a_whole_number_may_be_written_as_a_double() -> None:
    assert run("text_split", text="a,b,c", separator=",", limit=1.0)["items"] == ["a", "b,c"]


def test_integers_are_exact_up_to_38_digits_and_refused_beyond() -> None:
    largest = 10**38 - 1
    assert run("constant", value=[largest, -largest]) == {"value": [largest, -largest]}
    assert refusal("constant", value={"deep": [largest + 1]}) == (
        "Input 'value' holds an integer of more than 38 digits"
    )
    assert "38 digits" in refusal("constant", value=-largest - 1)


@pytest.mark.parametrize("number", [0.1, -0.0, 5e-324, 1.7976931348623157e308, 2.0, 1e16])
def test_doubles_come_back_as_they_went_in(number: float) -> None:
    value = run("constant", value=number)["value"]
    assert type(value) is float
    assert value.hex() == number.hex()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1, 2}, {1: 2}]
)
def test_what_is_not_json_is_refused(value: Any) -> None:
    assert "Input 'value' holds" in refusal("constant", value=value)


def test_a_value_nested_too_deeply_is_refused_without_recursion() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    assert "nested more than 200 deep" in refusal("constant", value=value)
    while isinstance(value, list):
        # Taken apart by hand: the interpreter's own way down would be as deep.
        value = value.pop()


def test_a_value_over_50_megabytes_is_refused() -> None:
    error = failure("constant", value="x" * 52_430_000)
    assert error.code == "too_large"
    assert "'value' is larger than 52,429,824 bytes" in error.message


def test_an_output_that_is_no_json_is_refused() -> None:
    with pytest.raises(NodeError) as caught:
        check_outputs({"a": float("nan")})
    assert caught.value.code == "invalid_output"


def test_a_small_value_that_is_huge_as_json_is_too_large() -> None:
    value: Any = "x" * 1000
    for _ in range(17):
        value = [value, value]
    assert failure("constant", value=value).code == "too_large"
    with pytest.raises(NodeError) as caught:
        check_outputs({"a": value})
    assert caught.value.code == "too_large"
