"""The blocks that filter, sort and group the rows of a table."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.blocks.world import NOW, HeldWorld, failure, refusal, run

ROWS = [
    {"city": "Rome", "rain": 2, "sunny": True},
    {"city": "Oslo", "rain": 10.5, "sunny": False},
    {"city": "rome", "rain": 2.0, "sunny": None},
]


def taken(operator: str, value: Any = None, column: str = "rain", rows: Any = ROWS) -> list[int]:
    """The places of the rows that the filter takes."""
    outputs = run("table_filter", rows=rows, column=column, operator=operator, value=value)
    assert outputs["count"] == len(outputs["rows"])
    assert len(outputs["rows"]) + len(outputs["rest"]) == len(rows)
    return [place for place, row in enumerate(rows) if any(row is one for one in outputs["rows"])]


@pytest.mark.parametrize(
    ("operator", "value", "column", "places"),
    [
        ("==", 2, "rain", [0, 2]),
        ("==", 2.0, "rain", [0, 2]),
        ("!=", 2, "rain", [1]),
        ("==", "2", "rain", []),
        ("==", None, "sunny", [2]),
        ("==", 1, "sunny", []),
        ("<", 10, "rain", [0, 2]),
        ("<=", 2, "rain", [0, 2]),
        (">", 2, "rain", [1]),
        (">=", 10.5, "rain", [1]),
        ("<", "a", "city", [0, 1]),
        ("in", ["Rome", "Oslo"], "city", [0, 1]),
        ("in", [2], "rain", [0, 2]),
        ("in", "Rome, Paris", "city", [0]),
        ("contains", "om", "city", [0, 2]),
        ("matches", "(?i)^ROME$", "city", [0, 2]),
        ("empty", None, "sunny", [2]),
    ],
)
def test_a_filter_takes_the_rows_that_fulfil_its_condition(
    operator: str, value: Any, column: str, places: list[int]
) -> None:
    assert taken(operator, value, column) == places


def test_no_rows_give_no_rows() -> None:
    found = run("table_filter", rows=[], column="x", operator="empty")
    assert found == {"rows": [], "count": 0, "rest": []}
    assert run("table_sort", rows=[], by="x") == {"rows": []}
    assert run("table_group", rows=[], by="x", aggregates={}) == {"rows": []}


def test_an_operator_that_needs_a_value_says_so() -> None:
    message = refusal("table_filter", rows=[], column="x", operator="<")
    assert message == "Input 'value' is required by the operator <"


def test_a_pattern_that_is_none_is_the_fault_of_the_value() -> None:
    message = refusal("table_filter", rows=ROWS, column="city", operator="matches", value="(")
    assert message.startswith("Input 'value' ")


class Hurried(HeldWorld):
    """Each look at its clock takes a second and a half."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return NOW + timedelta(seconds=1.5 * self.looks)


def test_the_time_of_a_pattern_is_that_of_all_rows_together() -> None:
    wanted = {"column": "city", "operator": "matches", "value": "o"}
    assert run("table_filter", Hurried(), rows=ROWS[:1], **wanted)["count"] == 1
    error = failure("table_filter", Hurried(), rows=ROWS, **wanted)
    assert error.code == "too_slow"
    assert "row 2" in error.message


def test_other_operators_take_what_time_they_need() -> None:
    assert run("table_filter", Hurried(), rows=ROWS, column="rain", operator="==", value=2)


LACKING = [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("block", "values"),
    [
        ("table_filter", {"column": "a", "operator": "empty"}),
        ("table_sort", {"by": "a"}),
        ("table_sort", {"by": ["a"]}),
        ("table_group", {"by": "a", "aggregates": {}}),
        ("table_group", {"by": ["a"], "aggregates": {"n": {"function": "count"}}}),
    ],
)
def test_a_column_that_a_row_lacks_fails_with_column_and_row(
    block: str, values: dict[str, Any]
) -> None:
    error = failure(block, rows=LACKING, **values)
    assert error.code == "missing_column"
    assert error.message == "Row 2 has no column 'a'"


@pytest.mark.parametrize("function", ["sum", "mean", "min", "max", "count", "first", "last"])
def test_a_column_that_is_computed_must_be_in_every_row_too(function: str) -> None:
    rows = [{"k": 1, "a": 1}, {"k": 1}]
    aggregates = {"n": {"column": "a", "function": function}}
    error = failure("table_group", rows=rows, by="k", aggregates=aggregates)
    assert error.message == "Row 2 has no column 'a'"


def test_values_without_order_fail_with_column_and_row() -> None:
    rows = [{"a": 1}, {"a": 2}, {"a": "x"}]
    error = failure("table_filter", rows=rows, column="a", operator="<", value=9)
    assert error.code == "not_comparable"
    assert "column 'a', row 3" in error.message
    error = failure("table_sort", rows=rows, by="a")
    assert error.code == "not_comparable"
    assert "column 'a', rows 1 and 3" in error.message


@pytest.mark.parametrize("value", [None, True, [1], {"a": 1}])
def test_only_numbers_and_texts_can_be_sorted(value: Any) -> None:
    rows = [{"a": value}, {"a": "x"}]
    assert failure("table_sort", rows=rows, by="a").code == "not_comparable"


@pytest.mark.parametrize("value", [None, True, [1], {"a": 1}])
@pytest.mark.parametrize("count", [1, 2])
def test_one_value_alone_is_compared_with_nothing(value: Any, count: int) -> None:
    rows = [{"a": value, "b": place} for place in range(count)]
    assert run("table_sort", rows=rows, by="a") == {"rows": rows}
    found = run("table_sort", rows=rows, by=["a", "b"], descending=True)
    assert found == {"rows": rows[::-1]}


def test_arrays_have_their_columns_by_number() -> None:
    rows = [["b", 2], ["a", 1], ["a", 3]]
    assert taken("==", "a", column=0, rows=rows) == [1, 2]  # type: ignore[arg-type]
    assert run("table_sort", rows=rows, by=[0, 1.0])["rows"] == [["a", 1], ["a", 3], ["b", 2]]
    aggregates = {"n": {"column": 1, "function": "sum"}}
    found = run("table_group", rows=rows, by=0, aggregates=aggregates)["rows"]
    assert found == [{"0": "b", "n": 2}, {"0": "a", "n": 4}]


@pytest.mark.parametrize(("row", "column"), [(["a"], 1), (["a"], "0"), ({"0": "a"}, 0)])
def test_a_name_is_no_number_and_a_number_no_name(row: Any, column: Any) -> None:
    assert failure("table_sort", rows=[row], by=column).code == "missing_column"


@pytest.mark.parametrize("column", [-1, True, None, [], 1.5, [[]]])
def test_what_names_no_column_is_refused(column: Any) -> None:
    assert "Input 'by'" in refusal("table_sort", rows=[], by=column)


def test_rows_are_objects_or_arrays() -> None:
    message = refusal("table_sort", rows=[{}, 1], by="a")
    assert message == "Input 'rows' at position 1 must be an object or an array"


def test_a_sort_by_several_columns_weighs_the_first_most() -> None:
    rows = [{"a": 2, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "w"}, {"a": 1, "b": "x"}]
    found = run("table_sort", rows=rows, by=["a", "b"])["rows"]
    assert [(row["a"], row["b"]) for row in found] == [(1, "x"), (1, "y"), (2, "w"), (2, "x")]


TABLE = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.integers(0, 3) | st.just(2.0),
            "b": st.sampled_from("xyz"),
            "c": st.integers(-(10**37), 10**37),
        }
    )
)


@given(TABLE, st.booleans())
def test_a_sort_keeps_the_order_of_equals(rows: list[dict[str, Any]], descending: bool) -> None:
    found = run("table_sort", rows=rows, by="a", descending=descending)["rows"]
    sign = -1 if descending else 1
    assert found == sorted(rows, key=lambda row: sign * row["a"])


@given(TABLE)
def test_a_sort_by_two_is_a_sort_by_the_second_and_then_the_first(
    rows: list[dict[str, Any]],
) -> None:
    once = run("table_sort", rows=rows, by=["b", "a"])["rows"]
    by_a = run("table_sort", rows=rows, by="a")["rows"]
    assert once == run("table_sort", rows=by_a, by="b")["rows"]


@given(TABLE)
def test_no_row_is_lost_in_a_filter(rows: list[dict[str, Any]]) -> None:
    found = run("table_filter", rows=rows, column="a", operator=">=", value=2)
    assert [row for row in rows if row["a"] >= 2] == found["rows"]
    assert [row for row in rows if row["a"] < 2] == found["rest"]


def grouped(rows: Any, by: Any, **aggregates: tuple[str, str]) -> Any:
    wanted = {
        name: {"column": column, "function": function}
        for name, (column, function) in aggregates.items()
    }
    return run("table_group", rows=rows, by=by, aggregates=wanted)["rows"]


def test_groups_come_in_the_order_in_which_they_first_appear() -> None:
    rows = [{"k": k} for k in ("b", "a", "b", "c", "a")]
    assert [row["k"] for row in grouped(rows, "k")] == ["b", "a", "c"]


def test_each_function_computes_its_own() -> None:
    rows = [{"k": 1, "v": v} for v in (3, 1, 2)]
    functions = ("sum", "mean", "min", "max", "count", "first", "last")
    found = grouped(rows, "k", **{name: ("v", name) for name in functions})
    assert found == [
        {"k": 1, "sum": 6, "mean": 2.0, "min": 1, "max": 3, "count": 3, "first": 3, "last": 2}
    ]


def test_a_group_by_several_columns_is_one_for_each_combination() -> None:
    rows = [{"a": a, "b": b} for a in (1, 2) for b in ("x", "y") for _ in range(3)]
    found = run("table_group", rows=rows, by=["a", "b"], aggregates={"n": {"function": "count"}})[
        "rows"
    ]
    assert found == [{"a": a, "b": b, "n": 3} for a in (1, 2) for b in ("x", "y")]


def test_values_are_one_group_where_json_calls_them_equal() -> None:
    rows = [{"k": k} for k in (1, 1.0, True, "1", None, [1], [1.0], {"a": 1}, {"a": 1.0}, False, 0)]
    keys = [row["k"] for row in grouped(rows, "k")]
    assert list(map(repr, keys)) == [
        "1", "True", "'1'", "None", "[1]", "{'a': 1}", "False", "0"
    ]  # fmt: skip


def test_min_and_max_are_of_texts_too() -> None:
    rows = [{"k": 1, "v": v} for v in ("b", "a", "c")]
    assert grouped(rows, "k", low=("v", "min"), high=("v", "max")) == [
        {"k": 1, "low": "a", "high": "c"}
    ]


@pytest.mark.parametrize("function", ["sum", "mean", "min", "max"])
def test_a_function_that_needs_numbers_names_column_and_row(function: str) -> None:
    rows = [{"k": 1, "v": 1}, {"k": 2, "v": 1}, {"k": 1, "v": None}]
    aggregates = {"n": {"column": "v", "function": function}}
    error = failure("table_group", rows=rows, by="k", aggregates=aggregates)
    assert error.code == "not_comparable"
    assert "column 'v', row" in error.message
    assert "3" in error.message


def test_a_sum_of_integers_is_exact_up_to_38_digits() -> None:
    large = 10**37
    assert grouped([{"k": 1, "v": large}] * 9, "k", s=("v", "sum"))[0]["s"] == 9 * large
    aggregates = {"s": {"column": "v", "function": "sum"}}
    error = failure("table_group", rows=[{"k": 1, "v": large}] * 10, by="k", aggregates=aggregates)
    assert error.code == "out_of_range"


def test_a_sum_of_doubles_loses_nothing_on_the_way() -> None:
    rows = [{"k": 1, "v": 0.1}] * 10
    assert grouped(rows, "k", s=("v", "sum"))[0]["s"] == 1.0
    rows = [{"k": 1, "v": v} for v in (1e308, 1e308, -1e308)]
    assert grouped(rows, "k", s=("v", "sum"), m=("v", "mean"))[0]["s"] == 1e308


def test_a_mean_may_lie_where_the_sum_does_not() -> None:
    rows = [{"k": 1, "v": 1.5e308}] * 2
    assert grouped(rows, "k", m=("v", "mean"))[0]["m"] == 1.5e308
    aggregates = {"s": {"column": "v", "function": "sum"}}
    assert failure("table_group", rows=rows, by="k", aggregates=aggregates).code == "out_of_range"


@given(TABLE)
def test_the_sums_of_the_groups_are_the_sum_of_all(rows: list[dict[str, Any]]) -> None:
    found = grouped(rows, ["a", "b"], s=("c", "sum"), n=("c", "count"))
    assert sum(row["s"] for row in found) == sum(row["c"] for row in rows)
    assert sum(row["n"] for row in found) == len(rows)


@given(st.lists(st.integers(-(10**36), 10**36), min_size=1, max_size=20))
def test_a_mean_of_integers_is_the_nearest_double(values: list[int]) -> None:
    found = grouped([{"k": 1, "v": value} for value in values], "k", m=("v", "mean"))
    assert found[0]["m"] == float(Fraction(sum(values), len(values)))


@pytest.mark.parametrize(
    ("aggregates", "reason"),
    [
        ({"k": {"function": "count"}}, "must not name a column that the table is grouped by"),
        ({"n": {"function": "sum"}}, "must have a column for the function sum"),
        ({"n": {"function": "median"}}, "must be one of sum, mean, min, max, count, first, last"),
        ({"n": {"column": "v"}}, "must have function"),
        ({"n": {"function": "sum", "columns": "v"}}, "has a part that is not known here"),
        ({"n": "sum"}, "must be an object"),
        ([], "must be an object"),
    ],
)
def test_aggregates_that_say_nothing_clear_are_refused(aggregates: Any, reason: str) -> None:
    message = refusal("table_group", rows=[], by="k", aggregates=aggregates)
    assert message.startswith("Input 'aggregates' ")
    assert message.endswith(reason)


def test_decimals_add_up_as_they_are_written() -> None:
    rows = [{"k": 1, "rain": rain} for rain in (0.1, 0.2, 0.3, 0.3)]
    wanted = {
        "rain": {"column": "rain", "function": "sum"},
        "mean": {"column": "rain", "function": "mean"},
    }
    found = run("table_group", rows=rows, by="k", aggregates=wanted)["rows"]
    assert found == [{"k": 1, "rain": 0.9, "mean": 0.225}]
