"""Refresh tokens: each is good once, and whoever comes with an old one ends the session."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from strata import audit, opaque, refresh_tokens, sessions
from strata.identities import identify
from strata.memory import Memory
from strata.model.errors import EmailUnverified, InvalidRefreshToken, InvalidToken, Unavailable
from strata.model.origin import NOWHERE, Origin
from strata.model.user import Caller, User
from strata.opaque import Opaque
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Delete, Update, Vault
from strata.refresh_tokens import RefreshToken
from strata.refreshing import refresh
from strata.sessions import Login
from strata.settings import Settings
from strata.store import keys, users
from tests.held_clock import HeldClock
from tests.held_platform import USER
from tests.watched_table import after_first, watched

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
THIEF = Origin("203.0.113.9", "curl/8", "req-9")
DAY = 24 * 3600

Change = Callable[[Platform], object]


@pytest.fixture
def held(held: Platform) -> Platform:
    users.add(ADA, held)
    return held


@pytest.fixture
def login(held: Platform) -> Login:
    return sessions.begin(ADA, NOWHERE, platform=held)


def caller(login: Login, platform: Platform) -> Caller:
    headers = {"authorization": f"Bearer {login.access_token}"}
    return identify(headers, platform=platform)


def item(login: Login, platform: Platform) -> dict[str, Any]:
    session_id = token_of(login, platform).session_id
    return platform.table.get(keys.session(USER, session_id)) or {}


def again(login: Login, platform: Platform) -> Login:
    return refresh(login.refresh_token, platform=platform)


def assert_dead(*logins: Login, platform: Platform) -> None:
    for login in logins:
        with pytest.raises(InvalidRefreshToken):
            again(login, platform)
        with pytest.raises(InvalidToken):
            caller(login, platform)


def token_of(login: Login, platform: Platform) -> RefreshToken:
    token = refresh_tokens.read(login.refresh_token, refresh_tokens.key_of(platform))
    assert token
    return token


def reuses(platform: Platform) -> list[dict[str, Any]]:
    page = audit.listing(USER, page=PageRequest(100), platform=platform)
    return [one for one in page["items"] if one["action"] == "reuse_refresh_token"]


class TestForm:
    def test_it_is_opaque_and_names_its_family_alone(self, held: Platform, login: Login) -> None:
        session_id = caller(login, held).session_id
        found = opaque.read("srt_", "[0-9a-z]{68}", login.refresh_token)
        assert found is not None
        assert found.id[:52] == USER.removeprefix("usr_") + session_id.removeprefix("ses_")
        assert len(found.secret) * 5 >= 256

    def test_the_table_keeps_a_hash_of_it(self, held: Platform, login: Login) -> None:
        for one in (login, again(login, held)):
            token = token_of(one, held)
            kept = json.dumps(item(one, held))
            assert token.secret not in kept
            assert opaque.hashed(token.secret) in kept

    def test_its_secret_is_in_no_text_of_it(self, held: Platform, login: Login) -> None:
        token = token_of(login, held)
        assert token.secret not in repr(token)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: "",
            lambda text: text[:-1],
            lambda text: text + "0",
            lambda text: text.upper(),
            lambda text: text.replace("srt_", "stk_"),
            lambda text: "srt_" + "é" * 111,
            lambda text: "x" * 1_000_000,
            lambda text: f" {text}",
            lambda text: f"{text}\n",
        ],
    )
    def test_what_is_none_is_refused_and_ends_nothing(
        self, held: Platform, login: Login, spoil: Callable[[str], str]
    ) -> None:
        with pytest.raises(InvalidRefreshToken):
            refresh(spoil(login.refresh_token), platform=held)
        assert again(login, held)

    def test_a_slip_in_any_character_ends_nothing(self, held: Platform, login: Login) -> None:
        text = login.refresh_token
        for at in range(len(text)):
            other = "0" if text[at] != "0" else "1"
            with pytest.raises(InvalidRefreshToken):
                refresh(text[:at] + other + text[at + 1 :], platform=held)
        assert again(login, held)

    def test_an_access_token_is_none(self, held: Platform, login: Login) -> None:
        with pytest.raises(InvalidRefreshToken):
            refresh(login.access_token, platform=held)


class TestExchange:
    def test_it_gives_a_new_pair_of_the_same_session(self, held: Platform, login: Login) -> None:
        renewed = again(login, held)
        assert renewed.refresh_token != login.refresh_token
        assert renewed.access_token != login.access_token
        assert caller(renewed, held) == caller(login, held)

    def test_the_new_one_is_good_in_its_turn(self, held: Platform, login: Login) -> None:
        seen = {login.refresh_token}
        for _ in range(5):
            login = again(login, held)
            seen.add(login.refresh_token)
        assert len(seen) == 6

    def test_it_takes_one_read_and_one_write(self, held: Platform, login: Login) -> None:
        platform, table = watched(held)
        again(login, platform)
        assert table.calls == {"get_many": 1, "write": 1}

    def test_a_new_role_comes_with_the_new_token(self, held: Platform, login: Login) -> None:
        held.table.write(Update(keys.user(USER), {"role": "admin"}))
        assert "user:manage" in caller(again(login, held), held).permissions

    def test_unused_for_7_days_it_is_over(
        self, held: Platform, login: Login, clock: HeldClock
    ) -> None:
        clock.sleep(7 * DAY - 1)
        login = again(login, held)
        clock.sleep(7 * DAY)
        with pytest.raises(InvalidRefreshToken):
            again(login, held)

    def test_30_days_after_the_sign_in_it_is_over_however_often_used(
        self, held: Platform, login: Login, clock: HeldClock
    ) -> None:
        for _ in range(29):
            clock.sleep(DAY)
            login = again(login, held)
        clock.sleep(DAY)
        assert_dead(login, platform=held)


class TestLostAnswer:
    @pytest.mark.parametrize("seconds", [0, 1, 30])
    def test_it_gives_the_same_successor_for_30_seconds(
        self, held: Platform, login: Login, clock: HeldClock, seconds: int
    ) -> None:
        first = again(login, held)
        clock.sleep(seconds)
        second = again(login, held)
        assert second.refresh_token == first.refresh_token
        assert caller(second, held) == caller(first, held)
        assert again(second, held).refresh_token not in (first.refresh_token, login.refresh_token)
        assert reuses(held) == []

    def test_asking_again_does_not_lengthen_them(
        self, held: Platform, login: Login, clock: HeldClock
    ) -> None:
        again(login, held)
        for _ in range(2):
            clock.sleep(15)
            again(login, held)
        clock.sleep(1)
        assert_dead(login, platform=held)

    def test_a_write_whose_answer_is_lost_locks_nobody_out(
        self, held: Platform, login: Login
    ) -> None:
        def lose(operation: str, _: Any) -> None:
            if operation == "write":
                raise Unavailable

        losing, _ = watched(held, after=lose)
        with pytest.raises(Unavailable):
            again(login, losing)
        renewed = again(login, held)
        assert again(renewed, held)

    def test_a_vault_that_is_down_leaves_the_token_as_it_is(
        self, held: Platform, login: Login, clock: HeldClock
    ) -> None:
        class Down:
            def __getattr__(self, _: str) -> Any:
                raise Unavailable

        down = replace(held, vault=cast("Vault", Down()), memory=Memory())
        with pytest.raises(Unavailable):
            again(login, down)
        clock.sleep(3600)
        assert again(login, held)

    def test_a_table_that_is_down_is_told(self, held: Platform, login: Login) -> None:
        def fail(*_: object) -> None:
            raise Unavailable

        with pytest.raises(Unavailable):
            again(login, watched(held, before=fail)[0])


class TestReuse:
    def test_after_30_seconds_the_whole_family_dies(
        self, held: Platform, login: Login, clock: HeldClock
    ) -> None:
        renewed = again(login, held)
        clock.sleep(31)
        assert_dead(login, renewed, platform=held)

    def test_an_older_one_than_the_last_ends_it_at_once(self, held: Platform, login: Login) -> None:
        second = again(login, held)
        third = again(second, held)
        assert_dead(login, second, third, platform=held)

    def test_it_is_told_once_with_where_it_came_from(self, held: Platform, login: Login) -> None:
        session_id = caller(login, held).session_id
        again(again(login, held), held)
        for _ in range(3):
            with pytest.raises(InvalidRefreshToken):
                refresh(login.refresh_token, THIEF, platform=held)
        [entry] = reuses(held)
        told = (entry["resource"], entry["result"], entry["source"], entry["request_id"])
        assert told == (session_id, "invalid_refresh_token", "203.0.113.9", "req-9")
        assert "srt_" not in json.dumps(entry)

    def test_of_two_thieves_at_the_same_time_one_is_told_of(
        self, held: Platform, login: Login
    ) -> None:
        again(again(login, held), held)

        def come_too() -> None:
            with pytest.raises(InvalidRefreshToken):
                again(login, held)

        slow, _ = watched(held, after=after_first("get_many", come_too))
        with pytest.raises(InvalidRefreshToken):
            again(login, slow)
        assert len(reuses(held)) == 1

    @pytest.mark.parametrize("tag", ["0" * 16, ""], ids=["forged", "none"])
    def test_who_knows_nothing_but_the_ids_ends_nothing(
        self, held: Platform, login: Login, tag: str
    ) -> None:
        forged = Opaque(token_of(login, held).ids + tag, opaque.new_secret(held.clock))
        with pytest.raises(InvalidRefreshToken):
            refresh(opaque.written("srt_", forged), THIEF, platform=held)
        assert reuses(held) == []
        assert again(login, held)

    def test_the_tag_of_one_token_proves_no_other(self, held: Platform, login: Login) -> None:
        tagged = login.refresh_token[len("srt_") :][:68]
        forged = Opaque(tagged, opaque.new_secret(held.clock))
        with pytest.raises(InvalidRefreshToken):
            refresh(opaque.written("srt_", forged), platform=held)
        assert again(login, held)

    def test_a_token_of_another_environment_ends_nothing(
        self, held: Platform, login: Login
    ) -> None:
        with pytest.raises(InvalidRefreshToken):
            refresh(token_of(login, held).written(b"another key"), platform=held)
        assert again(login, held)

    def test_nothing_of_another_session_is_touched(self, held: Platform, login: Login) -> None:
        other = sessions.begin(ADA, NOWHERE, platform=held)
        again(again(login, held), held)
        assert_dead(login, platform=held)
        assert again(other, held)

    def test_ids_of_nobody_are_refused_and_told_to_nobody(self, held: Platform) -> None:
        text = opaque.written("srt_", Opaque("0" * 68, opaque.new_secret(held.clock)))
        with pytest.raises(InvalidRefreshToken):
            refresh(text, platform=held)
        assert reuses(held) == []


def changed(**fields: Any) -> Change:
    return lambda platform: platform.table.write(Update(keys.user(USER), fields))


def end_all(platform: Platform) -> None:
    sessions.end_all(USER, platform=platform)


def delete_user(platform: Platform) -> None:
    platform.table.write(Delete(keys.user(USER)))


OUT = [
    pytest.param(changed(status="disabled"), id="disabled"),
    pytest.param(changed(status="leaving"), id="leaving"),
    pytest.param(end_all, id="in another epoch"),
    pytest.param(delete_user, id="deleted"),
]


class TestUsers:
    @pytest.mark.parametrize("change", OUT)
    def test_one_who_may_not_come_in_gets_no_pair(
        self, held: Platform, login: Login, change: Change
    ) -> None:
        change(held)
        assert_dead(login, platform=held)
        assert reuses(held) == []

    @pytest.mark.parametrize("change", OUT)
    def test_a_pair_that_was_made_meanwhile_opens_nothing(
        self, held: Platform, login: Login, change: Change
    ) -> None:
        slow, _ = watched(held, after=after_first("get_many", lambda: change(held)))
        assert_dead(again(login, slow), platform=held)

    def test_one_who_signs_out_meanwhile_gets_no_pair(self, held: Platform, login: Login) -> None:
        who = caller(login, held)
        slow, _ = watched(
            held, after=after_first("get_many", lambda: sessions.log_out(who, platform=held))
        )
        with pytest.raises(InvalidRefreshToken):
            again(login, slow)
        assert item(login, held) == {}
        assert reuses(held) == []

    @pytest.mark.parametrize("verified", [False, True])
    def test_where_the_address_must_be_verified_it_must_be_here_too(
        self, held: Platform, login: Login, verified: bool
    ) -> None:
        changed(email_verified=verified)(held)
        strict = replace(held, settings=Settings(verified_email="required"))
        if verified:
            assert again(login, strict)
        else:
            with pytest.raises(EmailUnverified):
                again(login, strict)
            # Nothing has been exchanged: once verified, the same token will do.
            assert item(login, held)["previous_hash"] == ""


class TestRaces:
    def test_who_comes_second_gets_the_successor_of_who_came_first(
        self, held: Platform, login: Login
    ) -> None:
        first: list[Login] = []
        slow, _ = watched(
            held, after=after_first("get_many", lambda: first.append(again(login, held)))
        )
        assert again(login, slow).refresh_token == first[0].refresh_token

    def test_who_comes_after_two_others_has_an_old_token(
        self, held: Platform, login: Login
    ) -> None:
        def exchange_twice() -> None:
            again(again(login, held), held)

        slow, _ = watched(held, after=after_first("get_many", exchange_twice))
        with pytest.raises(InvalidRefreshToken):
            again(login, slow)
        assert len(reuses(held)) == 1
