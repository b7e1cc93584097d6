import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from strata import audit
from strata.clock import first_id
from strata.model.errors import InvalidCursor, Unavailable
from strata.model.origin import Origin
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import ABSENT, Put
from strata.store.audit import Span
from tests.held_clock import START, HeldClock
from tests.held_platform import OTHER_USER, USER
from tests.watched_table import watched

ORIGIN = Origin("192.0.2.7", "curl/8.5.0 stk_swordfish", "req-1")
DAY = 86_400


def entries(platform: Platform, user_id: str = USER, **given: Any) -> list[dict[str, Any]]:
    found = audit.listing(user_id, page=PageRequest(100), platform=platform, **given)
    return list(found["items"])


def actions(platform: Platform, **given: Any) -> list[str]:
    return [entry["action"] for entry in entries(platform, **given)]


def milliseconds(seconds: float) -> int:
    return int((START + timedelta(seconds=seconds)).timestamp() * 1000)


def test_an_entry_tells_who_did_what_to_what_when_from_where_and_what_came_of_it(
    held: Platform,
) -> None:
    audit.record(
        USER,
        "delete_graph",
        result="version_conflict",
        origin=ORIGIN,
        by="ses_1",
        resource="gph_1",
        platform=held,
    )
    (entry,) = entries(held)
    assert entry.pop("id").startswith("aud_")
    assert entry == {
        "at": "2026-03-01T12:00:00.000Z",
        "actor": USER,
        "by": "ses_1",
        "action": "delete_graph",
        "resource": "gph_1",
        "result": "version_conflict",
        "source": "192.0.2.7",
        "user_agent": ORIGIN.user_agent,
        "request_id": "req-1",
    }


def test_what_another_did_to_a_user_stands_in_the_log_of_that_user(held: Platform) -> None:
    audit.record(USER, "role_set_to_admin", actor=audit.SYSTEM, platform=held)
    assert [entry["actor"] for entry in entries(held)] == ["system"]
    assert entries(held, OTHER_USER) == []


def test_the_newest_entry_comes_first(held: Platform) -> None:
    for action in ("first", "second", "third"):
        audit.record(USER, action, platform=held)
    assert actions(held) == ["third", "second", "first"]


def test_a_list_takes_one_action_alone(held: Platform) -> None:
    for action in ("log_in", "create_graph", "log_in"):
        audit.record(USER, action, platform=held)
    assert actions(held, action="log_in") == ["log_in", "log_in"]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(), ["c", "b", "a"]),
        (Span(since=milliseconds(10)), ["c", "b"]),
        (Span(until=milliseconds(10)), ["a"]),
        (Span(milliseconds(10), milliseconds(20)), ["b"]),
        (Span(milliseconds(20), milliseconds(10)), []),
        (Span(since=-(10**15)), ["c", "b", "a"]),
        (Span(until=-1), []),
    ],
)
def test_a_list_takes_a_time_from_its_beginning_to_before_its_end(
    held: Platform, clock: HeldClock, span: Span, expected: list[str]
) -> None:
    for action in "abc":
        audit.record(USER, action, platform=held)
        clock.sleep(10)
    assert actions(held, span=span) == expected


def test_an_id_sorts_after_the_first_one_of_its_time(clock: HeldClock) -> None:
    at = milliseconds(0)
    assert first_id("aud", at) <= clock.new_id("aud") < first_id("aud", at + 1)


def test_pages_go_on_where_the_last_one_ended_also_when_entries_have_come_since(
    held: Platform,
) -> None:
    for number in range(5):
        audit.record(USER, f"a{number}", platform=held)
    first = audit.listing(USER, page=PageRequest(2), platform=held)
    audit.record(USER, "late", platform=held)
    second = audit.listing(USER, page=PageRequest(3, first["next_cursor"]), platform=held)
    assert [one["action"] for one in second["items"]] == ["a2", "a1", "a0"]


def test_a_cursor_of_another_user_is_refused(held: Platform) -> None:
    for _ in range(2):
        audit.record(USER, "log_in", platform=held)
    cursor = audit.listing(USER, page=PageRequest(1), platform=held)["next_cursor"]
    with pytest.raises(InvalidCursor):
        audit.listing(OTHER_USER, page=PageRequest(1, cursor), platform=held)


def test_an_entry_is_told_for_400_days(held: Platform, clock: HeldClock) -> None:
    audit.record(USER, "log_in", platform=held)
    clock.sleep(400 * DAY - 1)
    assert actions(held) == ["log_in"]


def test_an_entry_is_told_no_more_after_400_days_though_the_table_still_has_it(
    held: Platform, clock: HeldClock
) -> None:
    audit.record(USER, "log_in", platform=held)
    clock.sleep(400 * DAY)
    assert actions(held) == []


def test_an_entry_is_written_only_where_there_is_none(held: Platform) -> None:
    written: list[Any] = []
    platform, _ = watched(held, before=lambda _, write: written.append(write))
    audit.record(USER, "log_in", platform=platform)
    (put,) = written
    assert isinstance(put, Put)
    assert put.when == ABSENT


def test_the_line_in_the_log_holds_no_text_of_the_client(held: Platform, told: StringIO) -> None:
    audit.record(USER, "log_in", origin=ORIGIN, platform=held)
    (line,) = [json.loads(one) for one in told.getvalue().splitlines()]
    wanted = {"message": "audit", "action": "log_in", "source": "192.0.2.7", "user_id": USER}
    assert wanted.items() <= line.items()
    assert "swordfish" not in told.getvalue()


def test_without_a_user_there_is_the_line_alone(held: Platform, told: StringIO) -> None:
    platform, table = watched(held)
    audit.record("", "log_in", result="invalid_credentials", platform=platform)
    assert not table.calls
    assert json.loads(told.getvalue())["result"] == "invalid_credentials"


def test_what_cannot_be_kept_raises_nothing_and_is_an_error_with_the_same_facts(
    held: Platform, told: StringIO
) -> None:
    platform, _ = watched(held, before=down)
    audit.record(USER, "delete_graph", resource="gph_1", platform=platform)
    line, metric = [json.loads(one) for one in told.getvalue().splitlines()]
    wanted = {"level": "ERROR", "action": "delete_graph", "resource": "gph_1", "user_id": USER}
    assert wanted.items() <= line.items()
    assert metric["AuditFailures"] == [1.0]


def test_a_resource_of_any_length_is_cut(held: Platform) -> None:
    audit.record(USER, "try_node", resource="x" * 10_000, platform=held)
    assert entries(held)[0]["resource"] == "x" * 300


def down(*_: object) -> None:
    raise Unavailable
