"""Sessions: begun, listed, ended; exchanged by many at the same time, on both kinds of table."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from strata import refresh_tokens, sessions
from strata.aws.platform import connect
from strata.identities import identify
from strata.memory import Memory
from strata.model.errors import (
    InvalidRefreshToken,
    InvalidToken,
    NotFound,
    PermissionDenied,
    Unavailable,
)
from strata.model.origin import NOWHERE, Origin
from strata.model.user import Caller, User
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Update, Vault
from strata.refreshing import refresh
from strata.sessions import Login
from strata.settings import Settings
from strata.store import keys, users
from tests.account import CLIENTS, with_keys
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER
from tests.unit.pages import all_items

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
BEN = replace(ADA, id=OTHER_USER, email="ben@example.com")
LAPTOP = Origin("192.0.2.7", "Firefox", "req-1")
DAY = 24 * 3600


@pytest.fixture
def held(held: Platform) -> Platform:
    for user in (ADA, BEN):
        users.add(user, held)
    return held


def begin(platform: Platform, user: User = ADA, origin: Origin = NOWHERE) -> Login:
    return sessions.begin(user, origin, platform=platform)


def caller(login: Login, platform: Platform) -> Caller:
    return identify({"authorization": f"Bearer {login.access_token}"}, platform=platform)


def listed(who: Caller, platform: Platform) -> list[dict[str, Any]]:
    page = sessions.listing(who, page=PageRequest(100), platform=platform)
    return list(page["items"])


class TestBegin:
    def test_a_vault_that_is_down_begins_none(self, held: Platform) -> None:
        class Down:
            def __getattr__(self, _: str) -> Any:
                raise Unavailable

        who = caller(begin(held), held)
        with pytest.raises(Unavailable):
            begin(replace(held, vault=cast("Vault", Down()), memory=Memory()))
        assert len(listed(who, held)) == 1

    def test_without_a_signing_key_none_begins(self, aws: Platform) -> None:
        users.add(ADA, aws)
        with pytest.raises(Unavailable):
            begin(aws)
        assert listed(Caller(USER, frozenset()), aws) == []


class TestList:
    def test_it_tells_where_one_is_signed_in_newest_first(
        self, held: Platform, clock: HeldClock
    ) -> None:
        begin(held, origin=LAPTOP)
        clock.sleep(60)
        who = caller(begin(held), held)
        newest, oldest = listed(who, held)
        assert oldest == {
            "id": oldest["id"],
            "created_at": "2026-03-01T12:00:00.000Z",
            "last_used_at": "2026-03-01T12:00:00.000Z",
            "expires_at": "2026-03-08T12:00:00.000Z",
            "source": "192.0.2.7",
            "user_agent": "Firefox",
            "current": False,
        }
        assert (newest["id"], newest["current"]) == (who.session_id, True)

    def test_a_refresh_is_a_use(self, held: Platform, clock: HeldClock) -> None:
        login = begin(held)
        clock.sleep(DAY)
        who = caller(refresh(login.refresh_token, platform=held), held)
        [one] = listed(who, held)
        assert one["last_used_at"] == "2026-03-02T12:00:00.000Z"
        assert one["expires_at"] == "2026-03-09T12:00:00.000Z"

    def test_one_that_is_over_is_not_told(self, held: Platform, clock: HeldClock) -> None:
        begin(held)
        clock.sleep(7 * DAY)
        who = caller(begin(held), held)
        assert [one["id"] for one in listed(who, held)] == [who.session_id]

    def test_one_of_an_earlier_epoch_is_not_told(self, held: Platform) -> None:
        begin(held)
        sessions.end_all(USER, platform=held)
        who = caller(begin(held, replace(ADA, epoch=1)), held)
        assert [one["id"] for one in listed(who, held)] == [who.session_id]

    def test_another_user_s_are_not_told(self, held: Platform) -> None:
        begin(held)
        who = caller(begin(held, BEN), held)
        assert [one["id"] for one in listed(who, held)] == [who.session_id]

    def test_it_comes_in_pages(self, held: Platform) -> None:
        begun = [caller(begin(held), held).session_id for _ in range(5)]
        who = Caller(USER, frozenset())
        found = all_items(lambda page: sessions.listing(who, page=page, platform=held), limit=2)
        assert [one["id"] for one in found] == begun[::-1]

    def test_an_api_key_has_no_current_one(self, held: Platform) -> None:
        begin(held)
        [one] = listed(Caller(USER, frozenset(), key_id="key_1"), held)
        assert one["current"] is False

    def test_nothing_of_a_token_is_told(self, held: Platform) -> None:
        login = begin(held)
        token = refresh_tokens.read(login.refresh_token, refresh_tokens.key_of(held))
        who = caller(login, held)
        kept = held.table.get(keys.session(USER, who.session_id)) or {}
        told = json.dumps(listed(who, held))
        assert token
        assert token.secret not in told
        assert kept["refresh_hash"] not in told


class TestEnd:
    def test_signing_out_ends_every_token_of_the_session(self, held: Platform) -> None:
        first = begin(held)
        second = refresh(first.refresh_token, platform=held)
        sessions.log_out(caller(first, held), platform=held)
        for login in (first, second):
            with pytest.raises(InvalidToken):
                caller(login, held)
            with pytest.raises(InvalidRefreshToken):
                refresh(login.refresh_token, platform=held)

    def test_signing_out_twice_at_once_is_once(self, held: Platform) -> None:
        who = caller(begin(held), held)
        for _ in range(2):
            sessions.log_out(who, platform=held)

    def test_an_api_key_cannot_sign_out(self, held: Platform) -> None:
        begin(held)
        by_key = Caller(USER, frozenset(), key_id="key_1")
        with pytest.raises(PermissionDenied):
            sessions.log_out(by_key, platform=held)
        assert len(listed(by_key, held)) == 1

    def test_one_ends_a_session_elsewhere_and_stays(self, held: Platform) -> None:
        lost, here = begin(held), begin(held)
        sessions.end(USER, caller(lost, held).session_id, platform=held)
        with pytest.raises(InvalidToken):
            caller(lost, held)
        assert caller(here, held).user_id == USER

    def test_another_user_s_session_is_as_one_that_is_not_there(self, held: Platform) -> None:
        theirs = caller(begin(held, BEN), held).session_id
        for one in (theirs, "ses_00000000000000000000000009"):
            with pytest.raises(NotFound):
                sessions.end(USER, one, platform=held)
        assert len(listed(Caller(OTHER_USER, frozenset()), held)) == 1

    def test_all_end_in_one_write_that_reads_nothing(self, held: Platform) -> None:
        logins = [begin(held) for _ in range(3)]
        sessions.end_all(USER, platform=held)
        user = users.by_id(USER, held)
        assert user
        assert user.epoch == 1
        for login in logins:
            with pytest.raises(InvalidToken):
                caller(login, held)

    def test_epochs_that_pass_at_once_are_all_counted(self, held: Platform) -> None:
        at_once(20, lambda _: sessions.end_all(USER, platform=held))
        user = users.by_id(USER, held)
        assert user
        assert user.epoch == 20

    def test_nobody_has_no_sessions_to_end(self, held: Platform) -> None:
        with pytest.raises(NotFound):
            sessions.end_all("usr_00000000000000000000000009", platform=held)
        assert held.table.get(keys.user("usr_00000000000000000000000009")) is None


def held_one(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.getfixturevalue("held")
    return found


def aws_one(request: pytest.FixtureRequest) -> Platform:
    settings: Settings = request.getfixturevalue("aws_settings")
    request.getfixturevalue("line")
    platform = connect(with_keys(settings), HeldClock(), CLIENTS)
    users.add(ADA, platform)
    return platform


@pytest.mark.parametrize("open_one", [held_one, aws_one])
class TestAtOnce:
    def test_50_exchanges_of_one_token_give_one_chain(
        self, request: pytest.FixtureRequest, open_one: Callable[..., Platform]
    ) -> None:
        platform = open_one(request)
        login = begin(platform)
        pairs = at_once(50, lambda _: refresh(login.refresh_token, platform=platform))
        [successor] = {one.refresh_token for one in pairs}
        assert len({one.access_token for one in pairs}) == 50
        assert {caller(one, platform).session_id for one in pairs} == {
            caller(login, platform).session_id
        }
        assert refresh(successor, platform=platform).refresh_token != successor

    def test_of_exchanges_and_a_sign_out_at_once_nothing_is_left(
        self, request: pytest.FixtureRequest, open_one: Callable[..., Platform]
    ) -> None:
        platform = open_one(request)
        login = begin(platform)
        who = caller(login, platform)
        pairs: list[Login] = []

        def act(number: int) -> None:
            if number == 5:
                sessions.log_out(who, platform=platform)
                return
            try:
                pairs.append(refresh(login.refresh_token, platform=platform))
            except InvalidRefreshToken:
                return

        at_once(10, act)
        assert platform.table.get(keys.session(USER, who.session_id)) is None
        for one in (login, *pairs):
            with pytest.raises(InvalidToken):
                caller(one, platform)

    def test_all_sessions_end_by_one_count(
        self, request: pytest.FixtureRequest, open_one: Callable[..., Platform]
    ) -> None:
        platform = open_one(request)
        login = begin(platform)
        at_once(5, lambda _: sessions.end_all(USER, platform=platform))
        with pytest.raises(InvalidToken):
            caller(login, platform)
        platform.table.write(Update(keys.user(USER), {"epoch": 0}))
        assert caller(login, platform).user_id == USER
