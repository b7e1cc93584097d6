"""Accounts: one for each address, and no word to strangers about who has one."""

import unicodedata
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from strata import accounts, audit, identities, passwords
from strata.model.errors import (
    EmailTaken,
    EmailUnverified,
    InvalidBody,
    InvalidCredentials,
    NotFound,
    Unavailable,
    VersionConflict,
)
from strata.model.origin import Origin
from strata.model.user import User, UserStatus
from strata.paging import PageRequest
from strata.passwords import Cost
from strata.platform import Platform
from strata.ports import Delete, Letter, Update
from strata.settings import Settings
from strata.store import keys, users
from tests.at_once import at_once
from tests.held_platform import USER
from tests.watched_table import after_first, watched

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


def register(platform: Platform, email: str = EMAIL, password: str = PASSWORD) -> User:
    return accounts.register(email, password, "Ada", platform=platform)


def refusal(platform: Platform, email: str = EMAIL, password: str = PASSWORD) -> list[str]:
    """The codes of the faults."""
    with pytest.raises(InvalidBody) as raised:
        register(platform, email, password)
    return [one.code for one in raised.value.errors]


def caller_of(token: str, platform: Platform) -> str:
    return identities.identify({"authorization": f"Bearer {token}"}, platform=platform).user_id


def now_is(user: User, status: UserStatus, platform: Platform) -> None:
    platform.table.write(Update(keys.user(user.id), set={"status": status}))


def hash_of(user: User, platform: Platform) -> str:
    return accounts.profile(user.id, platform=platform).password_hash


class Down:
    """A notifier that cannot send."""

    def send(self, letter: Letter) -> None:
        raise Unavailable


class TestRegister:
    def test_a_new_user_can_log_in_and_look_at_oneself(self, held: Platform) -> None:
        user = register(held)
        login = accounts.login(EMAIL, PASSWORD, platform=held)
        assert caller_of(login.access_token, held) == user.id
        assert accounts.profile(user.id, platform=held) == user

    def test_one_address_written_otherwise_is_taken(self, held: Platform) -> None:
        user = register(held)
        with pytest.raises(EmailTaken):
            register(held, " ＡDA@Example.COM.")
        login = accounts.login("ADA@ｅxample.com", PASSWORD, platform=held)
        assert caller_of(login.access_token, held) == user.id

    @pytest.mark.parametrize("name", ["held", "aws"])
    def test_of_fifty_at_once_one_gets_the_address(
        self, name: str, request: pytest.FixtureRequest
    ) -> None:
        platform: Platform = request.getfixturevalue(name)

        def attempt(number: int) -> str | None:
            try:
                return register(platform, "Ada@example.com" if number % 2 else EMAIL).id
            except EmailTaken:
                return None

        [winner] = [one for one in at_once(50, attempt) if one]
        user = users.by_email(EMAIL, platform)
        assert user is not None
        assert user.id == winner

    def test_all_faults_are_told_at_once(self, held: Platform) -> None:
        assert refusal(held, "ada", "short") == ["invalid_email", "password_length"]

    def test_the_users_own_address_is_no_password(self, held: Platform) -> None:
        assert refusal(held, password="Ada@Example.COM") == ["password_is_email"]

    def test_the_password_is_kept_as_argon2id_alone(self, held: Platform) -> None:
        user = register(held)
        assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert PASSWORD not in str(held.table.get(keys.user(user.id)))

    def test_a_letter_that_cannot_be_sent_is_told_in_the_log_alone(
        self, held: Platform, told: StringIO
    ) -> None:
        user = register(replace(held, notifier=Down()))
        assert accounts.login(EMAIL, PASSWORD, platform=held)
        failures = [line for line in told.getvalue().splitlines() if '"failure"' in line]
        assert len(failures) == 1
        assert user.id in failures[0]


class TestLogin:
    def test_a_password_is_the_same_however_it_is_composed(self, held: Platform) -> None:
        password = "séance tenante à Genève"
        register(held, password=unicodedata.normalize("NFC", password))
        assert accounts.login(EMAIL, unicodedata.normalize("NFD", password), platform=held)

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            (EMAIL, "wrong"),
            (EMAIL, ""),
            (EMAIL, PASSWORD.upper()),
            (EMAIL, PASSWORD + " "),
            (EMAIL, "\ud800\x00"),
            ("bob@example.com", PASSWORD),
            ("", PASSWORD),
            ("\ud800@example.com", PASSWORD),
            ("\ufdfa" * 300, PASSWORD),
            ("x" * 5000, PASSWORD),
        ],
    )
    @pytest.mark.parametrize("name", ["held", "aws"])
    def test_a_wrong_address_or_password_gets_the_same_answer(
        self, name: str, request: pytest.FixtureRequest, email: str, password: str
    ) -> None:
        platform: Platform = request.getfixturevalue(name)
        register(platform)
        with pytest.raises(InvalidCredentials) as raised:
            accounts.login(email, password, platform=platform)
        assert (raised.value.detail, raised.value.errors) == (InvalidCredentials.title, ())

    @pytest.mark.parametrize("who", ["wrong", "unknown", "no address", "disabled", "leaving"])
    def test_whoever_is_refused_costs_the_same_work(
        self, held: Platform, monkeypatch: pytest.MonkeyPatch, who: str
    ) -> None:
        user = register(held)
        if who in ("disabled", "leaving"):
            now_is(user, who, held)  # type: ignore[arg-type]
        email = {"unknown": "bob@example.com", "no address": "bob"}.get(who, EMAIL)
        hashes: list[str] = []
        real = passwords.matches

        def matches(password: str, phc: str) -> bool:
            hashes.append(phc)
            return real(password, phc)

        monkeypatch.setattr(passwords, "matches", matches)
        platform, table = watched(held)
        given = "wrong, and long enough" if who == "wrong" else PASSWORD
        with pytest.raises(InvalidCredentials):
            accounts.login(email, given, platform=platform)
        assert [one.split("$")[:4] for one in hashes] == [
            ["", "argon2id", "v=19", "m=19456,t=2,p=1"]
        ]
        # Two writes find a new window; then one settles the attempt and one tells of it.
        assert table.calls == {"get": 2, "write": 4}

    @pytest.mark.parametrize("password", [PASSWORD, "wrong, and long enough"])
    def test_what_is_refused_is_in_the_users_log(self, held: Platform, password: str) -> None:
        user = register(held)
        now_is(user, "disabled", held)
        with pytest.raises(InvalidCredentials):
            accounts.login(EMAIL, password, Origin("192.0.2.7"), platform=held)
        last = entries(user, held)[0]
        assert (last["action"], last["result"]) == ("log_in", "invalid_credentials")
        assert last["source"] == "192.0.2.7"

    def test_a_sign_in_and_a_registration_are_in_the_users_log(self, held: Platform) -> None:
        user = register(held)
        accounts.login(EMAIL, PASSWORD, platform=held)
        found = [(one["action"], one["result"]) for one in entries(user, held)]
        assert found == [("log_in", "ok"), ("register", "ok")]


class TestVerifiedAddress:
    @pytest.fixture
    def strict(self, held: Platform) -> Platform:
        return replace(held, settings=Settings(verified_email="required"))

    def test_where_it_is_required_nobody_signs_in_without(self, strict: Platform) -> None:
        user = register(strict)
        with pytest.raises(EmailUnverified):
            accounts.login(EMAIL, PASSWORD, platform=strict)
        assert entries(user, strict)[0]["result"] == "email_unverified"

    def test_a_wrong_password_learns_nothing_of_it(self, strict: Platform) -> None:
        register(strict)
        with pytest.raises(InvalidCredentials):
            accounts.login(EMAIL, "wrong, and long enough", platform=strict)

    def test_whose_is_verified_signs_in(self, strict: Platform) -> None:
        user = register(strict)
        strict.table.write(Update(keys.user(user.id), set={"email_verified": True}))
        assert accounts.login(EMAIL, PASSWORD, platform=strict)


class TestHashingAgain:
    WEAK = Cost(8 * 1024, 1, 1)

    @pytest.fixture
    def old(self, held: Platform) -> User:
        """Whose hash was made with less than today's."""
        user = register(held)
        weak = passwords.hashed(PASSWORD, held.clock, self.WEAK)
        held.table.write(Update(keys.user(user.id), set={"password_hash": weak}))
        return user

    def test_a_right_password_is_hashed_by_todays_measure(self, held: Platform, old: User) -> None:
        login = accounts.login(EMAIL, PASSWORD, platform=held)
        assert "$m=19456,t=2,p=1$" in hash_of(old, held)
        assert caller_of(login.access_token, held) == old.id
        assert accounts.login(EMAIL, PASSWORD, platform=held)

    def test_a_wrong_one_changes_nothing(self, held: Platform, old: User) -> None:
        with pytest.raises(InvalidCredentials):
            accounts.login(EMAIL, "wrong, and long enough", platform=held)
        assert "$m=8192,t=1,p=1$" in hash_of(old, held)

    def test_what_is_strong_already_is_left_alone(self, held: Platform) -> None:
        user = register(held)
        accounts.login(EMAIL, PASSWORD, platform=held)
        assert hash_of(user, held) == user.password_hash

    def test_a_password_that_was_changed_meanwhile_stays_so(
        self, held: Platform, old: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = passwords.grown

        def grown(phc: str) -> Cost | None:
            changed = {"password_hash": "another"}
            held.table.write(Update(keys.user(old.id), set=changed))
            return real(phc)

        monkeypatch.setattr(passwords, "grown", grown)
        accounts.login(EMAIL, PASSWORD, platform=held)
        assert hash_of(old, held) == "another"


class TestProfile:
    @pytest.fixture
    def user(self, held: Platform) -> User:
        return register(held)

    def test_what_is_given_changes_and_nothing_else(self, held: Platform, user: User) -> None:
        changed = accounts.change(user.id, {"name": "Countess"}, platform=held)
        assert changed == replace(user, name="Countess", revision=2)
        assert accounts.profile(user.id, platform=held) == changed

    def test_preferences_are_any_json_and_replaced_as_a_whole(
        self, held: Platform, user: User
    ) -> None:
        first: dict[str, Any] = {"scale": 1.5, "on": True, "of": [None, {"a": 10**30}]}
        for preferences in (first, {"é": "ü"}):
            accounts.change(user.id, {"preferences": preferences}, platform=held)
            assert accounts.profile(user.id, platform=held).preferences == preferences

    @pytest.mark.parametrize(
        "preferences",
        [
            pytest.param({"a": "x" * 8192}, id="large"),
            pytest.param({str(n): "ü" * 100 for n in range(50)}, id="large in bytes"),
            pytest.param({"a": [[[[[[[[[1]]]]]]]]]}, id="deep"),
        ],
    )
    def test_large_or_deep_preferences_are_refused(
        self, held: Platform, user: User, preferences: Any
    ) -> None:
        with pytest.raises(InvalidBody) as raised:
            accounts.change(user.id, {"preferences": preferences}, platform=held)
        assert [one.code for one in raised.value.errors] == ["invalid_preferences"]
        assert accounts.profile(user.id, platform=held) == user

    def test_a_stale_tag_changes_nothing(self, held: Platform, user: User) -> None:
        accounts.change(user.id, {"name": "A"}, if_match='"1"', platform=held)
        with pytest.raises(VersionConflict):
            accounts.change(user.id, {"name": "B"}, if_match='"1"', platform=held)
        assert accounts.profile(user.id, platform=held).name == "A"

    @pytest.mark.parametrize("name", ["held", "aws"])
    def test_of_ten_with_one_tag_one_wins(self, name: str, request: Any) -> None:
        platform: Platform = request.getfixturevalue(name)
        user = register(platform)

        def attempt(number: int) -> bool:
            given = {"name": str(number)}
            try:
                accounts.change(user.id, given, if_match='"1"', platform=platform)
            except VersionConflict:
                return False
            return True

        assert sum(at_once(10, attempt)) == 1

    def test_a_user_who_is_not_there_has_none(self, held: Platform) -> None:
        with pytest.raises(NotFound):
            accounts.profile(USER, platform=held)
        with pytest.raises(NotFound):
            accounts.change(USER, {"name": "x"}, platform=held)

    def test_who_leaves_meanwhile_has_none(self, held: Platform, user: User) -> None:
        gone = after_first("get", lambda: held.table.write(Delete(keys.user(user.id))))
        platform, _ = watched(held, after=gone)
        with pytest.raises(NotFound):
            accounts.change(user.id, {"name": "x"}, platform=platform)


def entries(user: User, platform: Platform) -> list[dict[str, str]]:
    """Newest first."""
    page = PageRequest(100, None)
    found: list[dict[str, str]] = audit.listing(user.id, page=page, platform=platform)["items"]
    return found
