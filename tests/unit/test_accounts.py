"""Accounts: one for each address, however it is written, and no word about who has one."""

import unicodedata

import pytest

from strata import accounts, tokens
from strata.model.errors import EmailTaken, InvalidBody, InvalidCredentials, NotFound
from strata.model.user import User
from strata.platform import Platform
from strata.store import users
from tests.at_once import at_once
from tests.held_platform import USER

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


def register(platform: Platform, email: str = EMAIL, password: str = PASSWORD) -> User:
    return accounts.register(email, password, "Ada", platform=platform)


def refusal(platform: Platform, email: str = EMAIL, password: str = PASSWORD) -> list[str]:
    """The codes of the faults."""
    with pytest.raises(InvalidBody) as raised:
        register(platform, email, password)
    return [one.code for one in raised.value.errors]


class TestRegister:
    def test_a_new_user_can_log_in_and_look_at_oneself(self, held: Platform) -> None:
        user = register(held)
        login = accounts.login(EMAIL, PASSWORD, platform=held)
        caller = tokens.authenticate(login.access_token, platform=held)
        assert caller.user_id == user.id
        assert accounts.profile(user.id, platform=held) == user

    @pytest.mark.parametrize(
        "other",
        [
            "ADA@Example.COM",
            " ada@example.com ",
            "ａｄａ@example.com",
            "ada@ｅxample.com",
            "𝐚𝐝𝐚@example.com",
        ],
    )
    def test_one_address_written_otherwise_is_the_same(self, held: Platform, other: str) -> None:
        user = register(held)
        with pytest.raises(EmailTaken):
            register(held, other)
        caller = tokens.authenticate(
            accounts.login(other, PASSWORD, platform=held).access_token, platform=held
        )
        assert caller.user_id == user.id

    def test_a_normal_address_is_normal_already(self) -> None:
        for character in map(chr, range(0xD800)):
            once = accounts.normal_email(f"{character}@example.com")
            assert accounts.normal_email(once) == once

    def test_of_twenty_at_once_one_gets_the_address(self, held: Platform) -> None:
        def attempt(number: int) -> str | None:
            try:
                return register(held, "Ada@example.com" if number % 2 else EMAIL).id
            except EmailTaken:
                return None

        [winner] = [one for one in at_once(20, attempt) if one]
        user = users.by_email(EMAIL, held)
        assert user is not None
        assert user.id == winner

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@example.",
            "ada@.com",
            "ada@exa mple.com",
            "ada@b@example.com",
            "ada\n@example.com",
            "ada\x00@example.com",
            "a" * 243 + "@example.com",
        ],
    )
    def test_what_is_no_address_is_refused(self, held: Platform, email: str) -> None:
        assert refusal(held, email) == ["invalid_email"]

    def test_an_address_of_254_characters_is_one(self, held: Platform) -> None:
        register(held, "a" * 242 + "@example.com")

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("x" * 15, id="the shortest"),
            pytest.param("x" * 128, id="the longest"),
            pytest.param("pass phrase of words", id="spaces"),
            pytest.param("😀" * 15, id="characters count, not bytes"),
            pytest.param("ﬃ" * 5, id="as many as it has once normalised"),
        ],
    )
    def test_a_password_of_15_to_128_characters_is_taken(
        self, held: Platform, password: str
    ) -> None:
        register(held, password=password)
        assert accounts.login(EMAIL, password, platform=held).expires_in == 900

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("", id="none"),
            pytest.param("x" * 14, id="too short"),
            pytest.param("x" * 129, id="too long"),
            pytest.param("ﬃ" * 43, id="too long once normalised"),
            pytest.param("e\u0301" * 14, id="too short once normalised"),
        ],
    )
    def test_another_is_refused(self, held: Platform, password: str) -> None:
        assert refusal(held, password=password) == ["password_length"]

    def test_the_address_itself_is_no_password(self, held: Platform) -> None:
        assert refusal(held, password="Ada@Example.COM") == ["password_is_email"]

    def test_all_faults_are_told_at_once(self, held: Platform) -> None:
        assert refusal(held, "ada", "short") == ["invalid_email", "password_length"]

    def test_the_password_is_kept_as_argon2id_alone(self, held: Platform) -> None:
        user = register(held)
        assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert PASSWORD not in str(user)

    def test_the_same_password_has_another_hash_each_time(self, held: Platform) -> None:
        hashes = {register(held, f"ada{n}@example.com").password_hash for n in range(2)}
        assert len(hashes) == 2


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
            ("bob@example.com", PASSWORD),
            ("", PASSWORD),
            ("x" * 5000, PASSWORD),
        ],
    )
    def test_a_wrong_address_or_password_gets_the_same_answer(
        self, held: Platform, email: str, password: str
    ) -> None:
        register(held)
        with pytest.raises(InvalidCredentials) as raised:
            accounts.login(email, password, platform=held)
        assert (raised.value.detail, raised.value.errors) == (InvalidCredentials.title, ())

    def test_an_unknown_address_costs_a_hash_too(
        self, held: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checked: list[str] = []
        real = accounts._matches

        def watch(password: str, phc: str) -> bool:
            checked.append(phc)
            return real(password, phc)

        monkeypatch.setattr(accounts, "_matches", watch)
        with pytest.raises(InvalidCredentials):
            accounts.login("bob@example.com", PASSWORD, platform=held)
        [phc] = checked
        assert phc.split("$")[:4] == ["", "argon2id", "v=19", "m=19456,t=2,p=1"]


def test_a_user_who_is_not_there_has_no_profile(held: Platform) -> None:
    with pytest.raises(NotFound):
        accounts.profile(USER, platform=held)
