"""Once: what a key began, the same key finds, for as long as it is kept."""

from dataclasses import replace
from typing import Any

import pytest

from strata.model.errors import Conflict, IdempotencyKeyReused, RequestInFlight, Unavailable
from strata.model.idempotency import KEPT_SECONDS, Idempotency
from strata.platform import Platform
from strata.ports import ABSENT, ConditionFailed, Delete, InvalidCiphertext, Put, Update
from strata.store import keys
from strata.store.idempotency import once
from tests.at_once import at_once
from tests.held_clock import HeldClock
from tests.held_platform import USER
from tests.watched_table import Operation, watched

KEY = Idempotency("key", "digest")
RECORD = keys.idempotency(USER, "key")


def thing(number: int) -> Put:
    return Put({"pk": "THING", "sk": str(number)}, ABSENT)


def make(platform: Platform, number: int, key: Idempotency | None = KEY) -> int:
    """Makes thing of that number, or tells which one the key made before."""
    answer = once(USER, key, [thing(number)], {"number": number}, platform=platform)
    return int(answer["number"])


def things(platform: Platform) -> list[int]:
    wanted = [thing(number).key for number in range(50)]
    return sorted(int(key.sk) for key in platform.table.get_many(wanted))


def test_a_repeated_request_gets_the_first_answer(held: Platform) -> None:
    assert (make(held, 1), make(held, 2)) == (1, 1)
    assert things(held) == [1]


def test_without_a_key_each_request_counts(held: Platform) -> None:
    assert (make(held, 1, None), make(held, 2, None)) == (1, 2)


def test_of_twenty_at_once_one_counts(held: Platform) -> None:
    [winner] = set(at_once(20, lambda number: make(held, number)))
    assert things(held) == [winner]


def test_another_request_under_the_key_is_refused(held: Platform) -> None:
    make(held, 1)
    with pytest.raises(IdempotencyKeyReused):
        make(held, 2, Idempotency("key", "another"))
    assert things(held) == [1]


def test_another_user_has_other_keys(held: Platform) -> None:
    make(held, 1)
    answer = once("usr_2", KEY, [thing(2)], {"number": 2}, platform=held)
    assert answer == {"number": 2}


def test_a_large_answer_is_kept_whole(held: Platform) -> None:
    large = {"text": "x" * 500_000}
    for number in (1, 2):
        assert once(USER, KEY, [thing(number)], large, platform=held) == large


def test_a_refused_write_is_told_with_its_place_and_keeps_no_answer(held: Platform) -> None:
    make(held, 1, None)
    with pytest.raises(ConditionFailed) as raised:
        once(USER, KEY, [thing(2), thing(1)], {}, platform=held)
    assert raised.value.position == 1
    assert held.table.get(RECORD) is None


class TestExpiry:
    def test_after_a_day_the_key_is_free_again(self, held: Platform, clock: HeldClock) -> None:
        make(held, 1)
        clock.sleep(KEPT_SECONDS - 1)
        assert make(held, 2) == 1
        clock.sleep(1)
        assert make(held, 3, Idempotency("key", "another")) == 3

    def test_of_twenty_at_once_on_an_expired_key_one_counts(
        self, held: Platform, clock: HeldClock
    ) -> None:
        make(held, 30)
        clock.sleep(KEPT_SECONDS)
        [winner] = set(at_once(20, lambda number: make(held, number)))
        assert things(held) == [winner, 30]

    def test_a_record_deleted_meanwhile_is_made_anew(
        self, held: Platform, clock: HeldClock
    ) -> None:
        make(held, 1)
        clock.sleep(KEPT_SECONDS)
        rounds = iter(range(9))

        def sweep(operation: Operation, _: Any) -> None:
            # Between the first try, which finds the expired record, and the second.
            if operation == "write_all" and next(rounds) == 1:
                held.table.write(Delete(RECORD))

        assert make(watched(held, before=sweep)[0], 2) == 2
        assert make(held, 3) == 2


class TestBusyTable:
    def conflicting(self, platform: Platform) -> Platform:
        def collide(operation: Operation, _: Any) -> None:
            if operation == "write_all":
                raise Conflict

        return watched(platform, before=collide)[0]

    def test_with_a_key_the_first_request_is_still_under_way(self, held: Platform) -> None:
        with pytest.raises(RequestInFlight):
            make(self.conflicting(held), 1)

    def test_without_one_the_caller_is_asked_to_try_again(self, held: Platform) -> None:
        with pytest.raises(Unavailable):
            make(self.conflicting(held), 1, None)


class TestHidden:
    def make(self, platform: Platform) -> dict[str, Any]:
        answer = {"id": "1", "token": "hunter2-hunter2"}
        return once(USER, KEY, [thing(1)], answer, platform=platform, hidden_field="token")

    def test_a_hidden_field_comes_back_and_lies_sealed(self, held: Platform) -> None:
        first = self.make(held)
        assert self.make(held) == first
        assert "hunter2" not in str(held.table.get(RECORD))

    def test_the_record_of_another_key_does_not_open_it(self, held: Platform) -> None:
        self.make(held)
        other = Idempotency("other", "digest")
        once(
            USER, other, [thing(2)], {"id": "2", "token": "x"}, platform=held, hidden_field="token"
        )
        item = held.table.get(keys.idempotency(USER, "other"))
        assert item is not None
        held.table.write(Update(RECORD, set={"sealed": item["sealed"]}))
        with pytest.raises(InvalidCiphertext):
            self.make(held)

    def test_without_the_vault_nothing_is_made(self, held: Platform) -> None:
        class Down:
            def new_data_key(self, _: Any) -> Any:
                raise Unavailable

        vault: Any = Down()
        with pytest.raises(Unavailable):
            self.make(replace(held, vault=vault))
        assert things(held) == []
