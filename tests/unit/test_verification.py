"""Verification of e-mail addresses: a token works once, for a while, for what it was sent for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from strata import accounts, audit, one_time_tokens, opaque, password_changes, verification
from strata.model.errors import (
    AlreadyVerified,
    InvalidOneTimeToken,
    NotFound,
    TooManyRequests,
    Unavailable,
)
from strata.model.user import User
from strata.one_time_tokens import RESET, VERIFICATION
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Letter, Update
from strata.settings import Settings
from strata.store import keys
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.held_platform import USER
from tests.letters import letters_to, tokens_in
from tests.watched_table import after_first, watched

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


@pytest.fixture
def user(held: Platform) -> User:
    return registered(held)


def registered(platform: Platform, email: str = EMAIL) -> User:
    return accounts.register(email, PASSWORD, "<b>Ada</b>", platform=platform)


def tokens(platform: Platform, email: str = EMAIL) -> list[str]:
    """Oldest first."""
    return tokens_in(letters_to(email, platform), "svt_")


def is_verified(user: User, platform: Platform) -> bool:
    return accounts.profile(user.id, platform=platform).email_verified


def refused(token: str, platform: Platform) -> bool:
    try:
        verification.confirm(token, platform=platform)
    except InvalidOneTimeToken as refusal:
        # Alike, whatever is wrong with it.
        return (refusal.detail, refusal.errors) == (InvalidOneTimeToken.title, ())
    return False


class TestLetter:
    def test_a_registration_sends_one_with_a_token(self, held: Platform, user: User) -> None:
        [letter] = letters_to(EMAIL, held)
        [token] = tokens_in([letter], "svt_")
        assert token.startswith(f"svt_{user.id.removeprefix('usr_')}")
        assert "/v1/auth/verification/confirm" in letter["text"]

    def test_it_tells_the_address_of_the_api(self, held: Platform) -> None:
        platform = replace(held, settings=Settings(public_url="https://api.example.com"))
        registered(platform)
        [letter] = letters_to(EMAIL, held)
        assert "POST https://api.example.com/v1/auth/verification/confirm" in letter["text"]

    def test_nothing_that_a_stranger_chose_stands_in_it(self, held: Platform, user: User) -> None:
        assert "Ada" not in letters_to(EMAIL, held)[0]["text"]

    def test_the_table_keeps_no_token(self, held: Platform, user: User) -> None:
        [token] = tokens(held)
        item = held.table.get(keys.one_time_token(user.id, "verification"))
        assert token[-59:-7] not in str(item)


class TestConfirm:
    def test_a_token_verifies_the_address(self, held: Platform, user: User) -> None:
        verification.confirm(tokens(held)[0], platform=held)
        assert is_verified(user, held)

    def test_it_is_a_change_of_the_profile(self, held: Platform, user: User) -> None:
        verification.confirm(tokens(held)[0], platform=held)
        assert accounts.profile(user.id, platform=held).revision == user.revision + 1

    def test_it_works_once(self, held: Platform, user: User) -> None:
        [token] = tokens(held)
        assert [refused(token, held) for _ in range(2)] == [False, True]

    @pytest.mark.parametrize("name", ["held", "aws"])
    def test_of_twenty_at_once_one_wins(self, name: str, request: Any) -> None:
        platform: Platform = request.getfixturevalue(name)
        user = registered(platform)
        token = one_time_tokens.issue(user.id, VERIFICATION, platform=platform)
        assert at_once(20, lambda _: refused(token, platform)).count(False) == 1

    def test_it_is_good_for_a_day(self, held: Platform, clock: HeldClock, user: User) -> None:
        clock.sleep(timedelta(hours=24).total_seconds() - 1)
        assert not refused(tokens(held)[0], held)

    def test_and_no_longer(self, held: Platform, clock: HeldClock, user: User) -> None:
        clock.sleep(timedelta(hours=24).total_seconds())
        assert refused(tokens(held)[0], held)
        assert not is_verified(user, held)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda token: "",
            lambda token: "\x00",
            lambda token: "\ud800",
            lambda token: "svt_",
            lambda token: token[:-1],
            lambda token: token + "0",
            lambda token: token.upper(),
            lambda token: token[:40] + ("1" if token[40] == "0" else "0") + token[41:],
            lambda token: token.replace("svt_", "srp_"),
            lambda token: token + "\n",
        ],
    )
    def test_a_spoiled_one_is_refused(
        self, held: Platform, user: User, spoil: Callable[[str], str]
    ) -> None:
        assert refused(spoil(tokens(held)[0]), held)

    def test_one_for_another_purpose_is_refused(self, held: Platform, user: User) -> None:
        assert refused(one_time_tokens.issue(user.id, RESET, platform=held), held)

    def test_the_secret_of_one_user_opens_nothing_of_another(
        self, held: Platform, user: User
    ) -> None:
        other = registered(held, "bob@example.com")
        secret = opaque.read("svt_", "[0-9a-z]{26}", tokens(held)[0])
        assert secret is not None
        forged = secret._replace(id=other.id.removeprefix("usr_"))
        assert refused(opaque.written("svt_", forged), held)

    def test_one_of_nobody_is_refused(self, held: Platform) -> None:
        assert refused(one_time_tokens.issue(USER, VERIFICATION, platform=held), held)

    @pytest.mark.parametrize("status", ["disabled", "leaving"])
    def test_whoever_may_not_sign_in_verifies_nothing(
        self, held: Platform, user: User, status: str
    ) -> None:
        held.table.write(Update(keys.user(user.id), set={"status": status}))
        assert refused(tokens(held)[0], held)

    def test_one_that_is_replaced_meanwhile_is_refused(self, held: Platform, user: User) -> None:
        again = after_first("get", lambda: verification.send_again(user.id, platform=held))
        platform, _ = watched(held, after=again)
        assert refused(tokens(held)[0], platform)

    def test_it_is_in_the_users_log(self, held: Platform, user: User) -> None:
        verification.confirm(tokens(held)[0], platform=held)
        page = PageRequest(1, None)
        [entry] = audit.listing(user.id, page=page, platform=held)["items"]
        assert (entry["action"], entry["result"]) == ("confirm_verification", "ok")


class TestSendAgain:
    def test_the_last_token_alone_is_good(self, held: Platform, user: User) -> None:
        verification.send_again(user.id, platform=held)
        first, second = tokens(held)
        assert refused(first, held)
        assert not refused(second, held)

    def test_who_is_verified_gets_none(self, held: Platform, user: User) -> None:
        verification.confirm(tokens(held)[0], platform=held)
        with pytest.raises(AlreadyVerified):
            verification.send_again(user.id, platform=held)

    def test_five_an_hour_are_sent(self, held: Platform, user: User) -> None:
        for _ in range(5):
            verification.send_again(user.id, platform=held)
        with pytest.raises(TooManyRequests):
            verification.send_again(user.id, platform=held)
        assert len(tokens(held)) == 6

    def test_a_letter_that_cannot_be_sent_is_told(self, held: Platform, user: User) -> None:
        class Down:
            def send(self, letter: Letter) -> None:
                raise Unavailable

        with pytest.raises(Unavailable):
            verification.send_again(user.id, platform=replace(held, notifier=Down()))

    def test_a_user_who_is_not_there_gets_none(self, held: Platform) -> None:
        with pytest.raises(NotFound):
            verification.send_again(USER, platform=held)


def test_a_new_password_by_letter_verifies_the_address_too(held: Platform, user: User) -> None:
    password_changes.ask_for_reset(EMAIL, platform=held)
    [token] = tokens_in(letters_to(EMAIL, held), "srp_")
    password_changes.reset(token, "four words of your own", platform=held)
    assert is_verified(user, held)
