"""Commands: who may call the function may give them; what cannot be is told, not raised."""

import json
from io import StringIO
from typing import Any

import pytest

from strata import maintenance
from strata.model.errors import Unavailable
from strata.model.user import User
from strata.platform import Platform
from strata.store import keys, users
from tests.held_platform import USER
from tests.watched_table import watched

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")


def run(platform: Platform, **event: Any) -> Any:
    return maintenance.run(event, lambda: True, platform=platform)


def test_without_a_command_it_does_what_is_done_each_day(held: Platform) -> None:
    assert run(held, source="aws.events") == {"rotated": False, "retired": 0}
    assert held.table.get(keys.signing_ring()) is not None


@pytest.mark.parametrize("command", ["", "x", "Keep", None, 7, ["keep"], "rotate_signing_key "])
def test_a_command_that_there_is_not_is_refused(held: Platform, command: object) -> None:
    told = run(held, command=command)
    assert told == {"error": {"code": "invalid_request", "message": "There is no such command."}}


@pytest.mark.parametrize(
    "event",
    [
        {"command": "reseal", "cursor": 7},
        {"command": "set_role", "email": "ada@example.com"},
        {"command": "set_role", "role": "admin"},
        {"command": "set_role", "email": ["ada@example.com"], "role": "admin"},
    ],
)
def test_what_a_command_lacks_is_told(held: Platform, event: dict[str, Any]) -> None:
    assert "needs a text" in run(held, **event)["error"]["message"]


def test_a_role_is_set(held: Platform) -> None:
    users.add(ADA, held)
    assert run(held, command="set_role", email=ADA.email, role="admin")["role"] == "admin"


def test_of_somebody_who_is_not_registered_nothing_is_set(held: Platform) -> None:
    told = run(held, command="set_role", email="nobody@example.com", role="admin")
    assert told["error"]["code"] == "not_found"


def test_a_dependency_that_is_down_is_a_failure_of_the_call(held: Platform) -> None:
    def down(*_: object) -> None:
        raise Unavailable

    with pytest.raises(Unavailable):
        run(watched(held, before=down)[0], command="rotate_signing_key")


def test_a_line_says_what_was_done_in_numbers_and_names_nobody(
    held: Platform, told: StringIO
) -> None:
    users.add(ADA, held)
    run(held, command="rotate_signing_key")
    run(held, command="set_role", email=ADA.email, role="operator")
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    done = [line for line in lines if line.get("message") == "maintenance"]
    assert [(line["command"], line.get("rotated")) for line in done] == [
        ("rotate_signing_key", True),
        ("set_role", None),
    ]
    assert ADA.email not in told.getvalue()
