"""New passwords: they end all sessions, and nobody learns from asking who has an account."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from strata import (
    accounts,
    api_keys,
    audit,
    graphs,
    identities,
    one_time_tokens,
    password_changes,
    triggers,
)
from strata.api_keys import NewApiKey
from strata.model.errors import (
    Conflict,
    InvalidApiKey,
    InvalidBody,
    InvalidCredentials,
    InvalidOneTimeToken,
    InvalidToken,
    PermissionDenied,
    TooManyAttempts,
    Unavailable,
    VersionConflict,
)
from strata.model.user import User
from strata.one_time_tokens import RESET, VERIFICATION
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Delete, Letter, Update
from strata.settings import Settings
from strata.store import keys
from strata.triggers import Message
from tests.at_once import at_once
from tests.builders import chain
from tests.held_clock import HeldClock
from tests.held_platform import owner
from tests.letters import letters_to, tokens_in
from tests.watched_table import after_first, watched

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
NEW = "four words of your own"


@pytest.fixture
def user(held: Platform) -> User:
    return accounts.register(EMAIL, PASSWORD, "Ada", platform=held)


@pytest.fixture
def token(held: Platform, user: User) -> str:
    """For a new password."""
    return asked(held)


def asked(platform: Platform) -> str:
    password_changes.ask_for_reset(EMAIL, platform=platform)
    return tokens_in(letters_to(EMAIL, platform), "srp_")[-1]


def opens(password: str, platform: Platform) -> bool:
    try:
        accounts.login(EMAIL, password, platform=platform)
    except InvalidCredentials:
        return False
    return True


def refused(token: str, platform: Platform, new: str = NEW) -> bool:
    try:
        password_changes.reset(token, new, platform=platform)
    except InvalidOneTimeToken as refusal:
        # Alike, whatever is wrong with it.
        return (refusal.detail, refusal.errors) == (InvalidOneTimeToken.title, ())
    return False


def lasts(access_token: str, platform: Platform) -> bool:
    try:
        identities.identify({"authorization": f"Bearer {access_token}"}, platform=platform)
    except InvalidToken:
        return False
    return True


def actions(user: User, platform: Platform) -> list[str]:
    """Newest first."""
    page = PageRequest(100, None)
    items = audit.listing(user.id, page=page, platform=platform)["items"]
    return [one["action"] for one in items]


class TestChange:
    def test_the_new_one_opens_and_the_old_one_does_not(self, held: Platform, user: User) -> None:
        password_changes.change(user.id, PASSWORD, NEW, platform=held)
        assert (opens(NEW, held), opens(PASSWORD, held)) == (True, False)

    def test_all_sessions_end(self, held: Platform, user: User) -> None:
        tokens = [accounts.login(EMAIL, PASSWORD, platform=held).access_token for _ in range(2)]
        password_changes.change(user.id, PASSWORD, NEW, platform=held)
        assert [lasts(one, held) for one in tokens] == [False, False]

    def test_a_wrong_current_one_changes_nothing(self, held: Platform, user: User) -> None:
        with pytest.raises(InvalidCredentials):
            password_changes.change(user.id, NEW, NEW, platform=held)
        assert opens(PASSWORD, held)

    @pytest.mark.parametrize(
        ("new", "code"),
        [
            ("short", "password_length"),
            (EMAIL, "password_is_email"),
            ("passwordpassword1", "password_common"),
            ("\ud800" * 20, "password_characters"),
        ],
    )
    def test_a_bad_one_changes_nothing(
        self, held: Platform, user: User, new: str, code: str
    ) -> None:
        with pytest.raises(InvalidBody) as raised:
            password_changes.change(user.id, PASSWORD, new, platform=held)
        [fault] = raised.value.errors
        assert (fault.pointer, fault.code) == ("/new_password", code)
        assert opens(PASSWORD, held)

    @pytest.mark.parametrize("new", [PASSWORD, "ｃorrect horse battery"])
    def test_the_same_one_is_no_new_one(self, held: Platform, user: User, new: str) -> None:
        session = accounts.login(EMAIL, PASSWORD, platform=held).access_token
        with pytest.raises(InvalidBody) as raised:
            password_changes.change(user.id, PASSWORD, new, platform=held)
        assert [one.code for one in raised.value.errors] == ["password_unchanged"]
        assert lasts(session, held)

    @pytest.mark.parametrize("name", ["held", "aws"])
    def test_of_five_at_once_one_wins(self, name: str, request: Any) -> None:
        platform: Platform = request.getfixturevalue(name)
        user = accounts.register(EMAIL, PASSWORD, "Ada", platform=platform)

        def attempt(number: int) -> str | None:
            new = f"{NEW} number {number}"
            try:
                password_changes.change(user.id, PASSWORD, new, platform=platform)
            except (Conflict, VersionConflict, InvalidCredentials):
                return None
            return new

        [winner] = [one for one in at_once(5, attempt) if one]
        assert accounts.confirm(user.id, winner, platform=platform).epoch == 1

    def test_one_that_was_changed_meanwhile_is_a_conflict(self, held: Platform, user: User) -> None:
        other = {"password_hash": "another"}
        change = after_first("get", lambda: held.table.write(Update(keys.user(user.id), set=other)))
        platform, _ = watched(held, after=change)
        with pytest.raises(VersionConflict):
            password_changes.change(user.id, PASSWORD, NEW, platform=platform)
        assert accounts.profile(user.id, platform=held).epoch == 0

    def test_a_letter_of_before_sets_no_other(self, held: Platform, user: User, token: str) -> None:
        password_changes.change(user.id, PASSWORD, NEW, platform=held)
        assert refused(token, held, "another one of my own")
        assert opens(NEW, held)

    def test_its_user_is_told_by_letter(self, held: Platform, user: User) -> None:
        password_changes.change(user.id, PASSWORD, NEW, platform=held)
        assert letters_to(EMAIL, held)[-1]["subject"] == "Strata: Your password was changed"


class TestAskForReset:
    def test_a_user_gets_a_letter(self, held: Platform, token: str) -> None:
        letter = letters_to(EMAIL, held)[-1]
        assert "/v1/auth/password-reset/confirm" in letter["text"]

    @pytest.mark.parametrize("status", ["disabled", "leaving", None])
    def test_nobody_else_does(self, held: Platform, user: User, status: str | None) -> None:
        if status:
            held.table.write(Update(keys.user(user.id), set={"status": status}))
        email = EMAIL if status else "bob@example.com"
        before = len(letters_to(email, held))
        password_changes.ask_for_reset(email, platform=held)
        assert len(letters_to(email, held)) == before

    def test_what_is_no_address_is_told(self, held: Platform) -> None:
        with pytest.raises(InvalidBody) as raised:
            password_changes.ask_for_reset("bob", platform=held)
        assert [one.code for one in raised.value.errors] == ["invalid_email"]

    @pytest.mark.parametrize("email", [EMAIL, "bob@example.com"])
    def test_where_letters_go_far_the_answer_takes_the_same_time(
        self, held: Platform, clock: HeldClock, user: User, email: str
    ) -> None:
        class Slow:
            def send(self, letter: Letter) -> None:
                clock.sleep(0.3)

        sending = replace(held, settings=Settings(mail_from="x@example.com"), notifier=Slow())
        before = clock.monotonic()
        password_changes.ask_for_reset(email, platform=sending)
        assert clock.monotonic() - before == pytest.approx(password_changes.ANSWER_SECONDS)

    def test_a_letter_that_cannot_be_sent_is_told_in_the_log_alone(
        self, held: Platform, user: User, told: StringIO
    ) -> None:
        class Down:
            def send(self, letter: Letter) -> None:
                raise Unavailable

        password_changes.ask_for_reset(EMAIL, platform=replace(held, notifier=Down()))
        assert told.getvalue().count('"failure"') == 1

    def test_no_log_holds_a_token(self, held: Platform, user: User, told: StringIO) -> None:
        token = asked(held)
        password_changes.reset(token, NEW, platform=held)
        secret = token[len("srp_") + 26 : -7]
        assert told.getvalue()
        assert secret not in told.getvalue()
        assert NEW not in told.getvalue()


class TestReset:
    def test_the_new_one_opens_and_the_old_one_does_not(self, held: Platform, token: str) -> None:
        password_changes.reset(token, NEW, platform=held)
        assert (opens(NEW, held), opens(PASSWORD, held)) == (True, False)

    def test_all_sessions_end(self, held: Platform, token: str) -> None:
        session = accounts.login(EMAIL, PASSWORD, platform=held).access_token
        password_changes.reset(token, NEW, platform=held)
        assert not lasts(session, held)

    def test_a_locked_account_opens_at_once(self, held: Platform, token: str) -> None:
        for _ in range(10):
            opens("wrong, and long enough", held)
        with pytest.raises(TooManyAttempts):
            opens(PASSWORD, held)
        password_changes.reset(token, NEW, platform=held)
        assert opens(NEW, held)

    def test_it_works_once(self, held: Platform, token: str) -> None:
        assert [refused(token, held) for _ in range(2)] == [False, True]

    @pytest.mark.parametrize("name", ["held", "aws"])
    def test_of_twenty_at_once_one_wins(self, name: str, request: Any) -> None:
        platform: Platform = request.getfixturevalue(name)
        user = accounts.register(EMAIL, PASSWORD, "Ada", platform=platform)
        token = one_time_tokens.issue(user.id, RESET, platform=platform)

        def attempt(number: int) -> str | None:
            new = f"{NEW} number {number}"
            return None if refused(token, platform, new) else new

        [winner] = [one for one in at_once(20, attempt) if one]
        assert accounts.confirm(user.id, winner, platform=platform).epoch == 1

    def test_it_is_good_for_an_hour(self, held: Platform, clock: HeldClock, token: str) -> None:
        clock.sleep(timedelta(hours=1).total_seconds() - 1)
        assert not refused(token, held)

    def test_and_no_longer(self, held: Platform, clock: HeldClock, token: str) -> None:
        clock.sleep(timedelta(hours=1).total_seconds())
        assert refused(token, held)

    def test_a_bad_password_leaves_it_good(self, held: Platform, token: str) -> None:
        with pytest.raises(InvalidBody) as raised:
            password_changes.reset(token, "short", platform=held)
        assert [one.pointer for one in raised.value.errors] == ["/new_password"]
        assert not refused(token, held)

    def test_one_for_another_purpose_is_refused(self, held: Platform, user: User) -> None:
        assert refused(one_time_tokens.issue(user.id, VERIFICATION, platform=held), held)

    def test_the_one_before_the_last_is_refused(self, held: Platform, token: str) -> None:
        asked(held)
        assert refused(token, held)

    @pytest.mark.parametrize("status", ["disabled", "leaving"])
    def test_whoever_may_not_sign_in_sets_none(
        self, held: Platform, user: User, token: str, status: str
    ) -> None:
        held.table.write(Update(keys.user(user.id), set={"status": status}))
        assert refused(token, held)

    def test_who_has_left_sets_none(self, held: Platform, user: User, token: str) -> None:
        held.table.write(Delete(keys.user(user.id)))
        assert refused(token, held)

    def test_a_crash_in_between_leaves_all_as_it_was(
        self, held: Platform, user: User, token: str
    ) -> None:
        def down(asked: str, _: Any) -> None:
            if asked == "write_all":
                raise Unavailable

        platform, _ = watched(held, before=down)
        with pytest.raises(Unavailable):
            password_changes.reset(token, NEW, platform=platform)
        assert opens(PASSWORD, held)
        assert not refused(token, held)

    def test_its_user_is_told_by_letter_and_in_the_log(
        self, held: Platform, user: User, token: str
    ) -> None:
        password_changes.reset(token, NEW, platform=held)
        assert letters_to(EMAIL, held)[-1]["subject"] == "Strata: Your password was reset"
        assert actions(user, held)[:2] == ["reset_password", "ask_for_password_reset"]


class TestTakeover:
    """Somebody registers an address that is not theirs, and waits inside for its owner."""

    @pytest.fixture
    def key(self, held: Platform, user: User) -> str:
        """An API key made by whoever registered."""
        return self.made(held)

    @pytest.fixture
    def message(self, held: Platform, user: User) -> Message:
        """For a trigger of theirs."""
        graph_id = graphs.create(user.id, chain(2), platform=held)["id"]
        made = triggers.create(owner(user.id), graph_id, "queue", platform=held)
        return Message(made["id"], made["token"], {}, "1")

    def made(self, platform: Platform, password: str = PASSWORD) -> str:
        token = accounts.login(EMAIL, password, platform=platform).access_token
        caller = identities.identify({"authorization": f"Bearer {token}"}, platform=platform)
        new = NewApiKey("Program", ["graph:read"])
        return str(api_keys.create(caller, new, platform=platform)["key"])

    def test_their_api_keys_open_nothing_any_more(
        self, held: Platform, key: str, token: str
    ) -> None:
        assert opens_with(key, held)
        password_changes.reset(token, NEW, platform=held)
        assert not opens_with(key, held)
        assert opens_with(self.made(held, NEW), held)

    def test_nor_does_a_key_that_a_caller_of_before_makes_meanwhile(
        self, held: Platform, user: User, token: str
    ) -> None:
        session = accounts.login(EMAIL, PASSWORD, platform=held).access_token
        caller = identities.identify({"authorization": f"Bearer {session}"}, platform=held)
        password_changes.reset(token, NEW, platform=held)
        new = NewApiKey("Program", ["graph:read"])
        key = api_keys.create(caller, new, platform=held)["key"]
        assert not opens_with(key, held)

    def test_their_triggers_start_nothing_any_more(
        self, held: Platform, message: Message, token: str
    ) -> None:
        password_changes.reset(token, NEW, platform=held)
        with pytest.raises(PermissionDenied):
            triggers.start_queued(message, platform=held)

    def test_a_new_secret_makes_an_old_key_no_new_one(
        self, held: Platform, user: User, key: str, token: str
    ) -> None:
        password_changes.reset(token, NEW, platform=held)
        key_id = "key_" + key.split("_")[2]
        rotated = api_keys.rotate(user.id, key_id, platform=held)["key"]
        assert not opens_with(rotated, held)

    def test_an_address_that_was_verified_before_keeps_what_runs(
        self, held: Platform, user: User, key: str, message: Message, token: str
    ) -> None:
        held.table.write(Update(keys.user(user.id), set={"email_verified": True}))
        password_changes.reset(token, NEW, platform=held)
        assert opens_with(key, held)
        assert triggers.start_queued(message, platform=held)["id"]

    @pytest.mark.parametrize(("verified", "told"), [(False, "nothing any more"), (True, "stay as")])
    def test_the_letters_tell_what_becomes_of_keys(
        self, held: Platform, user: User, verified: bool, told: str
    ) -> None:
        held.table.write(Update(keys.user(user.id), set={"email_verified": verified}))
        password_changes.reset(asked(held), NEW, platform=held)
        before, after = (one["text"] for one in letters_to(EMAIL, held)[-2:])
        assert ("API keys and triggers made so far" in before) is not verified
        assert told in after
        assert "GET /v1/api-keys" in after


def opens_with(key: str, platform: Platform) -> bool:
    try:
        api_keys.authenticate(key, platform=platform)
    except InvalidApiKey:
        return False
    return True
