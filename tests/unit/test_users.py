"""Administration: who there is, what they may do, and that somebody always may."""

from io import StringIO
from typing import Any

import pytest

from strata import audit, executions, graphs, reconciling, slots, users
from strata.model.errors import (
    InvalidBody,
    InvalidCursor,
    LastAdmin,
    NotFound,
    OwnAccount,
    PermissionDenied,
    StrataError,
    Unavailable,
    UserLeaving,
    VersionConflict,
)
from strata.model.origin import NOWHERE, Origin
from strata.model.user import ROLES, Caller, User
from strata.paging import PageRequest
from strata.platform import Platform
from strata.store import users as stored
from strata.users import Wanted
from tests.at_once import at_once
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER, HeldMachines, add_user
from tests.unit.pages import all_items
from tests.unit.test_slots import limited
from tests.watched_table import after_first, watched

ROOT = "usr_00000000000000000000000000"
THIRD = "usr_00000000000000000000000003"


@pytest.fixture(autouse=True)
def log(told: StringIO) -> StringIO:
    return told


def caller(role: str = "admin", user_id: str = ROOT) -> Caller:
    return Caller(user_id, frozenset(map(str, ROLES[role])), session_id="ses_1")


def change(
    platform: Platform, user_id: str = USER, by: Caller | None = None, **changes: Any
) -> Any:
    return users.change(user_id, changes, by or caller(), NOWHERE, platform=platform)


def user(platform: Platform, user_id: str = USER) -> User:
    found = stored.by_id(user_id, platform)
    assert found is not None
    return found


@pytest.fixture
def held(held: Platform) -> Platform:
    """With Ada, Bob and an admin."""
    for one in (ROOT, USER, OTHER_USER):
        add_user(held, one)
    users.set_role(f"{ROOT}@example.com", "admin", platform=held)
    return held


class TestList:
    def found(self, platform: Platform, *wanted: Any) -> list[str]:
        def listing(page: PageRequest) -> Any:
            return users.listing(Wanted(*wanted), page=page, platform=platform)

        return [one["id"] for one in all_items(listing)]

    def test_the_newest_comes_first(self, held: Platform) -> None:
        assert self.found(held) == [OTHER_USER, USER, ROOT]

    def test_nothing_of_a_password_is_told(self, held: Platform) -> None:
        told = users.get(USER, platform=held)
        assert set(told) == {
            *("id", "email", "name", "role", "status", "email_verified", "created_at", "revision")
        }

    def test_it_takes_a_part_of_the_address_in_any_case(self, held: Platform) -> None:
        assert self.found(held, USER.upper()) == [USER]

    def test_it_takes_a_role_or_a_status(self, held: Platform) -> None:
        change(held, status="disabled")
        assert self.found(held, "", "admin") == [ROOT]
        assert self.found(held, "", None, "disabled") == [USER]
        assert self.found(held, "", "admin", "disabled") == []

    def test_a_cursor_is_of_this_list(self, held: Platform) -> None:
        page = users.listing(Wanted(), page=PageRequest(1), platform=held)
        with pytest.raises(InvalidCursor):
            users.listing(
                Wanted(role="admin"), page=PageRequest(1, page["next_cursor"]), platform=held
            )

    def test_an_absent_user_is_not_found(self, held: Platform) -> None:
        with pytest.raises(NotFound):
            users.get(THIRD, platform=held)


class TestChange:
    def test_a_role_is_given_and_taken(self, held: Platform) -> None:
        assert change(held, role="operator")["role"] == "operator"
        assert change(held, role="member")["role"] == "member"

    def test_who_is_disabled_is_in_another_epoch_when_they_come_back(self, held: Platform) -> None:
        before = user(held).epoch
        assert change(held, status="disabled")["status"] == "disabled"
        assert change(held, status="active")["status"] == "active"
        assert user(held).epoch == before + 1

    def test_both_at_once(self, held: Platform) -> None:
        told = change(held, role="operator", status="disabled")
        assert (told["role"], told["status"]) == ("operator", "disabled")

    def test_what_is_so_already_is_no_change(self, held: Platform) -> None:
        before = users.get(USER, platform=held)
        assert change(held, status="active", role="member") == before == change(held)

    def test_every_change_counts_and_a_stale_one_is_refused(self, held: Platform) -> None:
        revision = change(held, role="operator")["revision"]
        assert revision == 2
        with pytest.raises(VersionConflict):
            users.change(USER, {"role": "admin"}, caller(), NOWHERE, if_match='"1"', platform=held)
        told = users.change(
            USER, {"role": "admin"}, caller(), NOWHERE, if_match='"2"', platform=held
        )
        assert told["role"] == "admin"

    def test_another_change_that_comes_first_is_a_conflict(self, held: Platform) -> None:
        meanwhile = after_first("get", lambda: change(held, role="operator"))
        with pytest.raises(VersionConflict):
            change(watched(held, after=meanwhile)[0], status="disabled")

    def test_an_absent_user_is_not_found(self, held: Platform) -> None:
        with pytest.raises(NotFound):
            change(held, THIRD, status="disabled")

    def test_who_leaves_stays_on_their_way(self, held: Platform) -> None:
        stored.change_standing(user(held), "member", "leaving", held)
        with pytest.raises(UserLeaving):
            change(held, status="active")

    def test_it_stands_in_the_log_of_whom_it_happened_to(self, held: Platform) -> None:
        changes = {"role": "operator", "status": "disabled"}
        users.change(USER, changes, caller(), Origin("192.0.2.9"), platform=held)
        told = audit.listing(USER, page=PageRequest(), platform=held)["items"]
        assert [one["action"] for one in told] == ["status_set_to_disabled", "role_set_to_operator"]
        assert {(one["actor"], one["by"], one["source"]) for one in told} == {
            (ROOT, "ses_1", "192.0.2.9")
        }


class TestRank:
    def test_an_operator_suspends_members(self, held: Platform) -> None:
        assert change(held, by=caller("operator"), status="disabled")["status"] == "disabled"

    def test_an_operator_gives_no_roles(self, held: Platform) -> None:
        with pytest.raises(PermissionDenied):
            change(held, by=caller("operator"), role="admin")
        assert user(held).role == "member"

    def test_an_operator_does_nothing_to_admins(self, held: Platform) -> None:
        with pytest.raises(PermissionDenied):
            change(held, ROOT, by=caller("operator", OTHER_USER), status="disabled")

    def test_an_operator_lets_in_again_whom_an_operator_disabled(self, held: Platform) -> None:
        change(held, by=caller("operator"), status="disabled")
        assert change(held, by=caller("operator"), status="active")["status"] == "active"

    @pytest.mark.parametrize("first", ["admin", "operator"])
    def test_whom_an_admin_disabled_only_an_admin_lets_in_again(
        self, held: Platform, first: str
    ) -> None:
        """Also where an operator had done so before."""
        change(held, by=caller(first), status="disabled")
        change(held, status="disabled")
        with pytest.raises(PermissionDenied):
            change(held, by=caller("operator", OTHER_USER), status="active")
        assert user(held).status == "disabled"
        assert change(held, status="active")["status"] == "active"
        assert not user(held).needs_admin

    def test_an_admins_word_outlasts_what_else_changes(self, held: Platform) -> None:
        change(held, status="disabled")
        users.set_role(f"{USER}@example.com", "operator", platform=held)
        change(held, role="member")
        change(held, by=caller("operator", OTHER_USER), status="disabled")
        with pytest.raises(PermissionDenied):
            change(held, by=caller("operator", OTHER_USER), status="active")

    @pytest.mark.parametrize("changes", [{"role": "member"}, {"status": "disabled"}])
    def test_nobody_locks_themselves_out(self, held: Platform, changes: Any) -> None:
        change(held, role="admin")
        with pytest.raises(OwnAccount):
            change(held, ROOT, **changes)


class TestLastAdmin:
    @pytest.mark.parametrize("changes", [{"role": "member"}, {"status": "disabled"}])
    def test_one_remains(self, held: Platform, changes: Any) -> None:
        with pytest.raises(LastAdmin):
            change(held, ROOT, by=caller(user_id=THIRD), **changes)
        assert user(held, ROOT) == stored.by_id(ROOT, held)
        assert user(held, ROOT).is_active

    def test_with_another_one_there_is_room(self, held: Platform) -> None:
        change(held, role="admin")
        assert change(held, ROOT, by=caller(user_id=USER), role="member")["role"] == "member"

    def test_a_disabled_admin_does_not_count(self, held: Platform) -> None:
        change(held, role="admin")
        change(held, status="disabled")
        with pytest.raises(LastAdmin):
            change(held, ROOT, by=caller(user_id=THIRD), status="disabled")
        change(held, status="active")
        change(held, ROOT, by=caller(user_id=USER), status="disabled")

    def test_a_disabled_admin_who_is_one_no_more_is_not_counted_twice(self, held: Platform) -> None:
        change(held, role="admin")
        change(held, status="disabled")
        change(held, role="member")
        change(held, status="active")
        with pytest.raises(LastAdmin):
            change(held, ROOT, by=caller(user_id=THIRD), role="member")

    def test_of_ten_who_go_at_once_one_remains(self, held: Platform) -> None:
        ids = [f"usr_{number:026}" for number in range(10, 20)]
        for one in ids:
            add_user(held, one, role="member")
            change(held, one, role="admin")
        users.set_role(f"{ROOT}@example.com", "member", platform=held)

        def go(number: int) -> str:
            by = caller(user_id=ids[number - 1])
            while True:
                try:
                    return str(change(held, ids[number], by=by, role="member")["role"])
                except LastAdmin as error:
                    return error.code

        assert sorted(at_once(10, go)) == ["last_admin"] + ["member"] * 9
        left = users.listing(Wanted(role="admin"), page=PageRequest(), platform=held)["items"]
        assert len(left) == 1

    def test_by_command_neither(self, held: Platform) -> None:
        with pytest.raises(LastAdmin):
            users.set_role(f"{ROOT}@example.com", "member", platform=held)


class TestCommand:
    def test_it_makes_the_first_admin(self, held: Platform) -> None:
        told = users.set_role(f" {USER.upper()}@example.COM ", "admin", platform=held)
        assert (told["id"], told["role"]) == (USER, "admin")

    def test_twice_is_once(self, held: Platform) -> None:
        for _ in range(2):
            told = users.set_role(f"{USER}@example.com", "admin", platform=held)
        assert told["revision"] == 2

    def test_it_stands_in_the_log_as_done_by_the_system(self, held: Platform) -> None:
        users.set_role(f"{USER}@example.com", "admin", platform=held)
        (told,) = audit.listing(USER, page=PageRequest(), platform=held)["items"]
        assert (told["action"], told["actor"], told["by"]) == (
            "role_set_to_admin",
            "system",
            "command",
        )

    @pytest.mark.parametrize(
        ("email", "role", "error"),
        [
            ("nobody@example.com", "admin", NotFound),
            ("no address", "admin", NotFound),
            (f"{USER}@example.com", "king", InvalidBody),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, held: Platform, email: str, role: str, error: type[StrataError]
    ) -> None:
        with pytest.raises(error):
            users.set_role(email, role, platform=held)

    def test_who_leaves_gets_no_role(self, held: Platform) -> None:
        stored.change_standing(user(held), "member", "leaving", held)
        with pytest.raises(UserLeaving):
            users.set_role(f"{USER}@example.com", "admin", platform=held)


class TestHalting:
    """What runs for somebody who is disabled."""

    @pytest.fixture
    def graph_id(self, held: Platform) -> str:
        return str(graphs.create(USER, graph([node("a", value=1)]), platform=held)["id"])

    def begin(self, platform: Platform, graph_id: str, user_id: str = USER) -> str:
        return str(executions.start(user_id, graph_id, {}, platform=platform)["id"])

    def status(self, platform: Platform, execution_id: str) -> str:
        return str(executions.get(USER, execution_id, platform=platform)["status"])

    def test_it_is_cancelled_and_its_machine_stopped(self, held: Platform, graph_id: str) -> None:
        begun = [self.begin(held, graph_id) for _ in range(3)]
        change(held, status="disabled")
        assert {self.status(held, one) for one in begun} == {"CANCELLED"}
        assert isinstance(held.machines, HeldMachines)
        assert held.machines.stopped == set(begun)

    def test_nothing_that_waits_takes_its_place(self, held: Platform, graph_id: str) -> None:
        platform = limited(held, 1)
        begun = [self.begin(platform, graph_id) for _ in range(3)]
        change(platform, status="disabled")
        assert {self.status(held, one) for one in begun} == {"CANCELLED"}
        assert isinstance(held.machines, HeldMachines)
        assert set(held.machines.started) == {begun[0]}

    def test_nothing_that_waits_is_admitted(self, held: Platform, graph_id: str) -> None:
        platform = limited(held, 1)
        _, waiting = (self.begin(platform, graph_id) for _ in range(2))
        stored.change_standing(user(held), "member", "disabled", held)
        slots.admit(USER, platform=limited(held, 2))
        assert executions.get(USER, waiting, platform=held)["queue_position"] == 1

    def test_what_others_run_goes_on(self, held: Platform, graph_id: str) -> None:
        theirs = graphs.create(OTHER_USER, graph([node("a", value=1)]), platform=held)["id"]
        begun = self.begin(held, theirs, OTHER_USER)
        change(held, status="disabled")
        assert executions.get(OTHER_USER, begun, platform=held)["status"] == "QUEUED"

    def test_what_the_request_did_not_reach_a_sweep_does(
        self, held: Platform, graph_id: str, clock: HeldClock
    ) -> None:
        begun = self.begin(held, graph_id)
        stored.change_standing(user(held), "member", "disabled", held)
        clock.sleep(200)
        assert reconciling.sweep(platform=held)["repaired"] == {"cancelled": 1}
        assert self.status(held, begun) == "CANCELLED"

    def test_where_it_cannot_be_stopped_the_user_is_out_all_the_same(
        self, held: Platform, graph_id: str, log: StringIO
    ) -> None:
        self.begin(held, graph_id)

        def down(operation: str, _: Any) -> None:
            if operation == "query":
                raise Unavailable

        assert change(watched(held, before=down)[0], status="disabled")["status"] == "disabled"
        assert not user(held).is_active
        assert '"function":"halt"' in log.getvalue()

    def test_one_request_cancels_so_many_and_leaves_the_rest(
        self, held: Platform, graph_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun = [self.begin(held, graph_id) for _ in range(3)]
        monkeypatch.setattr("strata.halting.STEPS", 8)
        change(held, status="disabled")
        assert sorted(self.status(held, one) for one in begun) == ["CANCELLED", "QUEUED", "QUEUED"]
