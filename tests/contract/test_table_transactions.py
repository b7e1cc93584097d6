"""All or none."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strata.model.errors import Conflict
from strata.ports import (
    ABSENT,
    MAX_WRITES,
    PRESENT,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    ItemTooLarge,
    Key,
    Put,
    Table,
    Update,
    Write,
)


def item(sort: str, **attributes: Any) -> Item:
    return {"pk": "p", "sk": sort, **attributes}


def key(sort: str) -> Key:
    return Key("p", sort)


def test_every_kind_of_write_happens(table: Table) -> None:
    for sort in ("updated", "deleted", "checked"):
        table.write(Put(item(sort, n=1)))
    table.write_all(
        [
            Put(item("put", a=[1]), ABSENT),
            Update(key("updated"), add={"n": 1}, initial={"m": 0}, when=PRESENT),
            Delete(key("deleted"), PRESENT),
            Check(key("checked"), (Condition("n", "=", 1),)),
        ]
    )
    found = table.get_many([key(sort) for sort in ("put", "updated", "deleted", "checked")])
    assert list(found.values()) == [
        item("put", a=[1]),
        item("updated", n=2, m=0),
        item("checked", n=1),
    ]


def test_a_failing_condition_undoes_all_and_tells_its_place_and_item(table: Table) -> None:
    table.write(Put(item("b", n=1)))
    with pytest.raises(ConditionFailed) as failed:
        table.write_all([Put(item("a")), Put(item("b", n=2), ABSENT), Put(item("c"))])
    assert (failed.value.position, failed.value.item) == (1, item("b", n=1))
    assert table.get_many([key("a"), key("b"), key("c")]) == {key("b"): item("b", n=1)}


def test_of_several_failing_conditions_the_first_is_told(table: Table) -> None:
    writes: list[Write] = [Put(item("a")), Delete(key("b"), PRESENT), Check(key("c"), PRESENT)]
    with pytest.raises(ConditionFailed) as failed:
        table.write_all(writes)
    assert (failed.value.position, failed.value.item) == (1, None)


def test_a_failing_check_holds_the_other_writes_back(table: Table) -> None:
    table.write(Put(item("b", status="FAILED")))
    with pytest.raises(ConditionFailed) as failed:
        table.write_all(
            [Put(item("a")), Check(key("b"), (Condition("status", "in", ("QUEUED", "RUNNING")),))]
        )
    assert failed.value.position == 1
    assert table.get(key("a")) is None


def test_a_check_that_an_item_is_absent(table: Table) -> None:
    table.write_all([Put(item("a")), Check(key("b"), ABSENT)])
    assert table.get(key("b")) is None


def test_a_hundred_writes_are_taken(table: Table) -> None:
    table.write_all([Put(item(f"{n:03}")) for n in range(MAX_WRITES)])
    assert len(table.get_many([key(f"{n:03}") for n in range(MAX_WRITES)])) == MAX_WRITES


@pytest.mark.parametrize(
    "writes",
    [
        [],
        [Put(item(str(n))) for n in range(MAX_WRITES + 1)],
        [Put(item("a")), Update(key("a"), set={"b": 1})],
        [Put(item("a")), Check(key("a"), ABSENT)],
        [Put(item("a")), Check(key("b"), ())],
    ],
    ids=["none", "too many", "two on one item", "a check of a written item", "an empty check"],
)
def test_a_malformed_call_is_refused_whole(table: Table, writes: list[Write]) -> None:
    with pytest.raises(ValueError, match=r"writes|check"):
        table.write_all(writes)
    assert table.get(key("a")) is None


def test_an_item_too_large_undoes_all(table: Table) -> None:
    with pytest.raises(ItemTooLarge):
        table.write_all([Put(item("a")), Put(item("b", text="x" * 420_000))])
    assert table.get(key("a")) is None


def test_an_update_that_changes_nothing_makes_the_bare_item(table: Table) -> None:
    table.write_all([Update(key("a")), Put(item("b"))])
    assert table.get(key("a")) == item("a")


def test_of_20_transactions_at_once_that_exclude_each_other_one_wins(table: Table) -> None:
    def attempt(number: int) -> bool:
        try:
            table.write_all([Put(item("a", by=number), ABSENT), Put(item(f"by{number}"))])
        except (ConditionFailed, Conflict):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number, won in enumerate(pool.map(attempt, range(20))) if won]
    found = table.get_many([key(f"by{number}") for number in range(20)])
    assert [key(f"by{number}") for number in winners] == list(found)
    assert (table.get(key("a")) or {})["by"] == winners[0]
