from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

import pytest

from strata import api_keys
from strata.clock import timestamp
from strata.model.errors import Conflict, NotFound, TooManyApiKeys, Unavailable, VersionConflict
from strata.model.idempotency import Idempotency
from strata.model.user import Caller
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import ConditionFailed, Item, Key, Query, Table, Update, Write
from strata.store import api_keys as store
from strata.store import keys
from tests.at_once import at_once
from tests.held_api_keys import ADA, READER, Json, made, opens, with_owner
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER


@pytest.fixture
def world(held: Platform) -> Platform:
    return with_owner(held)


class Late:
    """A table where somebody else comes before every transaction."""

    def __init__(self, table: Table, come_first: Callable[[], None]) -> None:
        self._table, self._come_first = table, come_first
        self.get = table.get

    def write_all(self, writes: Sequence[Write]) -> None:
        self._come_first()
        self._table.write_all(writes)


class TestRotation:
    def test_both_open_until_the_overlap_is_over(self, world: Platform, clock: HeldClock) -> None:
        old = made(world)
        new = api_keys.rotate(USER, old["id"], 600, platform=world)
        assert new["id"] == old["id"]
        assert opens(old["key"], world)
        clock.sleep(600)
        assert not opens(old["key"], world)
        assert opens(new["key"], world)

    def test_without_overlap_the_old_one_is_dead_at_once(self, world: Platform) -> None:
        old = made(world)
        new = api_keys.rotate(USER, old["id"], 0, platform=world)
        assert (opens(old["key"], world), opens(new["key"], world)) == (False, True)

    def test_only_the_last_one_before_lives_on(self, world: Platform) -> None:
        first = made(world)
        second = api_keys.rotate(USER, first["id"], platform=world)
        third = api_keys.rotate(USER, first["id"], platform=world)
        found = [opens(one["key"], world) for one in (first, second, third)]
        assert found == [False, True, True]

    def test_a_suspended_key_stays_so(self, world: Platform) -> None:
        key = made(world)
        api_keys.change(ADA, key["id"], {"status": "suspended"}, platform=world)
        assert not opens(api_keys.rotate(USER, key["id"], platform=world)["key"], world)

    def test_a_lost_answer_is_given_again_and_rotates_once(self, world: Platform) -> None:
        key, once = made(world), Idempotency("k", "digest")
        first, again = (
            api_keys.rotate(USER, key["id"], idempotency=once, platform=world) for _ in range(2)
        )
        assert again == first
        assert first["revision"] == 2

    def test_of_rotations_at_once_each_key_shown_last_opens(self, world: Platform) -> None:
        key = made(world)

        def rotated(_: int) -> Json | None:
            try:
                return api_keys.rotate(USER, key["id"], 0, platform=world)
            except VersionConflict:
                return None

        shown = [one for one in at_once(8, rotated) if one]
        last = max(shown, key=lambda one: int(one["revision"]))
        assert [one["key"] for one in shown if opens(one["key"], world)] == [last["key"]]

    @pytest.mark.parametrize("meanwhile", ["changed", "deleted"])
    def test_what_came_first_is_not_undone(self, world: Platform, meanwhile: str) -> None:
        key = made(world)

        def come_first() -> None:
            if meanwhile == "changed":
                api_keys.change(ADA, key["id"], {"name": "Other"}, platform=world)
            else:
                api_keys.delete(USER, key["id"], platform=world)

        late = replace(world, table=cast("Table", Late(world.table, come_first)))
        with pytest.raises(VersionConflict if meanwhile == "changed" else NotFound):
            api_keys.rotate(USER, key["id"], 0, platform=late)
        assert opens(key["key"], world) is (meanwhile == "changed")

    def test_a_stale_tag_rotates_nothing(self, world: Platform) -> None:
        key = made(world)
        with pytest.raises(VersionConflict):
            api_keys.rotate(USER, key["id"], 0, if_match='"7"', platform=world)
        assert opens(key["key"], world)


class TestOthers:
    def test_another_user_s_key_is_none(self, world: Platform) -> None:
        key_id = made(world)["id"]
        mallory = Caller(OTHER_USER, ADA.permissions)
        for attempt in (
            lambda: api_keys.get(OTHER_USER, key_id, platform=world),
            lambda: api_keys.change(mallory, key_id, {"name": "Mine"}, platform=world),
            lambda: api_keys.rotate(OTHER_USER, key_id, platform=world),
            lambda: api_keys.delete(OTHER_USER, key_id, platform=world),
        ):
            with pytest.raises(NotFound):
                attempt()

    def test_a_list_holds_its_user_s_keys_newest_first(
        self, world: Platform, clock: HeldClock
    ) -> None:
        names = []
        for number in range(3):
            names.append(made(world, name=str(number))["name"])
            clock.sleep(1)
        listed = api_keys.listing(USER, page=PageRequest(2), platform=world)
        assert [one["name"] for one in listed["items"]] == names[:0:-1]
        assert listed["next_cursor"]
        assert api_keys.listing(OTHER_USER, page=PageRequest(), platform=world)["items"] == []


class TestHowMany:
    def test_a_user_has_at_most_a_hundred_though_they_make_them_at_once(
        self, world: Platform
    ) -> None:
        for _ in range(store.MOST - 3):
            made(world)

        def one_more(_: int) -> bool:
            try:
                made(world)
            except TooManyApiKeys:
                return False
            return True

        assert sum(at_once(10, one_more)) == 3

    def test_a_deleted_one_makes_room(self, world: Platform) -> None:
        kept = [made(world)["id"] for _ in range(store.MOST)]
        with pytest.raises(TooManyApiKeys):
            made(world)
        api_keys.delete(USER, kept[0], platform=world)
        assert made(world)["id"] not in kept

    def test_a_lost_answer_counts_once(self, world: Platform) -> None:
        once = Idempotency("k", "digest")
        for _ in range(3):
            api_keys.create(ADA, READER, idempotency=once, platform=world)
        item = world.table.get(keys.api_key_count(USER))
        assert item is not None
        assert item["count"] == 1


def test_a_key_that_cannot_be_deleted_now_is_still_there(world: Platform) -> None:
    def collide() -> None:
        raise Conflict

    key = made(world)
    late = replace(world, table=cast("Table", Late(world.table, collide)))
    with pytest.raises(Unavailable):
        api_keys.delete(USER, key["id"], platform=late)
    assert opens(key["key"], world)


def test_of_two_who_delete_a_key_one_finds_none(world: Platform) -> None:
    key = made(world)
    first = partial(api_keys.delete, USER, key["id"], platform=world)
    late = replace(world, table=cast("Table", Late(world.table, first)))
    with pytest.raises(NotFound):
        api_keys.delete(USER, key["id"], platform=late)
    item = world.table.get(keys.api_key_count(USER))
    assert item is not None
    assert item["count"] == 0


class Worn:
    """A table that reads, and takes no write."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, key: Key) -> Item | None:
        return self._table.get(key)

    def write(self, write: Update) -> Item:
        raise Unavailable


class TestUse:
    @pytest.fixture(params=["held", "aws"])
    def anywhere(self, request: pytest.FixtureRequest) -> Platform:
        return with_owner(request.getfixturevalue(request.param))

    def used(self, world: Platform, key: Json) -> str | None:
        told: str | None = api_keys.get(USER, key["id"], platform=world)["last_used_at"]
        return told

    def test_it_is_noted_once_a_minute(self, anywhere: Platform, clock: HeldClock) -> None:
        key, begun = made(anywhere), timestamp(clock.now())
        assert self.used(anywhere, key) is None
        opens(key["key"], anywhere)
        clock.sleep(59)
        opens(key["key"], anywhere)
        assert self.used(anywhere, key) == begun
        clock.sleep(1)
        opens(key["key"], anywhere)
        assert self.used(anywhere, key) == timestamp(clock.now())

    def test_it_is_no_change_of_the_key(self, anywhere: Platform) -> None:
        key = made(anywhere)
        opens(key["key"], anywhere)
        assert api_keys.get(USER, key["id"], platform=anywhere)["revision"] == 1

    def test_many_at_once_are_all_let_in(self, anywhere: Platform) -> None:
        key = made(anywhere)["key"]
        assert all(at_once(20, lambda _: opens(key, anywhere)))

    def test_what_cannot_be_noted_refuses_nobody(self, world: Platform) -> None:
        key = made(world)["key"]
        assert opens(key, replace(world, table=cast("Table", Worn(world.table))))

    def test_a_use_does_not_bring_a_deleted_key_back(self, world: Platform) -> None:
        key = made(world)
        item = world.table.get(keys.api_key(key["id"]))
        assert item is not None
        api_keys.delete(USER, key["id"], platform=world)
        with pytest.raises(ConditionFailed):
            store.note_use(store.of(item), "2026-03-01T12:00:00.000Z", world)
        assert world.table.query(Query(keys.api_key(key["id"]).pk)).items == []
