"""What the embedded table does besides the contract: it refuses what DynamoDB refuses, and it
forgets what has expired."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Any, TypeVar

import pytest

from strata.local.database import Database
from strata.local.store import LocalTable
from strata.ports import PRESENT, Check, Condition, Item, Key, Put, Query, Update
from tests.held_clock import HeldClock

T = TypeVar("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strata.sqlite"


@pytest.fixture
def table(path: Path, clock: HeldClock) -> Iterator[LocalTable]:
    with closing(LocalTable(path, clock)) as table:
        yield table


class Noting(Database):
    """Keeps for each write whether it waits for the disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.synced: list[bool] = []

    def write(self, work: Callable[[Connection], T], *, synced: bool = True) -> T:
        self.synced.append(synced)
        return super().write(work, synced=synced)


def test_only_writes_that_may_all_be_lost_do_not_wait_for_the_disk(
    path: Path, clock: HeldClock
) -> None:
    with closing(Noting(path)) as database:
        table = LocalTable(database, clock)
        table.write(Put({"pk": "p", "sk": "first"}))
        database.synced.clear()
        kept = Put({"pk": "p", "sk": "kept"})
        lost = [Put({"pk": "p", "sk": name}, may_be_lost=True) for name in ("a", "b")]
        table.write(lost[0])
        table.write_all(lost)
        table.write_all([*lost, kept])
        table.write_all([*lost, Check(Key("p", "kept"), PRESENT)])
        assert database.synced == [False, False, True, True]


def item(**attributes: Any) -> Item:
    return {"pk": "p", "sk": "s", **attributes}


@pytest.mark.parametrize(
    "query",
    [
        Query("p", limit=0),
        Query("p", limit=-1),
        Query("p", index="gsi5"),
        Query("p", index="items; DROP TABLE items"),
        Query("p", prefix="a", first="b"),
        Query("p", prefix="a", last="b"),
    ],
)
def test_a_query_that_dynamodb_refuses_is_refused(table: LocalTable, query: Query) -> None:
    with pytest.raises(ValueError, match=r"limit|index|prefix"):
        table.query(query)


@pytest.mark.parametrize(
    "bad",
    [
        {"pk": "", "sk": "s"},
        {"pk": "p", "sk": ""},
        {"pk": "p" * 2049, "sk": "s"},
        {"pk": "p", "sk": "s" * 1025},
        {"pk": "p", "sk": "ä" * 513},
        item(gsi1pk="", gsi1sk="s"),
        item(gsi1pk=1, gsi1sk="s"),
    ],
)
def test_keys_are_texts_within_dynamodbs_bounds(table: LocalTable, bad: Item) -> None:
    with pytest.raises(ValueError, match="must be a string of 1 to"):
        table.write(Put(bad))


def test_an_item_nests_32_deep_and_no_deeper(table: LocalTable) -> None:
    value: Any = 1
    for _ in range(32):
        value = [value]
    table.write(Put(item(value=value)))
    with pytest.raises(ValueError, match="Nesting levels"):
        table.write(Put(item(value=[value])))


@pytest.mark.parametrize("wanted", [None, True, [1]])
def test_an_order_exists_among_texts_and_among_numbers_only(table: LocalTable, wanted: Any) -> None:
    table.write(Put(item(n=1)))
    with pytest.raises(ValueError, match="takes a string or a number"):
        table.write(Update(Key("p", "s"), set={"x": 1}, when=(Condition("n", "<", wanted),)))


@pytest.mark.parametrize(
    "update",
    [
        Update(Key("p", "s"), set={"a": 1}, add={"a": 1}),
        Update(Key("p", "s"), set={"a": 1}, remove=["a"]),
        Update(Key("p", "s"), set={"pk": "other"}),
        Update(Key("p", "s"), initial={"sk": "other"}),
    ],
)
def test_an_update_names_an_attribute_once_and_never_its_key(
    table: LocalTable, update: Update
) -> None:
    with pytest.raises(ValueError, match="names attributes twice"):
        table.write(update)


def test_what_is_no_number_cannot_be_counted_up(table: LocalTable) -> None:
    table.write(Put(item(text="1", flag=True)))
    for name in ("text", "flag"):
        with pytest.raises(ValueError, match="is no number"):
            table.write(Update(Key("p", "s"), add={name: 1}))


def test_a_check_has_a_condition(table: LocalTable) -> None:
    with pytest.raises(ValueError, match="checks nothing"):
        table.write_all([Check(Key("p", "s"), ())])


def test_an_item_with_half_of_an_indexs_keys_is_not_in_it(table: LocalTable) -> None:
    table.write(Put(item(gsi1pk="i")))
    assert table.query(Query("i", index="gsi1")).items == []


def test_expired_items_go_some_time(path: Path, clock: HeldClock) -> None:
    now = int(clock.now().timestamp())
    with closing(LocalTable(path, clock)) as table:
        table.write(Put(item(expires=now + 10)))
        table.write(Put({"pk": "p", "sk": "never"}))
        table.write(Put({"pk": "p", "sk": "no time", "expires": "soon"}))
        clock.sleep(11)
        assert table.get(Key("p", "s")) is not None
    with closing(LocalTable(path, clock)) as table:
        table.write(Put({"pk": "p", "sk": "first write of a start"}))
        assert table.get(Key("p", "s")) is None
        assert len(table.query(Query("p")).items) == 3


def test_long_lived_tables_forget_too(table: LocalTable, clock: HeldClock) -> None:
    table.write(Put(item(expires=int(clock.now().timestamp()) + 10)))
    clock.sleep(11)
    for number in range(1_000):
        table.write(Put({"pk": "other", "sk": str(number)}))
    assert table.get(Key("p", "s")) is None


def test_a_moved_item_leaves_its_old_place_in_an_index(table: LocalTable) -> None:
    table.write(Put(item(gsi1pk="old", gsi1sk="1")))
    table.write(Update(Key("p", "s"), set={"gsi1pk": "new"}))
    assert table.query(Query("old", index="gsi1")).items == []
    assert len(table.query(Query("new", index="gsi1")).items) == 1


def test_prefixes_are_no_patterns(table: LocalTable) -> None:
    for sort in ("a%", "a_", "ab", "a\U0010fffe"):
        table.write(Put({"pk": "p", "sk": sort}))
    found = table.query(Query("p", prefix="a%")).items
    assert [one["sk"] for one in found] == ["a%"]
    assert len(table.query(Query("p", prefix="a")).items) == 4


def test_two_tables_may_share_a_database(path: Path, clock: HeldClock) -> None:
    with closing(Database(path)) as database:
        LocalTable(database, clock).write(Put(item(n=1)))
        assert LocalTable(database, clock).get(Key("p", "s")) == item(n=1)
