"""Who leaves waits for no provider, and of those who leave nobody waits for ever."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from strata import departures, erasing, halting
from strata.model.errors import NodeError
from strata.model.origin import NOWHERE
from strata.model.user import Caller
from strata.pacing import Pace
from strata.platform import Platform
from strata.ports import Query
from strata.store import credentials, keys
from strata.store import users as stored
from strata.store.departures import Departure, take_turn
from tests.held_clock import HeldClock
from tests.held_oauth import authorized, reaching
from tests.held_platform import OTHER_USER, USER, add_user
from tests.oauth_server import OAuthServer, oauth_server
from tests.watched_table import Operation, watched

ADMIN = Caller("usr_" + "9" * 26, frozenset())
STILL = 1_200


@pytest.fixture(autouse=True)
def log(told: StringIO) -> StringIO:
    return told


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with oauth_server() as made:
        yield made


class Silent:
    """A network on which nobody answers: each call takes all the time that it has."""

    def __init__(self, clock: HeldClock) -> None:
        self._clock = clock
        self.calls = 0

    def send(self, call: Any, *_: Any) -> Any:
        self.calls += 1
        self._clock.sleep(call.timeout_seconds)
        raise NodeError("timeout", "Nobody answered in time.")


def leave(platform: Platform, user_id: str = USER) -> None:
    departures.remove(user_id, ADMIN, NOWHERE, platform=platform)


def left_of(platform: Platform, user_id: str = USER) -> int:
    return len(platform.table.query(credentials.all_of(user_id)).items)


class TestAProviderThatIsSilent:
    @pytest.fixture
    def silent(self, clock: HeldClock) -> Silent:
        return Silent(clock)

    @pytest.fixture
    def platform(self, held: Platform, server: OAuthServer, silent: Silent) -> Platform:
        add_user(held, USER)
        platform = reaching(held, server)
        for _ in range(12):
            authorized(platform, server)
        return replace(platform, outbound=silent)

    def test_the_request_asks_it_nothing(
        self, platform: Platform, silent: Silent, clock: HeldClock
    ) -> None:
        before = clock.monotonic()
        leave(platform)
        assert (silent.calls, clock.monotonic() - before) == (0, 0)
        found = stored.by_id(USER, platform)
        assert found is not None
        assert found.status == "leaving"

    def test_a_sweep_asks_it_for_seconds_each(
        self, platform: Platform, silent: Silent, clock: HeldClock
    ) -> None:
        leave(platform)
        before = clock.monotonic()
        departures.sweep(120, platform=platform)
        assert silent.calls == 12
        assert clock.monotonic() - before <= 36
        assert left_of(platform) == 0

    def test_it_keeps_nobody_else_from_going(
        self, platform: Platform, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(departures, "SWEEP_SECONDS", 20)
        monkeypatch.setattr(departures, "TURN_SECONDS", 5)
        add_user(platform, OTHER_USER)
        for one in (USER, OTHER_USER):
            leave(platform, one)
        clock.sleep(STILL)
        assert departures.sweep(120, platform=platform) == {"leaving": 1, "departed": 1}
        assert stored.by_id(OTHER_USER, platform) is None
        assert 0 < left_of(platform) < 12

    def test_who_was_not_reached_is_the_first_of_the_next_sweep(
        self, platform: Platform, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Though the one before them would fill that sweep too."""
        monkeypatch.setattr(departures, "SWEEP_SECONDS", 3)
        monkeypatch.setattr(departures, "TURN_SECONDS", 3)
        add_user(platform, OTHER_USER)
        for one in (USER, OTHER_USER):
            leave(platform, one)
        clock.sleep(STILL)
        assert departures.sweep(120, platform=platform)["departed"] == 0
        assert departures.sweep(120, platform=platform)["departed"] == 1
        assert stored.by_id(OTHER_USER, platform) is None


def test_tokens_are_revoked_by_the_sweep(held: Platform, server: OAuthServer) -> None:
    add_user(held, USER)
    platform = reaching(held, server)
    authorized(platform, server)
    leave(platform)
    assert server.revoked == []
    departures.sweep(120, platform=platform)
    assert server.revoked == ["refresh-swordfish-3"]
    assert left_of(platform) == 0


def slow(platform: Platform, clock: HeldClock, seconds: float) -> Platform:
    def step(_: Operation, asked: Any) -> None:
        if isinstance(asked, Query) and asked.pk != keys.leaving("").pk:
            clock.sleep(seconds)

    return watched(platform, before=step)[0]


@pytest.mark.parametrize("act", ["leave", "disable"])
def test_a_request_ends_in_time_though_the_table_is_slow(
    held: Platform, clock: HeldClock, act: str
) -> None:
    add_user(held, USER)
    platform = slow(held, clock, 4)
    before = clock.monotonic()
    if act == "leave":
        leave(platform)
    else:
        halting.try_to_halt(USER, platform=platform)
    assert clock.monotonic() - before <= 8


def test_one_that_is_over_by_now_has_no_turn(held: Platform) -> None:
    take_turn(Departure(USER, "2026-03-01T12:00:00.000Z"), "2026-03-01T12:00:00.000Z", held)
    assert held.table.get(keys.leaving(USER)) is None


def test_what_has_tokens_elsewhere_stays_unless_it_revokes(
    held: Platform, server: OAuthServer
) -> None:
    add_user(held, USER)
    platform = reaching(held, server)
    authorized(platform, server)
    erasing.shut(USER, Pace(100), platform, revokes=False)
    assert left_of(platform) == 1
