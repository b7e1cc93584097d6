"""The threat model and the table of ASVS name tests that there are, and leave nothing unproved."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODEL, ASVS = ROOT / "docs" / "threat-model.md", ROOT / "docs" / "asvs.md"

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_PAGE = re.compile(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)")
_THREAT = re.compile(r"^\| (T\d+) \|.*$", re.MULTILINE)
_REQUIREMENT = re.compile(r"^\| (\d+\.\d+\.\d+) \|.*$", re.MULTILINE)
UNPROVED = ("**Not met**", "**In part**", "**Of AWS**")
"""How a requirement's row begins to say that no test of ours holds it; it goes on with why."""


def rows(page: Path, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """The number of each row with all of it."""
    return [(found[1], found[0]) for found in pattern.finditer(page.read_text("utf-8"))]


THREATS, REQUIREMENTS = rows(MODEL, _THREAT), rows(ASVS, _REQUIREMENT)


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


@pytest.mark.parametrize("page", [MODEL, ASVS], ids=lambda page: page.name)
def test_each_test_that_is_named_exists(page: Path) -> None:
    named = _TEST.findall(page.read_text("utf-8"))
    gone = [f"{path}::{name}" for path, name in named
            if not (ROOT / path).exists() or name not in defined_in(path)]  # fmt: skip
    assert named
    assert gone == []


@pytest.mark.parametrize("page", [MODEL, ASVS], ids=lambda page: page.name)
def test_each_page_that_is_named_exists(page: Path) -> None:
    named = _PAGE.findall(page.read_text("utf-8"))
    assert [one for one in named if not (page.parent / one).exists()] == []


@pytest.mark.parametrize(("number", "row"), THREATS)
def test_a_threat_has_a_test_beside_it(number: str, row: str) -> None:
    assert _TEST.search(row)


@pytest.mark.parametrize(("number", "row"), REQUIREMENTS)
def test_a_requirement_has_a_test_or_says_why_not(number: str, row: str) -> None:
    assert _TEST.search(row) or _PAGE.search(row) or any(one in row for one in UNPROVED)


@pytest.mark.parametrize("numbers", [THREATS, REQUIREMENTS], ids=["threats", "requirements"])
def test_they_are_numbered_once_and_in_order(numbers: list[tuple[str, str]]) -> None:
    found = [[int(one) for one in number.lstrip("T").split(".")] for number, _ in numbers]
    assert found
    assert found == sorted(found)
    assert len({number for number, _ in numbers}) == len(numbers)
