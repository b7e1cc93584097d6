"""What strangers may try: never more at once than one after the other, and wherever they say that
they come from."""

from dataclasses import replace
from typing import Any

import pytest

from strata import (
    accounts,
    audit,
    password_changes,
    passwords,
    sign_in_limits,
)
from strata.clock import SystemClock
from strata.model.errors import (
    InvalidCredentials,
    TooManyAttempts,
    Unavailable,
)
from strata.model.origin import Origin
from strata.model.user import User
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Put
from strata.sign_in_limits import network_of
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.watched_table import Operation, watched

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
WRONG = "wrong, and long enough"
HOME, AWAY = Origin("192.0.2.1"), Origin("198.51.100.7")
MINUTE, HOUR = 60, 3600
MOST = sign_in_limits.ATTEMPTS_OF_SOURCE

Hashes = list[str]


class StillClock(HeldClock):
    """No time passes, however long one waits."""

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def user(held: Platform) -> User:
    return registered(held)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Hashes:
    """The passwords that were compared, which now takes no time."""
    compared: Hashes = []

    def matches(password: str, _: str) -> bool:
        compared.append(password)
        return password == PASSWORD

    monkeypatch.setattr(passwords, "matches", matches)
    monkeypatch.setattr(passwords, "hashed", lambda *_: passwords.NOBODY)
    return compared


def registered(platform: Platform, email: str = EMAIL) -> User:
    return accounts.register(email, PASSWORD, "Ada", platform=platform)


def attempt(
    platform: Platform, password: str = WRONG, email: str = EMAIL, origin: Origin = HOME
) -> str:
    """How it ends."""
    try:
        accounts.login(email, password, origin, platform=platform)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        return refusal.code
    return "in"


def wait_of(platform: Platform, **given: Any) -> int:
    """Seconds after which one may try again."""
    with pytest.raises(TooManyAttempts) as raised:
        accounts.login(**{"email": EMAIL, "password": WRONG, "origin": HOME, **given},
                       platform=platform)  # fmt: skip
    assert raised.value.headers["Retry-After"] == str(raised.value.retry_after)
    return raised.value.retry_after


def fail(times: int, platform: Platform, origin: Origin = HOME) -> None:
    """Each on another address, so that only the source is counted up."""
    for number in range(times):
        platform.clock.sleep(MINUTE)
        assert attempt(platform, email=f"{number}@example.org", origin=origin) == (
            "invalid_credentials"
        )


class TestAccount:
    @pytest.mark.parametrize("email", [EMAIL, "unknown@example.com", "no address"])
    def test_the_eleventh_attempt_is_refused_whoever_it_is(
        self, held: Platform, user: User, hashes: Hashes, email: str
    ) -> None:
        ends = [attempt(held, email=email) for _ in range(12)]
        assert ends == ["invalid_credentials"] * 10 + ["too_many_attempts"] * 2
        assert len(hashes) == 10

    def test_the_right_password_is_refused_too(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        for _ in range(10):
            attempt(held)
        assert attempt(held, PASSWORD) == attempt(held, origin=AWAY) == "too_many_attempts"

    def test_it_opens_again_when_the_window_is_over(
        self, held: Platform, clock: HeldClock, user: User, hashes: Hashes
    ) -> None:
        for _ in range(10):
            attempt(held)
            clock.sleep(MINUTE)
        assert wait_of(held) == 5 * MINUTE
        clock.sleep(5 * MINUTE - 1)
        assert wait_of(held) == 1
        clock.sleep(1)
        assert attempt(held, PASSWORD) == "in"

    def test_a_right_password_frees_all_places(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        ends = [attempt(held, WRONG if n % 10 != 9 else PASSWORD, origin=AWAY) for n in range(20)]
        assert ends.count("in") == 2
        assert ends.count("too_many_attempts") == 0

    @pytest.mark.parametrize("name", ["held", "aws"])
    @pytest.mark.parametrize("email", [EMAIL, "unknown@example.com"])
    def test_of_fifty_guesses_at_once_ten_are_tried(
        self, name: str, request: Any, hashes: Hashes, email: str
    ) -> None:
        platform: Platform = request.getfixturevalue(name)
        registered(platform)
        ends = at_once(
            50, lambda n: attempt(platform, f"{n} {WRONG}", email, Origin(f"10.0.0.{n}"))
        )
        assert len(hashes) == 10
        assert (ends.count("invalid_credentials"), ends.count("too_many_attempts")) == (10, 40)

    def test_of_many_who_know_the_password_none_is_refused(
        self, held: Platform, user: User
    ) -> None:
        """They wait for places that are held by others who are not done."""
        platform = replace(held, clock=SystemClock())
        assert set(at_once(30, lambda _: attempt(platform, PASSWORD))) == {"in"}

    def test_an_attempt_that_broke_off_keeps_its_place_and_holds_up_nobody(
        self, held: Platform, clock: HeldClock, user: User, hashes: Hashes
    ) -> None:
        for _ in range(10):
            sign_in_limits.begin(EMAIL, "", platform=held)
        clock.sleep(MINUTE)
        waits = len(clock.waits)
        assert wait_of(held) == 14 * MINUTE
        assert len(clock.waits) == waits

    def test_nobody_waits_for_ever(self, held: Platform, user: User, hashes: Hashes) -> None:
        platform = replace(held, clock=StillClock())
        for _ in range(10):
            sign_in_limits.begin(EMAIL, "", platform=platform)
        assert attempt(platform, PASSWORD) == "too_many_attempts"

    def test_of_two_who_begin_a_window_one_joins_the_other(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        """It was not there when both looked."""
        others = [lambda: attempt(held)]

        def meanwhile(_: Operation, write: Any) -> None:
            if isinstance(write, Put) and write.key.sk == "SIGN_INS" and others:
                others.pop()()

        platform, _ = watched(held, before=meanwhile)
        ends = [attempt(platform), *[attempt(held) for _ in range(9)]]
        assert ends == ["invalid_credentials"] * 9 + ["too_many_attempts"]

    def test_a_lock_is_in_the_users_log_once(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        for _ in range(15):
            attempt(held)
        page = PageRequest(100, None)
        items = audit.listing(user.id, page=page, platform=held)["items"]
        results = [(one["action"], one["result"]) for one in items]
        assert results.count(("lock_sign_in", "too_many_attempts")) == 1
        assert results.count(("log_in", "invalid_credentials")) == 10

    @pytest.mark.parametrize("operation", ["write", "get"])
    def test_nobody_is_let_in_while_nothing_can_be_counted(
        self, held: Platform, user: User, hashes: Hashes, operation: Operation
    ) -> None:
        def down(asked: Operation, _: Any) -> None:
            if asked == operation:
                raise Unavailable

        platform, _ = watched(held, before=down)
        with pytest.raises(Unavailable):
            accounts.login(EMAIL, PASSWORD, HOME, platform=platform)
        assert hashes == []


class TestSource:
    def test_after_fifty_failures_each_attempt_waits_longer(
        self, held: Platform, clock: HeldClock, hashes: Hashes
    ) -> None:
        for number in range(MOST):
            attempt(held, email=f"{number}@example.org")
        for number, delay in enumerate((1, 2, 4, 8, 16, 30, 30)):
            other = f"late{number}@example.org"
            assert wait_of(held, email=other) == delay
            clock.sleep(delay - 0.001)
            assert wait_of(held, email=other) == 1
            clock.sleep(0.001)
            assert attempt(held, email=other) == "invalid_credentials"

    def test_another_source_does_not_wait(self, held: Platform, hashes: Hashes) -> None:
        for number in range(MOST):
            attempt(held, email=f"{number}@example.org")
        assert wait_of(held) == 1
        assert attempt(held, origin=AWAY) == "invalid_credentials"

    def test_one_who_may_try_again_is_let_in_with_the_right_password(
        self, held: Platform, clock: HeldClock, user: User, hashes: Hashes
    ) -> None:
        for number in range(MOST):
            attempt(held, email=f"{number}@example.org")
        clock.sleep(1)
        assert attempt(held, PASSWORD) == "in"

    def test_right_passwords_do_not_count_and_clear_nothing(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        assert {attempt(held, PASSWORD) for _ in range(MOST + 1)} == {"in"}
        for number in range(MOST - 1):
            attempt(held, email=f"{number}@example.org")
        assert attempt(held, PASSWORD) == "in"
        assert attempt(held, email="x@example.org") == "invalid_credentials"
        assert wait_of(held, email="y@example.org") == 1

    def test_attempts_on_a_locked_account_do_not_count(
        self, held: Platform, hashes: Hashes
    ) -> None:
        assert [attempt(held) for _ in range(40)].count("invalid_credentials") == 10
        for number in range(MOST - 10):
            assert attempt(held, email=f"{number}@example.org") == "invalid_credentials"
        assert wait_of(held, email="another@example.org") == 1

    def test_after_an_hour_it_is_as_before(
        self, held: Platform, clock: HeldClock, hashes: Hashes
    ) -> None:
        fail(MOST, held)
        clock.sleep(HOUR)
        fail(MOST, held)

    def test_of_eighty_at_once_on_other_accounts_fifty_are_tried(
        self, held: Platform, hashes: Hashes
    ) -> None:
        platform = replace(held, clock=StillClock())
        ends = at_once(80, lambda n: attempt(platform, email=f"{n}@example.org"))
        assert ends.count("invalid_credentials") == len(hashes) == MOST

    @pytest.mark.parametrize(
        ("written", "network"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:0DB8:0001:0002::", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("fe80::1%eth0", "fe80::/64"),
            ("unknown", "unknown"),
        ],
    )
    def test_a_source_is_what_one_customer_has(self, written: str, network: str) -> None:
        assert network_of(written) == network


class TestConfirmation:
    """Of one's password, by who is signed in."""

    def confirm(self, user: User, platform: Platform, password: str = WRONG) -> str:
        """How it ends."""
        try:
            accounts.confirm(user.id, password, HOME, platform=platform)
        except (InvalidCredentials, TooManyAttempts) as refusal:
            return refusal.code
        return "confirmed"

    def test_strangers_lock_nobody_out_of_it(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        for _ in range(12):
            attempt(held)
        fail(MOST, held)
        assert attempt(held, PASSWORD) == "too_many_attempts"
        assert self.confirm(user, held, PASSWORD) == "confirmed"

    def test_a_thief_of_a_session_has_ten_guesses_and_locks_no_sign_in(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        ends = [self.confirm(user, held) for _ in range(9)]
        with pytest.raises(InvalidCredentials):
            password_changes.change(user.id, WRONG, "another one, and long", platform=held)
        ends += [self.confirm(user, held, PASSWORD) for _ in range(2)]
        assert ends == ["invalid_credentials"] * 9 + ["too_many_attempts"] * 2
        assert len(hashes) == 10
        assert attempt(held, PASSWORD) == "in"

    def test_of_fifty_at_once_ten_are_tried(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        ends = at_once(50, lambda _: self.confirm(user, held))
        assert (len(hashes), ends.count("too_many_attempts")) == (10, 40)

    def test_that_no_place_is_left_is_in_the_users_log(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        for _ in range(12):
            self.confirm(user, held)
        items = audit.listing(user.id, page=PageRequest(100, None), platform=held)["items"]
        assert [one["action"] for one in items] == ["lock_confirmation", "register"]

    def test_it_opens_again_when_the_window_is_over(
        self, held: Platform, user: User, clock: HeldClock, hashes: Hashes
    ) -> None:
        for _ in range(10):
            self.confirm(user, held)
        clock.sleep(15 * MINUTE)
        assert self.confirm(user, held, PASSWORD) == "confirmed"

    def test_who_has_the_mailbox_may_try_again_at_once(
        self, held: Platform, user: User, hashes: Hashes
    ) -> None:
        for _ in range(10):
            self.confirm(user, held)
        sign_in_limits.unlock(user, platform=held)
        assert self.confirm(user, held, PASSWORD) == "confirmed"
