"""Who calls: asked anew at every request, and nobody where it cannot be known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from strata import sessions, signing_keys
from strata.identities import identify
from strata.memory import Memory
from strata.model.errors import InvalidToken, Unauthenticated, Unavailable
from strata.model.origin import NOWHERE
from strata.model.user import ROLES, Caller, User
from strata.platform import Platform
from strata.ports import Delete, Update, Vault
from strata.store import keys, users
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER
from tests.watched_table import watched

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
BEN = replace(ADA, id=OTHER_USER, email="ben@example.com")

Change = Callable[[Platform], object]


@pytest.fixture
def held(held: Platform) -> Platform:
    """Ada and Ben have accounts."""
    for user in (ADA, BEN):
        users.add(user, held)
    return held


def signed_in(platform: Platform, user: User = ADA) -> str:
    return sessions.begin(user, NOWHERE, platform=platform).access_token


def caller(token: str, platform: Platform) -> Caller:
    return identify({"Authorization": f"Bearer {token}"}, platform=platform)


def changed(**fields: Any) -> Change:
    return lambda platform: platform.table.write(Update(keys.user(USER), fields))


def end_all(platform: Platform) -> None:
    sessions.end_all(USER, platform=platform)


def delete_user(platform: Platform) -> None:
    platform.table.write(Delete(keys.user(USER)))


class TestPermissions:
    def test_a_member_may_do_what_members_may(self, held: Platform) -> None:
        found = caller(signed_in(held), held)
        assert found == Caller(USER, frozenset(map(str, ROLES["member"])), found.session_id)
        assert found.session_id.startswith("ses_")

    @pytest.mark.parametrize("role", ROLES)
    def test_each_role_is_its_set_of_permissions(self, held: Platform, role: str) -> None:
        changed(role=role)(held)
        found = caller(signed_in(held, replace(ADA, role=role)), held)
        assert found.permissions == frozenset(map(str, ROLES[role]))

    def test_a_lost_role_acts_at_the_next_request(self, held: Platform) -> None:
        changed(role="admin")(held)
        token = signed_in(held, replace(ADA, role="admin"))
        assert "user:manage" in caller(token, held).permissions
        changed(role="member")(held)
        assert caller(token, held).permissions == frozenset(map(str, ROLES["member"]))

    def test_a_new_role_comes_with_the_next_token(self, held: Platform) -> None:
        token = signed_in(held)
        changed(role="admin")(held)
        assert "user:manage" not in caller(token, held).permissions
        again = signed_in(held, replace(ADA, role="admin"))
        assert "user:manage" in caller(again, held).permissions

    def test_a_role_that_nobody_knows_may_do_nothing(self, held: Platform) -> None:
        token = signed_in(held, replace(ADA, role="king"))
        assert caller(token, held).permissions == frozenset()


class TestEnds:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(changed(status="disabled"), id="disabled"),
            pytest.param(changed(status="leaving"), id="leaving"),
            pytest.param(end_all, id="in another epoch"),
            pytest.param(delete_user, id="deleted"),
        ],
    )
    def test_a_user_who_may_not_come_in_is_out_at_the_next_request(
        self, held: Platform, change: Change
    ) -> None:
        first, second = signed_in(held), signed_in(held)
        change(held)
        for token in (first, second):
            with pytest.raises(InvalidToken):
                caller(token, held)

    def test_nobody_else_is_out_with_them(self, held: Platform) -> None:
        token = signed_in(held, BEN)
        end_all(held)
        assert caller(token, held).user_id == OTHER_USER

    def test_an_ended_session_is_out_and_no_other(self, held: Platform) -> None:
        ended, other = signed_in(held), signed_in(held)
        sessions.log_out(caller(ended, held), platform=held)
        with pytest.raises(InvalidToken):
            caller(ended, held)
        assert caller(other, held).user_id == USER

    def test_a_session_begun_in_an_epoch_that_has_passed_lets_nobody_in(
        self, held: Platform
    ) -> None:
        end_all(held)
        with pytest.raises(InvalidToken):
            caller(signed_in(held, ADA), held)
        assert caller(signed_in(held, replace(ADA, epoch=1)), held).user_id == USER

    def test_a_token_of_another_epoch_than_its_session_is_refused(self, held: Platform) -> None:
        token = signed_in(held)
        session_id = caller(token, held).session_id
        end_all(held)
        held.table.write(Update(keys.session(USER, session_id), {"epoch": 1}))
        with pytest.raises(InvalidToken):
            caller(token, held)

    def test_a_token_does_not_outlive_its_session(self, held: Platform, clock: HeldClock) -> None:
        token = signed_in(held)
        key = keys.session(USER, caller(token, held).session_id)
        held.table.write(Update(key, {"expires": int(clock.now().timestamp()) + 60}))
        clock.sleep(59)
        assert caller(token, held).user_id == USER
        clock.sleep(1)
        with pytest.raises(InvalidToken):
            caller(token, held)


class TestHeaders:
    def test_a_token_and_a_key_together_are_nobody(self, held: Platform) -> None:
        headers = {"authorization": f"Bearer {signed_in(held)}", "x-api-key": "stk_local_x"}
        with pytest.raises(Unauthenticated) as refused:
            identify(headers, platform=held)
        assert refused.value.code == "unauthenticated"

    def test_an_empty_header_is_one_too(self, held: Platform) -> None:
        headers = {"authorization": f"Bearer {signed_in(held)}", "x-api-key": " "}
        with pytest.raises(Unauthenticated):
            identify(headers, platform=held)

    @pytest.mark.parametrize("name", ["cookie", "x-access-token", "proxy-authorization"])
    def test_a_token_elsewhere_is_not_looked_for(self, held: Platform, name: str) -> None:
        with pytest.raises(Unauthenticated):
            identify({name: f"Bearer {signed_in(held)}"}, platform=held)


class TestFailures:
    def test_each_request_reads_user_and_session_once_in_one_batch(self, held: Platform) -> None:
        token = signed_in(held)
        platform, table = watched(held)
        for _ in range(3):
            caller(token, platform)
        assert table.calls == {"get_many": 3}

    def test_without_the_table_nobody_comes_in(self, held: Platform) -> None:
        token = signed_in(held)
        caller(token, held)

        def fail(*_: object) -> None:
            raise Unavailable

        down, _ = watched(held, before=fail)
        with pytest.raises(Unavailable):
            caller(token, down)

    def test_without_the_vault_nobody_comes_in_whose_key_has_not_been_read(
        self, held: Platform
    ) -> None:
        token = signed_in(held)

        class Down:
            first_signing_key = held.vault.first_signing_key

            def __getattr__(self, _: str) -> Any:
                raise Unavailable

        down = replace(held, vault=cast("Vault", Down()))
        signing_keys.verifying(platform=down)
        assert caller(token, down).user_id == USER
        with pytest.raises(Unavailable):
            caller(token, replace(down, memory=Memory()))
