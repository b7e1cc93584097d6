"""How many accounts and letters strangers may ask for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from strata import accounts, password_changes, passwords, sign_in_limits, verification
from strata.model.errors import TooManyRequests
from strata.model.origin import Origin
from strata.model.user import User
from strata.platform import Platform
from strata.settings import Settings
from tests.held_clock import HeldClock

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
HOME = Origin("192.0.2.1")
AWAY = Origin("198.51.100.7")
HOUR = 3600


@pytest.fixture(autouse=True)
def _no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes its time, and is not what this is about."""
    monkeypatch.setattr(passwords, "hashed", lambda *_: passwords.NOBODY)


@pytest.fixture
def user(held: Platform) -> User:
    return accounts.register(EMAIL, PASSWORD, "Ada", platform=held)


@pytest.fixture
def strict(held: Platform) -> Platform:
    return replace(held, settings=Settings(sign_ups_per_hour="3"))


@pytest.fixture
def ask(strict: Platform) -> Callable[..., int]:
    """Asks for a letter; seconds to wait, 0 where none."""

    def ask_for(email: str, origin: Origin = HOME) -> int:
        try:
            password_changes.ask_for_reset(email, origin, platform=strict)
        except TooManyRequests as refusal:
            return refusal.retry_after
        return 0

    return ask_for


def test_a_source_has_so_many_registrations_an_hour(strict: Platform, clock: HeldClock) -> None:
    def register(number: int, origin: Origin = HOME) -> None:
        email = f"{number}@example.org"
        accounts.register(email, PASSWORD, "", origin, platform=strict)

    for number in range(3):
        register(number)
    with pytest.raises(TooManyRequests) as raised:
        register(3)
    assert (raised.value.code, raised.value.retry_after) == ("too_many_requests", HOUR)
    register(3, AWAY)
    clock.sleep(HOUR)
    register(4)


def test_a_source_has_so_many_letters_an_hour(ask: Callable[..., int]) -> None:
    assert [ask(f"{number}@example.org") for number in range(4)] == [0, 0, 0, HOUR]
    assert ask("0@example.org", AWAY) == 0


@pytest.mark.parametrize("email", [EMAIL, "unknown@example.com"])
def test_an_address_gets_five_an_hour_known_or_not(
    user: User, clock: HeldClock, ask: Callable[..., int], email: str
) -> None:
    origins = [Origin(f"10.0.0.{number}") for number in range(7)]
    assert [ask(email, origin) for origin in origins] == [0] * 5 + [HOUR] * 2
    clock.sleep(timedelta(hours=1).total_seconds())
    assert ask(email) == 0


def test_a_stranger_s_letters_use_up_none_of_a_signed_in_user(held: Platform, user: User) -> None:
    for number in range(sign_in_limits.LETTERS_TO_ADDRESS):
        password_changes.ask_for_reset(EMAIL, Origin(f"10.0.0.{number}"), platform=held)
    verification.send_again(user.id, HOME, platform=held)


def test_what_no_request_asked_for_has_no_source(strict: Platform) -> None:
    for number in range(5):
        accounts.register(f"{number}@example.org", PASSWORD, "", platform=strict)
