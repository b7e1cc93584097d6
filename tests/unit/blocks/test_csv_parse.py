"""The block `csv_parse`."""

import csv
import io
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.blocks.world import failure, refusal, run


def rows(text: str, **more: Any) -> Any:
    outputs = run("csv_parse", text=text, **more)
    assert outputs["count"] == len(outputs["rows"])
    return outputs["rows"]


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", "\ufeff", "a,b", "a,b\n", "a,b\r\n\r\n"])
def test_a_text_without_rows_gives_none(text: str) -> None:
    assert rows(text) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read(end: str) -> None:
    assert rows(end.join(["a,b", "1,x", "2,y", ""])) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\ufeffa\nx", [{"a": "x"}]),
        ('a\n"x, ""y""\nz"', [{"a": 'x, "y"\nz'}]),
        ('"a b",c\nx,', [{"a b": "x", "c": ""}]),
        ("a\n\n\nx\n\n", [{"a": "x"}]),
        ('a\n""', [{"a": ""}]),
        (",b\n1,x", [{"": 1, "b": "x"}]),
        ('a\nx"y', [{"a": 'x"y'}]),
        ("ä\nß", [{"ä": "ß"}]),
        ("a\n x ", [{"a": " x "}]),
    ],
)
def test_quotes_blank_lines_and_other_letters_are_read(text: str, found: Any) -> None:
    assert rows(text) == found


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " ", "·"])
def test_any_character_may_stand_between_cells(delimiter: str) -> None:
    text = delimiter.join("ab") + "\n" + delimiter.join(("x,y", "2"))
    assert rows(text, delimiter=delimiter) == [{"a": "x,y", "b": 2}]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "\r", "\x00"])
def test_what_cannot_stand_between_cells_is_refused(delimiter: str) -> None:
    assert "Input 'delimiter'" in refusal("csv_parse", text="a", delimiter=delimiter)


def test_without_header_the_rows_are_arrays_and_may_differ_in_length() -> None:
    assert rows("1,x\n2\n3,y,z", header=False) == [[1, "x"], [2], [3, "y", "z"]]


def test_a_column_is_numbers_only_if_every_cell_is_one() -> None:
    text = "all,some,gap,code,big\n1,1,1,007,1e400\n-2.50,x,,008,2\n"
    assert rows(text) == [
        {"all": 1, "some": "1", "gap": "1", "code": "007", "big": "1e400"},
        {"all": -2.5, "some": "x", "gap": "", "code": "008", "big": "2"},
    ]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0", 0),
        ("-0", 0),
        ("0.0", 0.0),
        ("-0.0", -0.0),
        ("10", 10),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        (" 7\t", 7),
        ("9" * 38, 10**38 - 1),
    ],
)
def test_a_number_is_what_json_reads_as_one(cell: str, number: float) -> None:
    found = rows(f"a\n{cell}")[0]["a"]
    assert repr(found) == repr(number)


@pytest.mark.parametrize(
    "cell",
    [
        "007",
        "-01",
        "+1",
        "1.",
        ".5",
        "1'5",
        "0x1",
        "1_000",
        "NaN",
        "inf",
        "9" * 39,
        "1e400",
        "١٢",
        "1 000",
        "1e",
        "--1",
        "true",
        "-",
    ],
)
def test_what_json_does_not_read_as_a_number_stays_text(cell: str) -> None:
    assert rows(f"a\n{cell}") == [{"a": cell}]


def test_numbers_can_be_left_as_text() -> None:
    assert rows("a\n1\n", numbers=False) == [{"a": "1"}]


def test_a_header_of_numbers_is_names_all_the_same() -> None:
    assert rows("2013,2014\n1,2") == [{"2013": 1, "2014": 2}]


def test_two_columns_of_one_name_are_refused() -> None:
    message = refusal("csv_parse", text="a,b,a\n1,2,3")
    assert message == "Input 'text' has one name for the columns 1 and 3"


@pytest.mark.parametrize(("text", "cells"), [("a,b\n1,2\n3", 1), ("a,b\n1,2\n3,4,5", 3)])
def test_a_row_that_is_not_as_long_as_the_header_is_refused(text: str, cells: int) -> None:
    message = refusal("csv_parse", text=text)
    assert message == f"Input 'text' has {cells} cells under a header of 2 in row 2"


@pytest.mark.parametrize(("text", "line"), [('a\n"x', 2), ('a\nx\n"y"z\n', 3), ('"', 1)])
def test_quotes_that_do_not_pair_are_refused_with_their_line(text: str, line: int) -> None:
    message = refusal("csv_parse", text=text)
    assert message == f"Input 'text' is not CSV: a quotation mark is out of place (line {line})"


def test_a_cell_may_be_large() -> None:
    assert len(rows("a\n" + "x" * 1_000_000)[0]["a"]) == 1_000_000


def test_cells_are_bounded_in_number() -> None:
    assert failure("csv_parse", text="," * 5_000_000).code == "too_large"


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1)
    ),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_python_writes_is_read_back(table: list[list[str]], delimiter: str, end: str) -> None:
    written = io.StringIO()
    quoting: Literal[1] = csv.QUOTE_ALL
    csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    found = rows(written.getvalue(), delimiter=delimiter, header=False, numbers=False)
    assert found == table


@given(st.lists(st.integers(-(10**38) + 1, 10**38 - 1) | st.floats(allow_nan=False), min_size=1))
def test_a_column_of_numbers_is_read_back_exactly(numbers: list[float]) -> None:
    finite = [number for number in numbers if abs(number) != float("inf")]
    found = rows("n\n" + "".join(f"{number!r}\n" for number in finite))
    assert [repr(row["n"]) for row in found] == list(map(repr, finite))
