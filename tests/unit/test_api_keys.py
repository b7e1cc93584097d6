from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from strata import api_keys
from strata.clock import timestamp
from strata.model.errors import InvalidBody, NotFound, ScopeNotAllowed, VersionConflict
from strata.model.rate import Limits
from strata.model.user import KEY_SCOPES, Caller
from strata.platform import Platform
from strata.ports import Delete, Update
from strata.settings import Settings
from strata.store import api_keys as store
from strata.store import keys
from tests.at_once import at_once
from tests.held_api_keys import ADA, READER, faults, made, opens, with_owner
from tests.held_clock import HeldClock
from tests.held_platform import USER


@pytest.fixture
def world(held: Platform) -> Platform:
    return with_owner(held)


def change_owner(world: Platform, **fields: Any) -> None:
    world.table.write(Update(keys.user(USER), set=fields))


class TestTheKey:
    def test_it_names_its_environment_and_its_record(self, world: Platform) -> None:
        key = made(world)
        start = f"stk_local_{key['id'].removeprefix('key_')}_"
        assert key["key"].startswith(start)
        assert len(key["key"]) == len(start) + 52 + 7

    def test_the_mask_is_the_key_without_its_secret(self, world: Platform) -> None:
        key = made(world)
        shown = key["masked"].removesuffix("****")
        assert key["key"].startswith(shown)
        assert len(key["key"]) - len(shown) == 59

    def test_the_table_has_neither_key_nor_secret(self, world: Platform) -> None:
        key = made(world)
        secret = key["key"].rpartition("_")[2]
        item = world.table.get(keys.api_key(key["id"]))
        assert item is not None
        assert secret[:52] not in str(item)

    def test_it_is_its_owner_who_calls_with_it(self, world: Platform) -> None:
        key = made(world, requests_per_day=7)
        caller = api_keys.authenticate(key["key"], platform=world)
        limits = Limits(day=7)
        assert caller == Caller(
            USER, frozenset({"graph:read"}), key_id=key["id"], key_limits=limits
        )


def flipped(key: str, position: int) -> str:
    other = "0" if key[position] != "0" else "1"
    return key[:position] + other + key[position + 1 :]


BROKEN: list[tuple[str, Callable[[str], str]]] = [
    ("nothing", lambda key: ""),
    ("mistyped in its secret", lambda key: flipped(key, -20)),
    ("mistyped in its checksum", lambda key: flipped(key, -1)),
    ("cut", lambda key: key[:-1]),
    ("with more behind", lambda key: key + "\n"),
    ("in capitals", lambda key: key.upper()),
    ("of another environment", lambda key: key.replace("stk_local_", "stk_prod_")),
    ("of another kind", lambda key: key.replace("stk_", "str_")),
    ("no key at all", lambda key: "é" * 5000),
]


@pytest.mark.parametrize("break_it", [how for _, how in BROKEN], ids=[name for name, _ in BROKEN])
def test_what_is_no_key_opens_nothing(world: Platform, break_it: Callable[[str], str]) -> None:
    assert not opens(break_it(made(world)["key"]), world)


def test_a_right_secret_under_another_id_opens_nothing(world: Platform) -> None:
    one, other = made(world), made(world)
    item = world.table.get(keys.api_key(one["id"]))
    assert item is not None
    # A checksum that is right, as whoever knows the form could make it.
    forged = api_keys._written(store.of(item), other["key"][-59:-7], world)
    assert not opens(forged, world)
    assert opens(one["key"], world)


def test_a_key_of_an_id_that_nobody_has_opens_nothing(world: Platform) -> None:
    key = made(world)["key"]
    world.table.write(Delete(keys.api_key("key_" + key.split("_")[2])))
    assert not opens(key, world)


def test_a_key_of_another_environment_opens_nothing_though_its_record_is_here(
    world: Platform,
) -> None:
    key = made(world)["key"]
    assert not opens(key, replace(world, settings=Settings(stage="prod")))


class TestItsOwner:
    @pytest.mark.parametrize("status", ["disabled", "leaving"])
    def test_who_is_not_active_has_no_key(self, world: Platform, status: str) -> None:
        key = made(world)["key"]
        change_owner(world, status=status)
        assert not opens(key, world)
        change_owner(world, status="active")
        assert opens(key, world)

    def test_who_is_deleted_has_no_key(self, world: Platform) -> None:
        key = made(world)["key"]
        world.table.write(Delete(keys.user(USER)))
        assert not opens(key, world)

    def test_who_loses_a_role_loses_it_for_the_key(self, world: Platform) -> None:
        key = made(world)["key"]
        change_owner(world, role="nobody")
        assert api_keys.authenticate(key, platform=world).permissions == frozenset()

    def test_no_role_gives_a_key_more_than_its_scopes(self, world: Platform) -> None:
        key = made(world)["key"]
        change_owner(world, role="admin")
        assert api_keys.authenticate(key, platform=world).permissions == {"graph:read"}

    def test_a_scope_that_no_key_may_have_is_none_though_its_record_says_so(
        self, world: Platform
    ) -> None:
        key = made(world)
        scopes = {"scopes": ["graph:read", "user:manage", "api_key:write"]}
        world.table.write(Update(keys.api_key(key["id"]), set=scopes))
        change_owner(world, role="admin")
        caller = api_keys.authenticate(key["key"], platform=world)
        assert caller.permissions == {"graph:read"}


class TestScopes:
    def test_a_key_may_have_every_scope_that_there_is(self, world: Platform) -> None:
        key = made(world, scopes=sorted(KEY_SCOPES))
        assert api_keys.authenticate(key["key"], platform=world).permissions == KEY_SCOPES

    def test_one_given_twice_is_one(self, world: Platform) -> None:
        scopes = ["graph:read", "block:read", "graph:read"]
        assert made(world, scopes=scopes)["scopes"] == ["block:read", "graph:read"]

    @pytest.mark.parametrize(
        "scope", ["api_key:write", "api_key:delete", "user:write", "user:manage", "graph", ""]
    )
    def test_what_no_key_may_have_is_refused_by_its_place(
        self, world: Platform, scope: str
    ) -> None:
        with pytest.raises(ScopeNotAllowed) as refused:
            made(world, scopes=["graph:read", scope])
        assert faults(refused.value) == [("/scopes/1", "scope_not_allowed")]

    def test_who_may_not_cannot_let_a_key(self, world: Platform) -> None:
        caller = Caller(USER, frozenset({"api_key:write", "block:read"}))
        with pytest.raises(ScopeNotAllowed):
            api_keys.create(caller, READER, platform=world)

    def test_a_change_gives_no_more_than_a_creation(self, world: Platform) -> None:
        key, caller = made(world), Caller(USER, frozenset({"api_key:write", "graph:read"}))
        with pytest.raises(ScopeNotAllowed):
            api_keys.change(caller, key["id"], {"scopes": ["graph:write"]}, platform=world)
        assert api_keys.get(USER, key["id"], platform=world)["scopes"] == ["graph:read"]

    def test_all_faults_are_told_at_once(self, world: Platform) -> None:
        with pytest.raises(ScopeNotAllowed) as refused:
            made(world, scopes=["a", "graph:read", "b"], expires_at="2020-01-01T00:00:00Z")
        assert faults(refused.value) == [
            ("/scopes/0", "scope_not_allowed"),
            ("/scopes/2", "scope_not_allowed"),
            ("/expires_at", "in_the_past"),
        ]


class TestExpiry:
    def test_an_expired_key_opens_nothing(self, world: Platform, clock: HeldClock) -> None:
        at = timestamp(clock.now() + timedelta(hours=1))
        key = made(world, expires_at=at)["key"]
        clock.sleep(3599)
        assert opens(key, world)
        clock.sleep(1)
        assert not opens(key, world)

    def test_it_is_kept_in_utc(self, world: Platform) -> None:
        key = made(world, expires_at="2027-01-01T01:00:00+01:00")
        assert key["expires_at"] == "2027-01-01T00:00:00.000Z"

    @pytest.mark.parametrize(
        "given",
        [
            "2027-01-01t00:00:00z",
            "2027-01-01T00:00:00.0z",
            "2027-01-01T00:00:00.000000000Z",
            "2026-12-31t19:00:00-05:00",
        ],
    )
    def test_rfc_3339_is_read_however_it_is_written(self, world: Platform, given: str) -> None:
        assert made(world, expires_at=given)["expires_at"] == "2027-01-01T00:00:00.000Z"

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("2027-01-01", "wrong_form"),
            ("20270101T000000Z", "wrong_form"),
            ("2027-01-01T00:00Z", "wrong_form"),
            ("2027-01-01T00:00:00", "wrong_form"),
            ("2027-01-01T00:00:00,5Z", "wrong_form"),
            ("2027-01-01T24:00:00Z", "wrong_form"),
            ("2027-01-01T00:00:00+00:60", "wrong_form"),
            ("2027-01-01T00:00:00Z\n", "wrong_form"),
            ("2026-03-01T12:00:00Z", "in_the_past"),
            ("2026-13-01T12:00:00Z", "wrong_form"),
            ("2026-02-30T12:00:00Z", "wrong_form"),
            ("9999-12-31T23:59:59-23:59", "wrong_form"),
            ("0001-01-01T00:00:00+23:59", "wrong_form"),
        ],
    )
    def test_a_time_that_cannot_be_is_refused(self, world: Platform, given: str, code: str) -> None:
        with pytest.raises(InvalidBody) as refused:
            made(world, expires_at=given)
        assert faults(refused.value) == [("/expires_at", code)]

    def test_an_expired_key_lives_on_once_it_is_given_time(
        self, world: Platform, clock: HeldClock
    ) -> None:
        key = made(world, expires_at="2026-03-02T12:00:00Z")
        clock.sleep(7 * 86_400)
        assert not opens(key["key"], world)
        api_keys.change(ADA, key["id"], {"expires_at": None}, platform=world)
        assert opens(key["key"], world)


class TestChanges:
    def test_a_suspended_key_opens_nothing_until_it_is_active_again(self, world: Platform) -> None:
        key = made(world)
        api_keys.change(ADA, key["id"], {"status": "suspended"}, platform=world)
        assert not opens(key["key"], world)
        api_keys.change(ADA, key["id"], {"status": "active"}, platform=world)
        assert opens(key["key"], world)

    def test_what_is_not_named_stays(self, world: Platform) -> None:
        key = made(world, requests_per_minute=5)
        changed = api_keys.change(ADA, key["id"], {"name": "Other"}, platform=world)
        told = {name: value for name, value in key.items() if name != "key"}
        assert changed == {**told, "name": "Other", "revision": 2}

    def test_a_stale_tag_changes_nothing(self, world: Platform) -> None:
        key = made(world)
        api_keys.change(ADA, key["id"], {"name": "B"}, if_match='"1"', platform=world)
        with pytest.raises(VersionConflict):
            api_keys.change(ADA, key["id"], {"name": "C"}, if_match='"1"', platform=world)
        assert api_keys.get(USER, key["id"], platform=world)["name"] == "B"

    def test_of_changes_at_once_each_sees_the_one_before(self, world: Platform) -> None:
        key = made(world)

        def rename(number: int) -> bool:
            try:
                api_keys.change(ADA, key["id"], {"name": str(number)}, platform=world)
            except VersionConflict:
                return False
            return True

        done = sum(at_once(10, rename))
        assert api_keys.get(USER, key["id"], platform=world)["revision"] == done + 1

    def test_a_key_that_goes_while_it_is_changed_is_not_found(self, world: Platform) -> None:
        key = made(world)
        item = world.table.get(keys.api_key(key["id"]))
        assert item is not None
        record = store.of(item)
        assert store.remove(record, world)
        assert not store.remove(record, world)
        with pytest.raises(NotFound):
            store.change(record, {"name": "B"}, world)
