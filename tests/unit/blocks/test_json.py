"""The blocks on JSON."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.blocks import json_query
from tests.unit.blocks.world import failure, refusal, run

LARGEST = 10**38 - 1
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('abc"\\é'), inner),
    max_leaves=20,
)


@given(JSON, st.none() | st.integers(0, 4))
def test_what_is_formatted_parses_to_the_same(value: Any, indent: int | None) -> None:
    more = {} if indent is None else {"indent": indent}
    text = run("json_format", value=value, **more)["text"]
    again = run("json_parse", text=text)["value"]
    assert json.dumps(again) == json.dumps(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        (" [1, 2.0] \n", [1, 2.0]),
        ("\ufeff{}", {}),
        ('"\\u00e9\\ud83d\\ude00"', "é😀"),
        ("1E2", 100.0),
        ("-0", 0),
        (str(LARGEST), LARGEST),
        ("1e-999", 0.0),
    ],
)
def test_json_is_read(text: str, value: Any) -> None:
    found = run("json_parse", text=text)["value"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON: Expecting value (line 1, column 1)"),
        ('{"a": 1,\n "b"}', "(line 2, column 5)"),
        ("[1, 2", "(line 1, column 6)"),
        ("[1,]", "is not JSON"),
        ("{'a': 1}", "is not JSON"),
        ("1 2", "is not JSON: Extra data (line 1, column 3)"),
        ("01", "is not JSON"),
        ("nul", "is not JSON"),
        ('"a\nb"', "is not JSON"),
        ("\u00a0[]", "is not JSON"),
        ("NaN", "holds NaN or Infinity"),
        ("[-Infinity]", "holds NaN or Infinity"),
        ("1e999", "holds a number that is not finite"),
        ('{"a": 1, "b": {"a": 1, "a": 2}}', "holds an object that has one name twice"),
        (str(LARGEST + 1), "holds an integer of more than 38 digits"),
        ("-" + "9" * 39, "38 digits"),
        ("1" * 100_000, "38 digits"),
        ('"\\ud800"', "holds half of a surrogate pair"),
        ("[" * 101 + "]" * 101, "is nested more than 100 deep"),
        ("[" * 100_000, "is nested more than 100 deep"),
        ('{"a":' * 100_000, "is nested more than 100 deep"),
    ],
)
def test_what_is_no_strict_json_is_refused_with_its_place(text: str, reason: str) -> None:
    message = refusal("json_parse", text=text)
    assert message.startswith("Input 'text' ")
    assert reason in message


def test_nesting_of_100_is_taken() -> None:
    assert run("json_parse", text="[" * 100 + "]" * 100)


def test_a_message_does_not_repeat_the_text() -> None:
    assert "s3cret" not in refusal("json_parse", text='{"s3cret": "s3cret", s3cret}')


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, '{"b": [1, 2.0], "a": "é"}'),
        ({"indent": 2}, '{\n  "b": [\n    1,\n    2.0\n  ],\n  "a": "é"\n}'),
        ({"indent": 0}, '{\n"b": [\n1,\n2.0\n],\n"a": "é"\n}'),
        ({"indent": 1.0}, '{\n "b": [\n  1,\n  2.0\n ],\n "a": "é"\n}'),
    ],
)
def test_the_indent_is_that_of_each_level(more: dict[str, Any], text: str) -> None:
    assert run("json_format", value={"b": [1, 2.0], "a": "é"}, **more)["text"] == text


def query(expression: str, value: Any) -> Any:
    return run("json_query", query=expression, value=value)["result"]


VALUE = {
    "city": "Rome",
    "rows": [{"d": "a", "n": 1}, {"d": "b", "n": 2.0}, {"d": "c", "n": 3}],
    "deep": [[1, [2]], [3]],
    "true": True,
}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("city", "Rome"),
        ("missing.further", None),
        ("rows[0].d", "a"),
        ("rows[-1].d", "c"),
        ("rows[5]", None),
        ("rows[*].n", [1, 2.0, 3]),
        ("rows[::2].d", ["a", "c"]),
        ("rows[?n > `1`].d", ["b", "c"]),
        ("rows[?n == `2`].d", ["b"]),
        ("rows[?n != `2`].d", ["a", "c"]),
        ("true == `1`", False),
        ("rows[0] == rows[0]", True),
        ("deep[] | [0]", 1),
        ("deep[][]", [1, 2, 3]),
        ("city[]", None),
        ("rows[*].[d, n] | [0]", ["a", 1]),
        ("{c: city, s: sum(rows[*].n)}", {"c": "Rome", "s": 6.0}),
        ("sort_by(rows, &n)[-1].d", "c"),
        ("join(', ', rows[*].d)", "a, b, c"),
        ("length(rows)", 3),
        ("to_string(rows[0])", '{"d":"a","n":1}'),
        ("contains(rows[*].d, 'b')", True),
        ("keys(rows[0])", ["d", "n"]),
        ("type(@)", "object"),
        ("`null`", None),
        ("rows[?d == 'x']", []),
    ],
)
def test_a_query_finds_what_jmespath_finds(expression: str, result: Any) -> None:
    assert query(expression, VALUE) == result


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "must not be empty"),
        ("rows[", "ends too early"),
        ("rows[?", "ends too early"),
        ("rows..d", "fault at position 5"),
        ("a b", "fault at position 2"),
        ("rows[*].n)", "fault at position 9"),
        ("#", "fault at position 0"),
        ('`"`', "is not a JMESPath expression"),
        ("length()", "calls length() with a wrong number of arguments"),
        ("join(',')", "calls join() with a wrong number of arguments"),
        ("join(@, @, @)", "calls join() with a wrong number of arguments"),
        ("length(`1`)", "gives length() a value of the type number"),
        ("join(city, city)", "gives join() a value of the type"),
        ("sum(rows[*].d)", "gives sum() a value of the type"),
        ("nothing(@)", "calls a function that JMESPath does not have"),
        ("rows[::0]", "has a slice with the step 0"),
        ("[" * 1500 + "]" * 1500, "is n"),
        ("!" * 3000 + "a", "is nested too deeply"),
    ],
)
def test_a_query_that_cannot_be_read_or_run_is_refused(expression: str, reason: str) -> None:
    message = refusal("json_query", query=expression, value=VALUE)
    assert message.startswith("Input 'query' ")
    assert reason in message


def test_a_refusal_does_not_repeat_the_value() -> None:
    assert "s3cret" not in refusal("json_query", query="abs(@)", value="s3cret")


@pytest.mark.parametrize("expression", ["city < rows[0].n", "max_by(@.rows, &(n || d)).d < `1`"])
def test_values_that_have_no_order_are_an_error(expression: str) -> None:
    assert failure("json_query", query=expression, value=VALUE).code == "not_comparable"


def test_a_result_that_is_no_value_is_an_error() -> None:
    assert failure("json_query", query="&city", value=VALUE).code == "invalid_output"
    assert failure("json_query", query="to_number('nan')", value=1).code == "invalid_output"
    assert failure("json_query", query="floor(`1e300`)", value=1).code == "invalid_output"


@pytest.mark.parametrize(
    "expression",
    [
        "|".join(["[@,@][]"] * 60),
        "|".join(["[@,@]"] * 60) + "|to_string(@)",
        "|".join(["[@,@]"] * 60) + "|[0]==[1]",
        "|".join(["[@,@]"] * 60) + "|[?@!=@]",
        "|".join(["[@,@]"] * 60) + "|contains(@, [0])",
        "|".join(["join('', [@,@])"] * 60),
        "|".join(["[" + ",".join("@" * 100) + "][]"] * 8),
        "|".join(["map(&@, [@,@])[]"] * 60),
    ],
)
def test_a_query_that_multiplies_its_value_is_cut_off(
    expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_query, "MAX_STEPS", 200_000)
    error = failure("json_query", query=expression, value="x" * 10)
    assert error.code == "too_slow"


def test_a_result_that_is_small_to_make_and_huge_to_write_is_too_large() -> None:
    expression = "|".join(["[@,@]"] * 17)
    assert failure("json_query", query=expression, value="x" * 1000).code == "too_large"


def test_a_join_with_a_long_separator_is_measured_before_it_is_made() -> None:
    value = {"by": "x" * 1_000_000, "items": [""] * 10_000}
    assert failure("json_query", query="join(by, items)", value=value).code == "too_slow"


def test_a_query_over_many_rows_is_within_its_bounds() -> None:
    rows = [{"d": str(number), "n": number} for number in range(100_000)]
    assert len(query("[?n >= `50000`].{d: d}", rows)) == 50_000


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_come_back_as_they_went_in(number: float) -> None:
    again = run("json_parse", text=run("json_format", value=number)["text"])["value"]
    assert math.copysign(1, again) == math.copysign(1, number)
    assert again == number
