"""Passwords: what a guesser would try is refused, and what is kept gets stronger with time."""

import re

import pytest
from zxcvbn import matching

from strata import passwords
from strata.passwords import COST, Cost
from tests.held_clock import HeldClock

EMAIL, NAME = "ada.lovelace@example.com", "Ada Lovelace"
PASSWORD = "correct horse battery"
SIGNS = "4@8({[<3691!|1|70$5+7%2"
"""Each may stand for a letter, some for several."""


def faults(password: str, email: str = EMAIL, name: str = NAME) -> list[str]:
    found = passwords.problems(password, email, name, "/password")
    assert {one.pointer for one in found} <= {"/password"}
    return [one.code for one in found]


class TestWhichAreTaken:
    @pytest.mark.parametrize(
        "password",
        [
            "correct horse battery staple",
            "four words of your own",
            "pass phrase of words",
            "séance tenante à Genève",
            "Trotz-Regen 47 Enten",
            "雨が降っても行きます、きっと明日",
            "my ada.lovelace is on the hill",
            pytest.param("x7#Kq-9wTz!Lp" + "ﬃ" * 2, id="as many as were typed"),
            pytest.param("Xq9$mTz-vLw2%" * 2, id="hard to guess, and twice"),
            "eleven strata of a graph",
            "summer 1999 with Elwood and Jake",
            pytest.param("x" * 80 + " eleven blue rhinos", id="hard to guess at one end alone"),
        ],
    )
    def test_one_that_is_hard_to_guess(self, password: str) -> None:
        assert faults(password) == []

    @pytest.mark.parametrize(
        "password",
        [
            pytest.param("", id="none"),
            pytest.param("Xq9$mTz-vLw2%", id="too short"),
            pytest.param("Xq9$mTz-vLw2%" * 10, id="too long"),
            pytest.param("ﬃ" * 43, id="too long once normalised"),
            pytest.param("e\u0301" * 14, id="too short once normalised"),
            pytest.param("\ufdfa", id="too short before that"),
        ],
    )
    def test_none_of_another_length(self, password: str) -> None:
        assert faults(password) == ["password_length"]

    @pytest.mark.parametrize(
        "password",
        [
            "Ada.Lovelace@Example.COM",
            "ada.lovelace@example.com1",
            "2024 ada.lovelace@example.com",
            "ada.lovelace123",
            "ADA-LOVELACE!!!",
            "adalovelaceadalovelace",
            "ａｄａ.ｌｏｖｅｌａｃｅ９９９",
        ],
    )
    def test_none_that_is_the_address(self, password: str) -> None:
        assert faults(password) == ["password_is_email"]

    @pytest.mark.parametrize("password", ["Augusta Ada King", "augustaadaking!99"])
    def test_none_that_is_the_name(self, password: str) -> None:
        assert faults(password, name="Augusta Ada King") == ["password_is_name"]

    @pytest.mark.parametrize(
        "password",
        [
            "x" * 15,
            "x" * 128,
            "😀" * 15,
            "passwordpassword1",
            "P@ssw0rdP@ssw0rd",
            "123456789012345",
            "qwertyuiopasdfgh",
            "iloveyouiloveyou",
            "monkeymonkeymonkey",
            "exampleexampleexample",
            "iloveyouforever1",
            "Password1234567!",
            pytest.param("lovelace 2026 ada!!", id="the name in another order"),
            pytest.param("4da.l0vel4ce@ex4mple.com", id="the address in other signs"),
            pytest.param("ecalevol-elpmaxe", id="the user's words backwards"),
        ],
    )
    def test_none_that_a_million_guesses_find(self, password: str) -> None:
        assert faults(password) == ["password_common"]

    @pytest.mark.parametrize(
        "password",
        [
            "passwordpasswordpasswordpassword1",
            "password password password password",
            "1234567890" * 4,
            "1234567890" * 12,
            "01/02/03 " * 14,
            "aaaaaaaabbbbbbbbbcc" * 6,
            "strata-strata-strata",
            "WelcomeWELCOMEwelcome",
        ],
    )
    def test_none_that_is_easy_once_repetitions_are_written_once(self, password: str) -> None:
        assert faults(password) == ["password_common"]

    @pytest.mark.parametrize(
        "password",
        [
            "1q2w3e4r5t6y7u8i9o0p",
            "zaq12wsxcde34rfv",
            "!QAZ2wsx#EDC4rfv",
            "poiuytrewq0987654321",
            "qazwsxedcrfvtgbyhn",
            "azertyuiopazerty",
            "ZYXWVUTSRQPONMLK",
            "7890123456789012",
        ],
    )
    def test_none_that_fingers_walk(self, password: str) -> None:
        assert faults(password) == ["password_common"]

    @pytest.mark.parametrize(
        "password",
        [
            "StrataStrata2026!",
            "Agent-Graph-2026!!",
            "admin@1234567890",
            "Summer2026Summer",
            "March_2027_March!",
            "Welcome.Company.1",
            "5tr4t4-4dm1n-2026",
        ],
    )
    def test_none_of_words_that_are_tried_first_here(self, password: str) -> None:
        assert faults(password) == ["password_common"]

    @pytest.mark.parametrize("one", ["\x00", "\n", "\x7f", "\ud800"])
    def test_none_with_what_is_no_text(self, one: str) -> None:
        assert faults(f"correct horse {one} battery") == ["password_characters"]

    def test_a_name_without_letters_refuses_nothing(self) -> None:
        assert faults("4096 bytes of memory", email="1234@example.com", name="007") == []

    def test_what_is_refused_is_not_repeated(self) -> None:
        [fault] = passwords.problems("passwordpassword1", EMAIL, NAME, "/new_password")
        assert fault.pointer == "/new_password"
        assert "passwordpassword1" not in fault.message

    @pytest.mark.parametrize(
        "hostile",
        [SIGNS * 6, ("p4@8({[<3691!|170$5+7%2assw0rd" * 5), "ab" * 64, "1.1.91" * 22, "a" * 128],
    )
    def test_the_work_for_128_hostile_characters_is_bounded(
        self, hostile: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All of them at once would take twenty times as many looks into the lists."""
        looks = 0

        class Watched(dict[str, int]):
            def __contains__(self, word: object) -> bool:
                nonlocal looks
                looks += 1
                return super().__contains__(word)

        lists = {name: Watched(words) for name, words in matching.RANKED_DICTIONARIES.items()}
        monkeypatch.setattr(matching, "RANKED_DICTIONARIES", lists)
        faults(hostile[:128])
        assert 0 < looks < 2_500_000

    def test_nothing_of_a_user_stays_where_others_are_judged(self) -> None:
        faults("exampleexampleexample")
        assert "user_inputs" not in matching.RANKED_DICTIONARIES


class TestHowTheyAreKept:
    def test_as_argon2id_alone(self, clock: HeldClock) -> None:
        kept = passwords.hashed(PASSWORD, clock)
        assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", kept)
        assert PASSWORD not in kept

    def test_the_same_one_differently_each_time(self, clock: HeldClock) -> None:
        assert len({passwords.hashed(PASSWORD, clock) for _ in range(2)}) == 2

    @pytest.mark.parametrize("tried", [PASSWORD.upper(), PASSWORD + " ", "", "\ud800", "\x00"])
    def test_another_one_does_not_match(self, clock: HeldClock, tried: str) -> None:
        kept = passwords.hashed(PASSWORD, clock)
        assert passwords.matches(PASSWORD, kept)
        assert not passwords.matches(tried, kept)

    def test_nobodys_costs_what_one_of_today_does(self) -> None:
        assert passwords.grown(passwords.NOBODY) is None
        assert not passwords.matches(PASSWORD, passwords.NOBODY)

    @pytest.mark.parametrize(
        ("had", "wanted"),
        [
            (Cost(8 * 1024, 2, 1), COST),
            (Cost(19 * 1024, 1, 1), COST),
            (Cost(64 * 1024, 1, 1), Cost(64 * 1024, 2, 1)),
            (Cost(8 * 1024, 4, 2), Cost(19 * 1024, 4, 2)),
        ],
    )
    def test_what_falls_short_anywhere_grows_there_and_shrinks_nowhere(
        self, clock: HeldClock, had: Cost, wanted: Cost
    ) -> None:
        assert passwords.grown(passwords.hashed(PASSWORD, clock, had)) == wanted

    @pytest.mark.parametrize("had", [COST, Cost(32 * 1024, 3, 1)])
    def test_what_is_strong_enough_stays(self, clock: HeldClock, had: Cost) -> None:
        assert passwords.grown(passwords.hashed(PASSWORD, clock, had)) is None

    def test_what_is_in_no_known_form_is_made_anew(self) -> None:
        assert passwords.grown("$argon2i$v=16$m=1,t=1,p=1$x$x") == COST
