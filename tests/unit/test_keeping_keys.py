"""Rotation of the signing key: once however often it is asked for, nothing left behind by a crash,
and let go when nothing needs it any more."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from strata import keeping_keys, signing_keys, tokens
from strata.aws.platform import connect
from strata.clock import timestamp
from strata.keeping_keys import KEEP_SECONDS, MAKING_SECONDS, MOST_KEYS
from strata.memory import Memory
from strata.model.errors import Conflict, Unavailable
from strata.platform import Platform
from strata.ports import Vault
from strata.settings import Settings
from strata.signing_keys import SETTLE_SECONDS
from tests.account import CLIENTS, with_keys
from tests.at_once import at_once
from tests.faults import Crash
from tests.held_clock import HeldClock
from tests.watched_table import watched

DAY = 24 * 3600
Rotate = Callable[[], Any]


@pytest.fixture(params=["local", "aws"])
def world(request: pytest.FixtureRequest) -> Platform:
    """On the embedded platform and on AWS."""
    if request.param == "local":
        held: Platform = request.getfixturevalue("held")
        return held
    request.getfixturevalue("line")
    settings: Settings = with_keys(request.getfixturevalue("aws_settings"))
    return connect(settings, request.getfixturevalue("clock"), CLIENTS)


def rotate(platform: Platform) -> Any:
    return keeping_keys.rotate_signing_key(platform=platform)


def keep(platform: Platform) -> Any:
    return keeping_keys.keep(platform=platform)


def alive(platform: Platform) -> set[str]:
    """By kid, in the eyes of a process that begins now."""
    new = replace(platform, memory=Memory())
    return {key["kid"] for key in tokens.jwks(platform=new)["keys"]}


def settle(platform: Platform, clock: HeldClock, more: float = 0) -> None:
    """Until the new key signs, and so much longer."""
    clock.sleep(SETTLE_SECONDS + platform.vault.settle_seconds + more)


class BrokenVault:
    """Steps in at a call of the vault: before it takes effect, or after."""

    def __init__(self, vault: Vault, call: str, *, after: bool, error: BaseException) -> None:
        self._vault, self._call, self._after, self._error = vault, call, after, error

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._vault, name)
        return self._broken(real) if name == self._call else real

    def _broken(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def broken(*given: Any) -> Any:
            if self._after:
                real(*given)
            raise self._error

        return broken


def broken(
    platform: Platform, call: str, *, after: bool = False, error: BaseException | None = None
) -> Platform:
    vault: Any = BrokenVault(platform.vault, call, after=after, error=error or Unavailable())
    return replace(platform, vault=vault, memory=Memory())


class TestRotation:
    def test_two_keys_live_and_then_one(self, world: Platform, clock: HeldClock) -> None:
        (first,) = alive(world)
        told = rotate(world)
        assert told == {"rotated": True, "kid": told["kid"]}
        assert alive(world) == {first, told["kid"]}
        settle(world, clock, KEEP_SECONDS)
        assert alive(world) == {told["kid"]}

    def test_the_new_key_signs_what_the_vault_alone_can_sign(
        self, world: Platform, clock: HeldClock
    ) -> None:
        told = rotate(world)
        settle(world, clock)
        key = signing_keys.current(platform=world)
        assert key.kid == told["kid"]
        assert key.name == world.vault.signing_keys()[0]

    def test_fifty_at_once_make_one_key(self, world: Platform) -> None:
        told = at_once(50, lambda _: rotate(world))
        assert sum(one["rotated"] for one in told) == 1
        assert len(world.vault.signing_keys()) == 1
        assert len(alive(world)) == 2

    def test_a_second_one_finds_the_first_just_made(self, held: Platform, clock: HeldClock) -> None:
        kid = rotate(held)["kid"]
        clock.sleep(SETTLE_SECONDS - 1)
        assert rotate(held) == {"rotated": False, "kid": kid}
        clock.sleep(1)
        assert rotate(held)["rotated"]

    def test_there_is_an_end_to_how_many_live_at_once(
        self, held: Platform, clock: HeldClock
    ) -> None:
        for _ in range(MOST_KEYS - 1):
            rotate(held)
            settle(held, clock)
        with pytest.raises(Conflict) as raised:
            rotate(held)
        clock.sleep(KEEP_SECONDS - (MOST_KEYS - 2) * SETTLE_SECONDS)
        assert f"ends at {timestamp(clock.now())}; rotate again then" in str(raised.value)

    def test_keys_whose_time_is_over_make_room_for_another(
        self, held: Platform, clock: HeldClock
    ) -> None:
        for _ in range(MOST_KEYS - 1):
            rotate(held)
            settle(held, clock)
        clock.sleep(KEEP_SECONDS)
        assert len(held.vault.signing_keys()) == MOST_KEYS - 1
        assert rotate(held)["rotated"]
        assert len(held.vault.signing_keys()) == 2

    def test_an_older_key_ends_when_it_was_to_end(self, held: Platform, clock: HeldClock) -> None:
        (first,) = alive(held)
        rotate(held)
        clock.sleep(KEEP_SECONDS / 2)
        second = rotate(held)["kid"]
        clock.sleep(KEEP_SECONDS / 2 + SETTLE_SECONDS)
        assert first not in alive(held)
        assert second in alive(held)
        assert len(alive(held)) == 2


class TestCrash:
    """Whatever was left behind, a day later one key lives, and the vault holds no other."""

    def assert_well_again(self, platform: Platform, clock: HeldClock, keys: int) -> None:
        clock.sleep(KEEP_SECONDS + SETTLE_SECONDS + platform.vault.settle_seconds)
        keep(platform)
        assert len(alive(platform)) == 1
        assert len(platform.vault.signing_keys()) == keys
        assert rotate(platform)["rotated"]

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_when_the_key_was_made(self, world: Platform, clock: HeldClock, after: bool) -> None:
        with pytest.raises(Crash):
            rotate(broken(world, "new_signing_key", after=after, error=Crash()))
        assert len(world.vault.signing_keys()) == after
        assert len(alive(world)) == 1
        self.assert_well_again(world, clock, keys=0)

    def test_when_it_was_listed(self, world: Platform, clock: HeldClock) -> None:
        def crash(operation: str, given: Any) -> None:
            if operation == "write" and len(given.item["keys"]) == 2:
                raise Crash

        with pytest.raises(Crash):
            rotate(watched(world, after=crash)[0])
        assert len(alive(world)) == 2
        self.assert_well_again(world, clock, keys=1)

    def test_when_a_key_was_to_be_let_go(self, world: Platform, clock: HeldClock) -> None:
        for _ in range(2):
            rotate(world)
            settle(world, clock)
        clock.sleep(KEEP_SECONDS)
        with pytest.raises(Crash):
            keep(broken(world, "retire_signing_key", error=Crash()))
        assert len(world.vault.signing_keys()) == 2
        self.assert_well_again(world, clock, keys=1)

    def test_for_the_time_of_a_rotation_that_vanished_others_wait(
        self, held: Platform, clock: HeldClock
    ) -> None:
        with pytest.raises(Crash):
            rotate(broken(held, "new_signing_key", after=True, error=Crash()))
        clock.sleep(MAKING_SECONDS - 1)
        assert not rotate(held)["rotated"]
        assert keep(held)["retired"] == 0
        clock.sleep(1)
        assert rotate(held)["rotated"]

    def test_one_that_slept_past_its_time_takes_back_the_key_it_made(
        self, held: Platform, clock: HeldClock
    ) -> None:
        kids = []

        def other() -> None:
            clock.sleep(MAKING_SECONDS)
            kids.append(rotate(held)["kid"])

        slow = replace(held, vault=Slow(held.vault, other))
        assert rotate(slow)["rotated"] is False
        assert len(held.vault.signing_keys()) == 1
        assert alive(held) > set(kids)


class Slow:
    """Something else happens while it makes a key."""

    def __init__(self, vault: Vault, meanwhile: Callable[[], None]) -> None:
        self._vault, self._meanwhile = vault, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)

    def new_signing_key(self) -> str:
        self._meanwhile()
        return self._vault.new_signing_key()


class TestUnavailable:
    @pytest.mark.parametrize("call", ["new_signing_key", "public_key"])
    def test_without_the_vault_nothing_changes_and_the_next_need_not_wait(
        self, held: Platform, call: str
    ) -> None:
        before = alive(held)
        keep(held)
        with pytest.raises(Unavailable):
            rotate(broken(held, call))
        assert alive(held) == before
        assert rotate(held)["rotated"]

    def test_without_the_table_either_the_time_runs_out(
        self, held: Platform, clock: HeldClock
    ) -> None:
        keep(held)
        down = iter([False, True])

        def step(operation: str, _: object) -> None:
            if operation == "write" and next(down, True):
                raise Unavailable

        with pytest.raises(Unavailable):
            rotate(watched(broken(held, "new_signing_key"), before=step)[0])
        assert not rotate(held)["rotated"]
        clock.sleep(MAKING_SECONDS)
        assert rotate(held)["rotated"]


class TestEachDay:
    @pytest.fixture
    def days(self, world: Platform, clock: HeldClock) -> Callable[[int], Iterator[Any]]:
        def pass_by(count: int) -> Iterator[Any]:
            for _ in range(count):
                clock.sleep(DAY)
                yield keep(world)

        return pass_by

    def test_a_key_signs_for_thirty_days_and_is_gone_a_day_later(
        self, world: Platform, days: Callable[[int], Iterator[Any]]
    ) -> None:
        keep(world)
        told = list(days(62))
        assert [day + 1 for day, one in enumerate(told) if one["rotated"]] == [30, 61]
        # The first key is the environment's own: it is believed no more, but never retired.
        assert [day + 1 for day, one in enumerate(told) if one["retired"]] == [62]
        assert len(alive(world)) == len(world.vault.signing_keys()) == 1

    def test_a_day_without_anything_to_do_writes_nothing(
        self, held: Platform, clock: HeldClock
    ) -> None:
        keep(held)
        platform, table = watched(held)
        clock.sleep(DAY)
        assert keep(platform) == {"rotated": False, "retired": 0}
        assert table.calls["write"] == 0

    def test_a_key_that_is_made_meanwhile_is_left_alone(self, held: Platform) -> None:
        keep(held)

        class Listing:
            def __getattr__(self, name: str) -> Any:
                return getattr(held.vault, name)

            def signing_keys(self) -> list[str]:
                there = [*held.vault.signing_keys(), "signing_" + "0" * 26]
                rotate(held)
                return [*there, *held.vault.signing_keys()]

        keep(replace(held, vault=Listing()))
        assert len(alive(held)) == 2
        assert len(held.vault.signing_keys()) == 1

    def test_a_rotation_that_begins_meanwhile_is_not_disturbed(
        self, held: Platform, clock: HeldClock
    ) -> None:
        rotate(held)
        settle(held, clock, KEEP_SECONDS)
        meanwhile = watched(held, after=second("get", lambda: rotate(held)))[0]
        assert keep(meanwhile)["retired"] == 0
        assert len(alive(held)) == 2

    def test_two_at_once_let_go_once(self, world: Platform, clock: HeldClock) -> None:
        for _ in range(2):
            rotate(world)
            settle(world, clock)
        clock.sleep(KEEP_SECONDS)
        at_once(8, lambda _: keep(world))
        assert len(world.vault.signing_keys()) == len(alive(world)) == 1

    def test_the_first_time_two_at_once_note_one_ring(self, world: Platform) -> None:
        at_once(8, lambda _: keep(world))
        assert len(alive(world)) == 1


def second(operation: str, meanwhile: Rotate) -> Callable[[str, Any], None]:
    """A step in after the second such operation."""
    seen = []

    def step(done: str, _: Any) -> None:
        if done == operation:
            seen.append(done)
            if len(seen) == 2:
                meanwhile()

    return step
