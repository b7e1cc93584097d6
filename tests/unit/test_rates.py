from dataclasses import replace
from typing import cast

import pytest

from strata import rates
from strata.model.errors import Unavailable
from strata.model.rate import DAY, MINUTE, Limits, Quota
from strata.model.user import Caller
from strata.platform import Platform
from strata.ports import ConditionFailed, Item, Query, Table, Update
from strata.settings import Settings
from strata.store import keys
from strata.store.rates import Counts, count_one, give_back
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER

KEY = "key_00000000000000000000000003"
ADA = Caller(USER, frozenset())
BY_KEY = Caller(USER, frozenset(), key_id=KEY, key_limits=Limits(minute=2))


@pytest.fixture
def world(held: Platform) -> Platform:
    return limited(held)


def limited(platform: Platform, minute: int = 3, day: int = 5) -> Platform:
    settings = Settings(requests_per_minute=str(minute), requests_per_day=str(day))
    return replace(platform, settings=settings)


def admitted(world: Platform, times: int, caller: Caller = ADA) -> int:
    return sum(rates.count(caller, platform=world).is_admitted for _ in range(times))


def test_a_minute_lets_in_so_many(world: Platform) -> None:
    assert admitted(world, 10) == 3


def test_the_next_minute_lets_in_again(world: Platform, clock: HeldClock) -> None:
    admitted(world, 10)
    clock.sleep(MINUTE)
    assert admitted(world, 10) == 2


def test_a_day_lets_in_so_many_whatever_its_minutes(world: Platform, clock: HeldClock) -> None:
    total = 0
    for _ in range(20):
        total += admitted(world, 1)
        clock.sleep(MINUTE)
    assert total == 5


def test_the_next_day_lets_in_again(world: Platform, clock: HeldClock) -> None:
    admitted(world, 10)
    clock.sleep(DAY)
    assert admitted(world, 10) == 3


def test_a_user_does_not_pay_for_another(world: Platform) -> None:
    admitted(world, 10)
    assert admitted(world, 10, Caller(OTHER_USER, frozenset())) == 3


def test_a_standing_tells_the_window_that_is_used_up_first(
    world: Platform, clock: HeldClock
) -> None:
    clock.sleep(10)
    first = rates.count(ADA, platform=world)
    assert first.tightest == Quota(MINUTE, limit=3, remaining=2, reset=50)
    assert first.policy == "3;w=60, 5;w=86400"
    admitted(world, 2)
    clock.sleep(MINUTE)
    fourth = rates.count(ADA, platform=world)
    assert fourth.tightest == Quota(DAY, limit=5, remaining=1, reset=43_200 - 70)


def test_whoever_is_refused_is_told_when_it_will_help_to_come_again(world: Platform) -> None:
    admitted(world, 3)
    refused = rates.count(ADA, platform=limited(world, day=3))
    # Both windows are used up: the end of the minute would not help.
    assert refused.tightest == Quota(DAY, limit=3, remaining=0, reset=43_200)
    assert not refused.is_admitted


def test_a_refused_request_is_not_counted(world: Platform, clock: HeldClock) -> None:
    admitted(world, 100)
    item = world.table.get(keys.rate(USER, USER))
    assert item is not None
    assert (item["in_minute"], item["in_day"]) == (3, 3)


def test_a_limit_that_was_made_smaller_leaves_nothing_and_not_less(world: Platform) -> None:
    admitted(world, 3)
    standing = rates.count(ADA, platform=limited(world, minute=1))
    assert (standing.tightest.remaining, standing.is_admitted) == (0, False)


class TestKeys:
    def test_a_key_s_own_limit_comes_besides_its_user_s(self, world: Platform) -> None:
        assert admitted(world, 10, BY_KEY) == 2
        assert admitted(world, 10) == 1

    def test_a_limit_wider_than_the_user_s_widens_nothing(self, world: Platform) -> None:
        assert admitted(world, 10, replace(BY_KEY, key_limits=Limits(minute=100))) == 3

    def test_the_tightest_of_all_is_told(self, world: Platform) -> None:
        standing = rates.count(BY_KEY, platform=world)
        assert standing.tightest == Quota(MINUTE, limit=2, remaining=1, reset=60)
        assert standing.policy == "2;w=60, 3;w=60, 5;w=86400"

    def test_a_key_may_be_limited_by_the_day_alone(self, world: Platform) -> None:
        assert admitted(world, 10, replace(BY_KEY, key_limits=Limits(day=1))) == 1

    def test_a_key_without_limits_of_its_own_is_not_counted(self, world: Platform) -> None:
        admitted(world, 1, replace(BY_KEY, key_limits=Limits()))
        assert len(world.table.query(Query(keys.rates(USER))).items) == 1

    def test_a_request_that_its_user_may_not_make_is_given_back_to_the_key(
        self, world: Platform, clock: HeldClock
    ) -> None:
        admitted(world, 3)
        refused = rates.count(BY_KEY, platform=world)
        assert (refused.is_admitted, refused.tightest.limit) == (False, 3)
        item = world.table.get(keys.rate(USER, KEY))
        assert item is not None
        assert (item["in_minute"], item["in_day"]) == (0, 0)

    def test_what_is_given_back_too_late_is_not(self, world: Platform, clock: HeldClock) -> None:
        admitted(world, 1, BY_KEY)
        key = keys.rate(USER, KEY)
        before = world.table.get(key)
        give_back(key, Counts(minute=1, day=1), world)
        assert world.table.get(key) == before


class TestAtOnce:
    """Threads, on either table."""

    @pytest.fixture(params=["held", "aws"])
    def anywhere(self, request: pytest.FixtureRequest) -> Platform:
        platform: Platform = request.getfixturevalue(request.param)
        return limited(platform, minute=100, day=1000)

    def test_of_300_requests_exactly_100_pass(self, anywhere: Platform) -> None:
        passed = at_once(300, lambda _: rates.count(ADA, platform=anywhere).is_admitted)
        assert sum(passed) == 100

    def test_each_one_that_passed_was_told_another_rest(self, anywhere: Platform) -> None:
        told = at_once(50, lambda _: rates.count(ADA, platform=anywhere).tightest.remaining)
        assert sorted(told) == list(range(50, 100))

    def test_a_window_begins_once(self, anywhere: Platform, clock: HeldClock) -> None:
        at_once(30, lambda _: rates.count(ADA, platform=anywhere))
        clock.sleep(MINUTE)
        at_once(30, lambda _: rates.count(ADA, platform=anywhere))
        item = anywhere.table.get(keys.rate(USER, USER))
        assert item is not None
        assert (item["in_minute"], item["in_day"]) == (30, 60)


class TestClocksThatDiffer:
    def test_a_clock_that_is_behind_counts_in_the_window_that_has_begun(
        self, world: Platform, clock: HeldClock
    ) -> None:
        ahead = replace(world, clock=HeldClock(clock.now()))
        ahead.clock.sleep(MINUTE)
        assert admitted(ahead, 2) == 2
        assert admitted(world, 10) == 1
        told = rates.count(ADA, platform=world).tightest
        assert (told.remaining, told.reset) == (0, 2 * MINUTE)

    def test_a_clock_that_was_far_ahead_shuts_nobody_out(
        self, world: Platform, clock: HeldClock
    ) -> None:
        wrong = replace(world, clock=HeldClock(clock.now()))
        wrong.clock.sleep(1000 * DAY)
        admitted(wrong, 10)
        assert admitted(world, 10) == 3


class Busy:
    """A table where somebody else always comes first."""

    def write(self, write: Update) -> Item:
        raise ConditionFailed(0, {"minute": 1, "day": 1, "in_minute": 0, "in_day": 0})


def test_a_count_that_never_succeeds_is_no_way_in(world: Platform) -> None:
    busy = replace(world, table=cast("Table", Busy()))
    with pytest.raises(Unavailable):
        count_one(keys.rate(USER, USER), Limits(1, 1), busy)


def test_what_was_counted_comes_to_an_end(world: Platform, clock: HeldClock) -> None:
    admitted(world, 1)
    item = world.table.get(keys.rate(USER, USER))
    assert item is not None
    assert DAY < item["expires"] - clock.now().timestamp() <= 2 * DAY
