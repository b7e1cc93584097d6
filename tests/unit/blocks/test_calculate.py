"""The block `calculate`: what its expressions mean, and what they may not do."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.model.errors import NodeError
from tests.unit.blocks.world import failure, refusal, run

VALUES = {
    "x": 3,
    "y": 2.5,
    "zero": 0,
    "list": [3, 1.5, 2],
    "empty": [],
    "text": "héllo",
    "yes": True,
    "nothing": None,
    "row": {"high": 12, "low": 5, "parts": [1, {"deep": 7}]},
    "naïve": 1,
}


def calculate(expression: str) -> Any:
    return run("calculate", expression=expression, values=VALUES)["result"]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("2 ** -2 ** 2", 0.0625),
        ("--3", 3),
        ("-+-3", 3),
        ("2 * -3", -6),
        ("7 / 2", 3.5),
        ("4 / 2", 2.0),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7.5 // 2", 3.0),
        ("7.5 % 2", 1.5),
        ("0.1 + 0.2", 0.30000000000000004),
        ("1e3 + .5 + 2.", 1002.5),
        ("  x\n+\ty ", 5.5),
        ("x < y", False),
        ("1 < x <= 3 < 4", True),
        ("1 < x < 2", False),
        ("x == 3.0", True),
        ("x != 3", False),
        ("yes == 1", False),
        ("text == 'héllo'", True),
        ('text < "i"', True),
        ("nothing == null", True),
        ("not x > 1", False),
        ("not not yes", True),
        ("x > 1 and y > 1", True),
        ("x > 9 or y > 1", True),
        ("true or false and false", True),
        ("not false and false", False),
        ("True and not False", True),
        ("None == null", True),
        ("1 + 1 == 2 and 2 + 2 == 4", True),
        ("min(3, 1, 2)", 1),
        ("min(list)", 1.5),
        ("max(list)", 3),
        ("max([x, y, 9])", 9),
        ("sum(list)", 6.5),
        ("sum(1, 2, 3)", 6),
        ("sum()", 0),
        ("sum(empty)", 0),
        ("sum([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])", 1.0),
        ("abs(-x)", 3),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("round(-2.5)", -2),
        ("round(1.005, 2)", 1.0),
        ("round(2.675, 2)", 2.67),
        ("round(0.125, 2)", 0.12),
        ("round(25, -1)", 20),
        ("round(35, -1)", 40),
        ("round(1.5, 0)", 2.0),
        ("round(7, 2.0)", 7),
        ("floor(-1.5)", -2),
        ("ceil(-1.5)", -1),
        ("floor(7)", 7),
        ("sqrt(9)", 3.0),
        ("len(text)", 5),
        ("len(list) + len([]) + len(row)", 6),
        ("row.high - row.low", 7),
        ("row.parts.1.deep", 7),
        ("naïve + 1", 2),
        ("[1, [x, 'a']]", [1, [3, "a"]]),
        ("null", None),
        ("''", ""),
        ("99999999999999999999999999999999999999", 10**38 - 1),
        ("9999999999999999999 * 9999999999999999999", 9999999999999999999**2),
        ("1 ** 99999999999999999999999999999999999999", 1),
        ("0 ** 99999999999999999999999999999999999999", 0),
        ("2 ** 126 - 2 ** 125", 2**125),
    ],
)
def test_an_expression_has_the_value_of_arithmetic(expression: str, result: Any) -> None:
    found = calculate(expression)
    assert found == result
    assert type(found) is type(result)


def test_what_decides_first_ends_and_and_or() -> None:
    assert calculate("zero != 0 and 1 / zero > 2") is False
    assert calculate("zero == 0 or 1 / zero > 2") is True


def test_a_comparison_that_fails_ends_its_chain() -> None:
    assert calculate("2 < 1 < 1 / zero") is False


@pytest.mark.parametrize("expression", ["1 / 0", "1 // zero", "1 % 0.0", "0 ** -1", "0.0 ** -1.5"])
def test_a_division_by_zero_is_told(expression: str) -> None:
    error = failure("calculate", expression=expression, values=VALUES)
    assert (error.code, error.retryable) == ("division_by_zero", False)


@pytest.mark.parametrize(
    "expression",
    [
        "99999999999999999999999999999999999999 + 1",
        "10 ** 38",
        "-(10 ** 37) * 10",
        "10 ** 99999999999",
        "2 ** 2 ** 2 ** 2 ** 2 ** 2",
        "9 ** 9 ** 9 ** 9 ** 9",
        "9.0 ** 9999999",
        "1e308 * 10",
        "1e308 + 1e308",
        "-1e308 * 10",
        "floor(1e300)",
        "ceil(1e39)",
        "round(1e300)",
        "round(1.7e308, -308)",
        "sum([1e308, 1e308])",
        "sum([99999999999999999999999999999999999999, 1])",
    ],
)
def test_a_number_beyond_the_bounds_is_an_error_at_once(expression: str) -> None:
    assert failure("calculate", expression=expression).code == "out_of_range"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'a' + 'b'", "+ takes numbers, not a value of the type string"),
        ("yes + 1", "+ takes numbers, not a value of the type boolean"),
        ("nothing * 2", "* takes numbers, not null"),
        ("-text", "- takes numbers"),
        ("list ** 2", "** takes numbers"),
        ("1 and true", "and, or and not take true or false"),
        ("true and 1", "and, or and not take true or false"),
        ("false or text", "and, or and not take true or false"),
        ("not 0", "and, or and not take true or false"),
        ("min()", "wrong number of arguments"),
        ("min([])", "min takes at least one number"),
        ("max(empty)", "max takes at least one number"),
        ("max(list, 1)", "max takes numbers, not a value of the type array"),
        ("sum('a')", "sum takes numbers"),
        ("sum([yes])", "sum takes numbers"),
        ("abs(text)", "abs takes numbers"),
        ("round(1.5, 0.5)", "whole number of digits"),
        ("round(1.5, 999)", "whole number of digits"),
        ("round(1.5, text)", "whole number of digits"),
        ("round(text)", "round takes numbers"),
        ("sqrt(-1)", "a negative number has no square root"),
        ("(-8) ** 0.5", "a negative number has no power with a fraction"),
        ("len(1)", "len takes a text, an array or an object"),
        ("len(nothing)", "len takes a text, an array or an object, not null"),
        ("x < text", "no order between a number and a string"),
        ("yes < nothing", "no order between a boolean and null"),
    ],
)
def test_an_operation_on_what_it_does_not_take_is_an_error(expression: str, reason: str) -> None:
    error = failure("calculate", expression=expression, values=VALUES)
    assert error.code in ("invalid_operation", "not_comparable", "invalid_input")
    assert reason in error.message


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("", 1),
        ("   ", 4),
        ("1 +", 4),
        ("1 + + ", 7),
        ("(1", 3),
        ("1)", 2),
        ("1 2", 3),
        ("x y", 3),
        ("*1", 1),
        ("1 ** ", 6),
        ("2x", 1),
        ("1 = 1", 3),
        ("1 <> 1", 4),
        ("a ! b", 3),
        ("a && b", 3),
        ("'open", 1),
        ("'esc\\'", 1),
        ("x.", 2),
        ("x .y", 3),
        ("list[0]", 5),
        ("[1, 2", 6),
        ("[1,, 2]", 4),
        ("min(1,)", 7),
        ("1 + not true", 5),
        ("1 if true else 2", 3),
        ("lambda: 1", 7),
        ("{}", 1),
        ("x := 1", 3),
        ("f'{x}'", 2),
        ("1_000", 1),
        ("0x10", 1),
        ("1j", 1),
        ("1; 2", 2),
        ("# comment", 1),
        ("\x00", 1),
    ],
)
def test_an_expression_that_cannot_be_read_is_refused_with_the_place(
    expression: str, place: int
) -> None:
    message = refusal("calculate", expression=expression, values=VALUES)
    assert message == f"Input 'expression' cannot be read from position {place} on"


@pytest.mark.parametrize(
    "name", ["nobody", "x.real", "text.upper", "row.__class__", "__import__", "list.9", "list.x"]
)
def test_a_name_without_value_is_told(name: str) -> None:
    message = refusal("calculate", expression=f"1 + {name}", values=VALUES)
    assert message == f"Input 'expression' uses the name '{name}', which has no value"


@pytest.mark.parametrize("call", ["eval('1')", "open('x')", "__import__('os')", "x(1)", "str(1)"])
def test_no_function_but_the_named_ones_can_be_called(call: str) -> None:
    message = refusal("calculate", expression=call, values=VALUES)
    assert "there are min, max, abs, round, sum, len, floor, ceil, sqrt" in message


def test_an_error_does_not_repeat_a_value() -> None:
    values = {"x": "s3cret"}
    assert "s3cret" not in failure("calculate", expression="x + 1", values=values).message


@pytest.mark.parametrize("literal", ["9" * 39, "1e999", "9" * 400 + ".0"])
def test_a_number_that_is_none_of_ours_is_refused(literal: str) -> None:
    assert "Input 'expression' holds" in refusal("calculate", expression=literal)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 101 + "1" + ")" * 101,
        "[" * 101 + "]" * 101,
        "2**" * 101 + "1",
        "abs(" * 101,
        "(" * 2000,
        "min([" * 400,
        "(1+(1*(" * 300,
    ],
)
def test_deep_nesting_is_refused(expression: str) -> None:
    message = refusal("calculate", expression=expression)
    assert message == "Input 'expression' is nested more than 100 deep"


def test_long_chains_are_no_nesting() -> None:
    assert calculate("+".join(["1"] * 2000)) == 2000
    assert calculate("-" * 3998 + "1") == 1
    assert calculate(" and ".join(["yes"] * 400)) is True
    assert calculate("<".join(map(str, range(800)))) is True
    assert calculate("not " * 998 + "yes") is True


def test_an_expression_is_bounded_in_length() -> None:
    assert "at most 4000" in refusal("calculate", expression="1" + " " * 4000)


NUMBERS = st.integers(-(10**18), 10**18) | st.floats(-1e9, 1e9).map(lambda n: round(n, 3))


@given(NUMBERS, NUMBERS, st.sampled_from(["+", "-", "*", "/", "//", "%"]))
def test_arithmetic_is_pythons(left: float, right: float, sign: str) -> None:
    if sign in ("/", "//", "%") and right == 0:
        return
    values = {"a": left, "b": right}
    found = run("calculate", expression=f"a {sign} b", values=values)["result"]
    assert found == eval(f"left {sign} right")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0))
def test_a_literal_is_the_double_that_it_spells(number: float) -> None:
    assert calculate(repr(number)) == number


@given(st.text(alphabet="0123456789.+-*/%<>=!()[], xyminorade'", max_size=60))
def test_any_text_has_a_value_or_a_clear_error(text: str) -> None:
    try:
        result = run("calculate", expression=text, values=VALUES)["result"]
    except NodeError as error:
        result = error.message
    assert not isinstance(result, float) or math.isfinite(result)
