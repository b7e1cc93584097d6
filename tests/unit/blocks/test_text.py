"""The blocks on text."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strata.blocks.template
from strata.blocks import matching, rendering
from strata.model.errors import InvalidInput
from tests.unit.blocks.world import failure, refusal, run


def test_numbers_are_joined_as_json_writes_them() -> None:
    assert run("text_join", items=["a", 1, 2.0, 1e16], separator=" ")["text"] == "a 1 2.0 1e+16"


def test_no_pieces_join_to_an_empty_text() -> None:
    assert run("text_join", items=[], separator=",")["text"] == ""


def test_a_join_that_would_be_huge_is_refused_before_it_is_made() -> None:
    error = failure("text_join", items=["a"] * 10_000, separator="x" * 1_000_000)
    assert error.code == "too_large"


@pytest.mark.parametrize(
    ("text", "separator", "pieces"),
    [
        ("a,b", ",", ["a", "b"]),
        (",a,", ",", ["", "a", ""]),
        ("", ",", [""]),
        ("abc", ",", ["abc"]),
        ("a\r\nb", "\r\n", ["a", "b"]),
        ("a--b-", "--", ["a", "b-"]),
    ],
)
def test_a_text_is_split_at_each_separator(text: str, separator: str, pieces: list[str]) -> None:
    assert run("text_split", text=text, separator=separator)["items"] == pieces


@pytest.mark.parametrize(("limit", "pieces"), [(0, ["a,b,c"]), (1, ["a", "b,c"]), (9, list("abc"))])
def test_the_limit_is_the_most_splits(limit: int, pieces: list[str]) -> None:
    assert run("text_split", text="a,b,c", separator=",", limit=limit)["items"] == pieces


@given(st.text(), st.text(min_size=1))
def test_what_was_split_joins_again(text: str, separator: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text + separator):
        return
    pieces = run("text_split", text=text, separator=separator)["items"]
    assert run("text_join", items=pieces, separator=separator)["text"] == text


def test_a_replacement_is_not_looked_through_again() -> None:
    assert run("text_replace", text="aaa", find="aa", replace="a") == {"text": "aa", "count": 1}


def test_nothing_found_is_nothing_replaced() -> None:
    assert run("text_replace", text="abc", find="x", replace="y") == {"text": "abc", "count": 0}


def test_what_is_looked_for_is_no_pattern() -> None:
    assert run("text_replace", text="a.c abc", find="a.c", replace=r"\0")["text"] == r"\0 abc"


def test_an_empty_text_to_look_for_is_refused() -> None:
    assert "Input 'find'" in refusal("text_replace", text="abc", find="", replace="x")


def test_a_replacement_that_would_be_huge_is_refused_before_it_is_made() -> None:
    error = failure("text_replace", text="a" * 100_000, find="a", replace="b" * 100_000)
    assert error.code == "too_large"


def test_all_matches_are_found_from_the_left() -> None:
    assert run("regex_extract", text="a1 b22", pattern=r"\d+") == {
        "match": "1",
        "matches": ["1", "22"],
    }


def test_a_group_is_taken_by_number_or_name() -> None:
    for group in (1, 1.0, "city"):
        found = run("regex_extract", text="in Rome", pattern="in (?P<city>.+)", group=group)
        assert found["match"] == "Rome"


def test_a_group_without_part_in_the_match_is_null() -> None:
    found = run("regex_extract", text="a ab", pattern="a(b)?", group=1)
    assert found == {"match": None, "matches": [None, "b"]}


def test_a_text_without_match_comes_out_at_unmatched() -> None:
    assert run("regex_extract", text="abc", pattern="x") == {"unmatched": "abc"}
    assert run("regex_extract", text="", pattern="x") == {"unmatched": ""}


def test_an_empty_match_is_a_match() -> None:
    assert run("regex_extract", text="", pattern="x*") == {"match": "", "matches": [""]}


@pytest.mark.parametrize("group", [2, -1, "nobody", 10**30])
def test_a_group_that_the_pattern_lacks_is_refused(group: Any) -> None:
    assert "Input 'group'" in refusal("regex_extract", text="a", pattern="(a)", group=group)


@pytest.mark.parametrize("pattern", ["(", "[a", "*", "(?P<a>x)(?P<a>", r"\p{No such}", "a" * 1001])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    assert "Input 'pattern'" in refusal("regex_extract", text="a", pattern=pattern)


def test_a_pattern_nested_without_end_is_refused() -> None:
    assert "Input 'pattern'" in refusal("regex_extract", text="a", pattern="(" * 500 + ")" * 500)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:(?:(?:a{100}){100}){100}){100}",
        "a{100000000}",
        "(?x)(?:(?:a{99}) {99} #]\n{99})",
        "(?:" * 20 + "a" + "{2})" * 20,
    ],
)
def test_a_pattern_that_unrolls_to_gigabytes_is_refused(pattern: str) -> None:
    assert "Input 'pattern'" in refusal("regex_extract", text="a", pattern=pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", "550e8400-e29b-41d4"),
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", "2026-11-21T00:30:00"),
        (r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", "00:1B:44:11:3A:B7"),
        (r".{1,5000}", "abc"),
    ],
)
def test_repeats_of_every_day_are_allowed(pattern: str, text: str) -> None:
    assert run("regex_extract", text=text, pattern=pattern)["match"] == text


SLOW, SLOW_TEXT = r"(?:a|aa)+$", "a" * 60 + "b"


def test_a_pattern_that_takes_for_ever_is_cut_off() -> None:
    error = failure("regex_extract", text=SLOW_TEXT, pattern=SLOW)
    assert (error.code, error.retryable) == ("too_slow", False)


def test_an_operator_that_takes_for_ever_is_cut_off() -> None:
    error = failure("condition", left=SLOW_TEXT, operator="matches", right=SLOW)
    assert error.code == "too_slow"


def test_a_pattern_that_takes_all_memory_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hungry:
        def finditer(self, text: str, timeout: float) -> Iterator[None]:
            raise MemoryError

    monkeypatch.setattr(matching, "_compiled", lambda pattern, pin: Hungry())
    assert failure("regex_extract", text="a", pattern="a").code == "too_large"


def test_matches_without_end_are_too_many() -> None:
    error = failure("regex_extract", text="a" * 1_000_001, pattern="a")
    assert error.code in ("too_large", "too_slow")


def template(text: str, values: Any = None, **more: Any) -> str:
    rendered = run("text_template", template=text, values=values or {}, **more)["text"]
    assert isinstance(rendered, str)
    return rendered


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a", "a"),
        (1, "1"),
        (2.0, "2.0"),
        (0.1, "0.1"),
        (True, "true"),
        (None, ""),
        ([1, "ä"], '[1, "ä"]'),
        ({"a": None}, '{"a": null}'),
        ("<&>\"'", "<&>\"'"),
    ],
)
def test_a_value_is_written_as_text_or_json(value: Any, written: str) -> None:
    assert template("{{ it }}", {"it": value}) == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain { } }}", "plain { } }}"),
        ("{{a}}{{ a }}{{\ta\n}}", "111"),
        ("{{missing}}.", "."),
        ("{{o.k}} {{o.k.x}} {{o.no}}", "v  "),
        ("{{l.0}} {{l.1}} {{l.9}} {{l.x}}", "x y  "),
        ("{{first name}}", "Ada"),
        ("{{a}}{{! a comment }}{{a}}", "11"),
        ("{{! with {{braces }}{{a}}", "1"),
        ("{{!\nlines\n}}{{a}}", "1"),
        ("{{{a}}} {{&a}}", "1 1"),
        ("{{#l}}<{{.}}>{{/l}}", "<x><y>"),
        ("{{#rows}}{{n}}{{a}};{{/rows}}", "11;21;"),
        ("{{#o}}{{k}}{{/o}}", "v"),
        ("{{#o.k}}{{.}}{{/o.k}}", "v"),
        ("{{#yes}}y{{/yes}}{{^yes}}n{{/yes}}", "y"),
        ("{{#no}}y{{/no}}{{^no}}n{{/no}}", "n"),
        ("{{#none}}y{{/none}}{{^none}}n{{/none}}", "n"),
        ("{{#empty}}y{{/empty}}{{^empty}}n{{/empty}}", "n"),
        ("{{#blank}}y{{/blank}}{{^blank}}n{{/blank}}", "n"),
        ("{{#missing}}y{{/missing}}{{^missing}}n{{/missing}}", "n"),
        ("{{#zero}}{{.}}{{/zero}}", "0"),
        ("{{#rows}}{{#n}}{{.}}{{/n}}{{/rows}}", "12"),
        ("{{#nested}}{{#.}}{{.}}{{/.}};{{/nested}}", "12;3;"),
        ("{{#rows}}{{o.k}}{{/rows}}", "vv"),
        ("{{#shadow}}{{o.k}}{{/shadow}}", ""),
    ],
)
def test_names_and_sections_are_mustaches(text: str, expected: str) -> None:
    values = {
        "a": 1,
        "o": {"k": "v"},
        "l": ["x", "y"],
        "rows": [{"n": 1}, {"n": 2}],
        "first name": "Ada",
        "yes": True,
        "no": False,
        "none": None,
        "empty": [],
        "blank": "",
        "zero": 0,
        "nested": [[1, 2], [3]],
        "shadow": {"o": {}},
    }
    assert template(text, values) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n{{#l}}\n- {{.}}\n{{/l}}\nb", "a\n- 1\n- 2\nb"),
        ("a\n  {{#l}}  \n- {{.}}\n\t{{/l}}\t\nb\n", "a\n- 1\n- 2\nb\n"),
        ("{{#l}}\r\n- {{.}}\r\n{{/l}}\r\nb", "- 1\r\n- 2\r\nb"),
        ("{{#l}}\n{{.}}\n{{/l}}", "1\n2\n"),
        ("a {{#l}}\n{{.}}{{/l}}", "a \n1\n2"),
        ("{{! alone }}\na", "a"),
        ("{{! alone\n on two lines }}\na", "a"),
        ("a\n{{.}}\nb", "a\n{}\nb"),
        ("{{#l}}{{/l}}\na", "\na"),
        ("|{{^no}}\n x\n{{/no}}\n|", "|\n x\n|"),
    ],
)
def test_a_section_tag_alone_on_its_line_takes_the_line_away(text: str, expected: str) -> None:
    values: dict[str, Any] = {"l": [1, 2]} if "{{.}}\nb" not in text or "#l" in text else {}
    assert template(text, values) == expected


def test_html_escapes_values_but_not_what_asks_to_be_left_alone() -> None:
    rendered = template("<b>{{v}}</b>{{{v}}}{{&v}}", {"v": "<'\"&>"}, format="html")
    assert rendered == "<b>&lt;&#x27;&quot;&amp;&gt;</b><'\"&><'\"&>"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n{{", 2),
        ("{{a}", 1),
        ("{{a\n}", 1),
        ("{{}}", 1),
        ("{{ }}", 1),
        ("{{a..b}}", 1),
        ("{{#}}x{{/}}", 1),
        ("a\n\n{{#a}}", 3),
        ("{{/a}}", 1),
        ("{{#a}}\n{{/b}}", 2),
        ("{{#a}}\n{{#b}}{{/a}}{{/b}}", 2),
        ("\n{{>partial}}", 2),
        ("{{=<% %>=}}", 1),
        ("{{{a}}", 1),
        ("{{!", 1),
        ("{{#a}}\n\n{{/a}}\n{{#a}}\n\n\n{{", 7),
    ],
)
def test_a_template_that_cannot_be_read_is_refused_with_its_line(text: str, line: int) -> None:
    assert refusal("text_template", template=text).endswith(f"(line {line})")


def test_a_template_sees_no_more_than_its_values() -> None:
    for name in ("__class__", "values.__init__", "keys", "a.__class__.__mro__", "a.upper"):
        assert template("{{" + name + "}}", {"a": "text"}) == ""


def test_what_a_value_holds_is_not_a_template_itself() -> None:
    assert template("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"


def test_sections_nest_so_deep_and_no_deeper() -> None:
    assert template("{{#a}}" * 49 + "x" + "{{/a}}" * 49, {"a": True}) == "x"
    deep = "{{#a}}" * 50 + "{{/a}}" * 50
    assert "more than 50 deep" in refusal("text_template", template=deep)


def test_a_template_that_multiplies_its_work_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_STEPS", 100_000)
    text = "{{#a}}" * 20 + "{{/a}}" * 20
    error = failure("text_template", template=text, values={"a": [1] * 10})
    assert error.code == "too_slow"


def test_a_template_that_multiplies_its_text_is_cut_off() -> None:
    text = "{{#a}}{{b}}{{/a}}"
    error = failure("text_template", template=text, values={"a": [1] * 1000, "b": "x" * 100_000})
    assert error.code == "too_large"


def test_a_template_has_so_many_tags_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strata.blocks.template, "MAX_TAGS", 100)
    assert template("{{a}}" * 100, {"a": 1}) == "1" * 100
    assert "more than 100 tags" in refusal("text_template", template="{{a}}" * 101)


def test_many_tags_on_one_long_line_take_no_square_of_time() -> None:
    text = "{{#a}}{{/a}}" * 40_000
    assert template(text + "x" * 400_000, {"a": True}) == "x" * 400_000


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_without_braces_comes_out_as_it_is(text: str) -> None:
    plain = text.replace("{{", "")
    if "{{" not in plain:
        assert template(plain) == plain


@given(st.text(alphabet=list("{}#^/!&>=. \nab"), max_size=40))
def test_any_template_is_rendered_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert isinstance(template(text, {"a": [1], "b": {"a": 0}}), str)
