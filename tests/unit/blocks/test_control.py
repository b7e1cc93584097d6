"""Switch and fail."""

from typing import Any

import pytest

from strata.blocks import registry
from strata.blocks.control import MAX_CASES
from strata.compiler.checks import check
from tests.builders import graph, node
from tests.unit.blocks.world import failure, refusal, run

SIZES = [
    {"name": "none", "operator": "empty"},
    {"name": "small", "operator": "<", "value": 10},
    {"name": "large", "operator": "<", "value": 100},
    {"name": "exact", "value": 100},
]


def cases(*changes: dict[str, Any]) -> list[str]:
    """The messages on the cases of a switch."""
    listed = [{"name": "a", "value": 1} | one for one in changes]
    return problems(node("s", "switch", value=1, cases=listed))


def problems(*nodes: Any, links: tuple[str, ...] = ()) -> list[str]:
    return [one.message for one in check(graph(nodes, *links), registry())]


class TestSwitch:
    @pytest.mark.parametrize(
        ("value", "arm"),
        [(3, "small"), (10, "large"), (100, "exact"), (1000, "default"), (100.0, "exact")],
    )
    def test_the_first_case_that_holds_gets_the_value(self, value: Any, arm: str) -> None:
        assert run("switch", value=value, cases=SIZES[1:]) == {arm: value, "matched": arm}

    def test_null_is_a_value_like_any_other(self) -> None:
        assert run("switch", value=None, cases=SIZES) == {"none": None, "matched": "none"}

    def test_what_cannot_be_compared_is_an_error_that_names_the_case(self) -> None:
        error = failure("switch", value="ten", cases=SIZES)
        assert error.code == "not_comparable"
        assert "(case 'small')" in error.message

    def test_a_case_after_the_one_that_holds_is_not_looked_at(self) -> None:
        texts = [{"name": "ten", "value": "ten"}, *SIZES[1:]]
        assert run("switch", value="ten", cases=texts)["matched"] == "ten"

    def test_a_bad_pattern_is_the_fault_of_the_cases(self) -> None:
        bad = [{"name": "a", "operator": "matches", "value": "("}]
        assert refusal("switch", value="x", cases=bad).startswith("Input 'cases'")

    def test_cases_that_the_check_would_refuse_are_refused_again(self) -> None:
        twice = [SIZES[3], SIZES[3]]
        assert "at position 1 must have a name of its own" in refusal(
            "switch", value=1, cases=twice
        )


class TestCases:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": "default"}, "must have a name of its own, and none of default"),
            ({"name": "error"}, "must have a name of its own"),
            ({"name": "matched"}, "must have a name of its own"),
            ({"name": "1st"}, "must have a name of letters"),
            ({"name": "a.b"}, "must have a name of letters"),
            ({"name": "x" * 65}, "must have a name of letters"),
            ({"name": "a\n"}, "must have a name of letters"),
            ({"name": 7}, "must have a name of letters"),
            ({"operator": "=~"}, "must have an operator of =="),
            ({"colour": "red"}, "must have a name, an operator and a value"),
        ],
    )
    def test_a_wrong_case_is_a_problem_of_the_graph(
        self, changes: dict[str, Any], sentence: str
    ) -> None:
        [found] = cases(changes)
        assert found.startswith(f"The value of 'cases' at position 0 {sentence}")

    def test_each_name_is_there_once(self) -> None:
        [found] = cases({}, {"name": "b"}, {})
        assert "at position 2 must have a name of its own" in found

    def test_only_the_operator_empty_needs_no_value(self) -> None:
        bare = [{"name": "a", "operator": "empty"}, {"name": "b"}]
        [found] = problems(node("s", "switch", value=1, cases=bare))
        assert "at position 1 must have a value for the operator ==" in found

    @pytest.mark.parametrize("listed", [[], [{"name": f"c{at}", "value": at} for at in range(51)]])
    def test_there_are_1_to_50(self, listed: list[Any]) -> None:
        assert len(problems(node("s", "switch", value=1, cases=listed))) == 1
        assert MAX_CASES == 50

    @pytest.mark.parametrize("listed", [7, "x", {"name": "a"}, [1], [["a"]], [None]])
    def test_what_is_no_list_of_cases_is_a_problem_and_no_crash(self, listed: Any) -> None:
        away = node("far", "json_format")
        found = problems(
            node("s", "switch", value=1, cases=listed), away, links=("s.a -> far.value",)
        )
        assert len(found) == 2
        assert any("has no output 'a'" in one for one in found)

    def test_a_link_may_leave_each_case_and_no_other_pin(self) -> None:
        switch = node("s", "switch", value=1, cases=SIZES[1:])
        arms = ("small", "large", "exact", "default", "matched", "error", "none")
        outs = [node(f"to_{arm}", "json_format") for arm in arms]
        links = tuple(f"s.{arm} -> to_{arm}.value" for arm in arms)
        assert problems(switch, *outs, links=links) == ["The block 'switch' has no output 'none'."]

    def test_cases_take_no_link(self) -> None:
        found = problems(
            node("c", value=SIZES), node("s", "switch", value=1), links=("c.value -> s.cases",)
        )
        assert found == ["The input 'cases' must be a value of the graph, it takes no link."]


class TestFail:
    def test_it_fails_with_the_code_and_the_message_of_the_graph(self) -> None:
        error = failure("fail", message="No rain.", code="no_rain")
        assert (error.code, error.message, error.retryable) == ("no_rain", "No rain.", False)

    def test_its_code_is_failed_if_it_has_none(self) -> None:
        assert failure("fail", message="").code == "failed"

    @pytest.mark.parametrize("code", ["", "No", "a-b", "1a", "é", "a b", "x" * 65, "a\n"])
    def test_a_code_is_in_snake_case(self, code: str) -> None:
        assert len(problems(node("f", "fail", message="x", code=code))) == 1
        assert "must match" in refusal("fail", message="x", code=code)
