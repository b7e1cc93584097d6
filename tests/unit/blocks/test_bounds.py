"""Bounds that a few characters could pass: each block says so before it does the work."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.blocks import arithmetic, columns, tables
from strata.blocks.comparison import equals, identity
from tests.unit.blocks.world import failure, refusal, run

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON, JSON)
def test_values_are_equal_where_their_identities_are(left: Any, right: Any) -> None:
    assert equals(left, right) == (identity(left) == identity(right))
    assert equals(left, left)


@given(st.lists(JSON, max_size=4), st.lists(JSON, max_size=4))
def test_a_filter_by_in_takes_what_the_array_contains(cells: list[Any], whole: list[Any]) -> None:
    rows = [[cell] for cell in cells]
    taken = run("table_filter", rows=rows, column=0, operator="in", value=whole)
    assert taken["rows"] == [[cell] for cell in cells if any(equals(cell, one) for one in whole)]


def test_a_filter_by_in_looks_into_a_text_or_an_object_too() -> None:
    rows = [["a"], ["b"]]
    for whole in ("xay", {"a": 1}):
        found = run("table_filter", rows=rows, column=0, operator="in", value=whole)
        assert found["rows"] == [["a"]]


def test_a_long_text_is_not_looked_through_for_each_of_many_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "MAX_CHARACTERS", 100)
    rows = [["a"]] * 11
    error = failure("table_filter", rows=rows, column=0, operator="in", value="x" * 10)
    assert error.code == "too_slow"
    assert run("table_filter", rows=rows[1:], column=0, operator="in", value="x" * 10)["count"] == 0


@pytest.mark.parametrize(
    "pattern", ["(?R)?a", r"(a(?1)?)", "(?P<x>a(?&x)?)", "(?P<x>a)(?P>x)", r"\\(?R)?", "(a)(?-1)"]
)
def test_a_pattern_that_calls_itself_is_refused(pattern: str) -> None:
    assert "calls itself" in refusal("regex_extract", text="aaa", pattern=pattern)


@pytest.mark.parametrize("pattern", [r"\(?R", r"(?i)a", "(?-i:a)", "(a)?(?(1)b|a)", r"[(](?:a)"])
def test_a_pattern_that_merely_looks_so_is_not(pattern: str) -> None:
    assert run("regex_extract", text="(aR", pattern=pattern)["matches"]


def test_more_splits_than_a_text_has_characters_are_all_of_them() -> None:
    assert run("text_split", text="a,b", separator=",", limit=10**37)["items"] == ["a", "b"]
    assert run("text_split", text="a,b", separator=",", limit=0)["items"] == ["a,b"]
    assert run("text_split", text="", separator=",")["items"] == [""]


def test_an_indented_text_is_bounded_while_it_is_written() -> None:
    deep: Any = 1
    for _ in range(190):
        deep = [deep]
    assert failure("json_format", value=[deep] * 10_000, indent=16).code == "too_large"


def test_an_expression_counts_what_it_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arithmetic, "MAX_STEPS", 1000)
    values = {"a": list(range(400))}
    assert run("calculate", expression="sum(a) + max(a)", values=values)["result"] == 80_199
    assert run("calculate", expression="+".join(["len(a)"] * 50), values=values)["result"] == 20_000
    for expression in ("sum(a) + sum(a) + sum(a)", "a == a and a == a", "[a, a] == [a, a]"):
        error = failure("calculate", expression=expression, values=values)
        assert (error.code, error.message) == (
            "too_slow",
            "The expression takes over 1,000 steps",
        )


def test_a_table_of_many_columns_is_refused_before_they_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(columns, "MAX_CELLS", 8)
    rows = [[1, 2]] * 3
    counts = {name: {"function": "count"} for name in "ab"}
    assert failure("table_sort", rows=rows, by=[0, 1, 2]).code == "too_large"
    assert failure("table_group", rows=rows, by=0, aggregates=counts).code == "too_large"
    assert run("table_sort", rows=rows, by=[0, 1])["rows"] == rows
