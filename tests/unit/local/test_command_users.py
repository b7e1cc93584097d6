"""`strata users`: on a folder, and beside a platform that runs there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strata.local.platform import open_platform
from strata.platform import Platform
from strata.store import users
from tests.held_platform import OTHER_USER, USER, add_user
from tests.unit.local.command_line import strata


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Platform]:
    """A platform runs on the folder, with two users."""
    with open_platform(tmp_path) as local:
        for one in (USER, OTHER_USER):
            add_user(local.platform, one)
        yield local.platform


def answered(*arguments: object) -> Any:
    done = strata("users", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_the_first_admin_comes_to_be_beside_a_platform_that_runs(
    running: Platform, tmp_path: Path
) -> None:
    told = answered("role", f"{USER}@example.com", "admin", "--data", tmp_path)
    assert (told["id"], told["role"]) == (USER, "admin")
    found = users.by_id(USER, running)
    assert found is not None
    assert found.role == "admin"


def test_a_list_holds_everybody_newest_first(running: Platform, tmp_path: Path) -> None:
    told = answered("list", "--data", tmp_path)
    assert [one["id"] for one in told] == [OTHER_USER, USER]
    told = answered("list", "--email", USER, "--data", tmp_path)
    assert [one["id"] for one in told] == [USER]


def test_a_list_goes_on_from_page_to_page(running: Platform, tmp_path: Path) -> None:
    for number in range(120):
        add_user(running, f"usr_{number:026}" + "x")
    assert len(answered("list", "--data", tmp_path)) == 122


def test_a_person_is_told_in_sentences(running: Platform, tmp_path: Path) -> None:
    done = strata("users", "role", f"{USER}@example.com", "operator", "--data", tmp_path)
    assert done.output == f"{USER}@example.com is operator now.\n"
    ada = users.by_id(USER, running)
    assert ada is not None
    users.change_standing(ada, "operator", "disabled", running)
    done = strata("users", "list", "--data", tmp_path)
    day = ada.created_at[:10]
    assert f"{USER}  {day}  {USER}@example.com  (operator, disabled)" in done.output
    nobody = strata("users", "list", "--email", "eve", "--data", tmp_path)
    assert nobody.output == "Nobody.\n"


@pytest.mark.parametrize(
    ("email", "role", "told"),
    [
        ("eve@example.com", "admin", "Nobody is registered with this e-mail address."),
        (f"{USER}@example.com", "king", "A role is one of member, operator, admin."),
    ],
)
def test_what_cannot_be_is_told(
    running: Platform, tmp_path: Path, email: str, role: str, told: str
) -> None:
    done = strata("users", "role", email, role, "--data", tmp_path)
    assert done.exit_code == 1
    assert told in done.output


def test_the_last_admin_stays_one(running: Platform, tmp_path: Path) -> None:
    answered("role", f"{USER}@example.com", "admin", "--data", tmp_path)
    done = strata("users", "role", f"{USER}@example.com", "member", "--data", tmp_path)
    assert (done.exit_code, "admin" in done.output) == (1, True)


def test_a_folder_without_a_platform_is_told(tmp_path: Path) -> None:
    done = strata("users", "list", "--data", tmp_path / "none")
    assert done.exit_code == 2
    assert "no platform has kept its data here" in done.output
