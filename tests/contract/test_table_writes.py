"""What a single write does, and when it does nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strata.ports import (
    ABSENT,
    PRESENT,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    ItemTooLarge,
    Key,
    Put,
    Table,
    Update,
)

KEY = Key("p", "s")


def item(**attributes: Any) -> Item:
    return {"pk": "p", "sk": "s", **attributes}


EVERYTHING = item(
    text="Zoë 東京 \U0001f327 \u0000",
    empty="",
    whole=-(10**38 - 1),
    zero=0,
    yes=True,
    no=False,
    nothing=None,
    items=["a", 1, None, [], {"k": ""}],
    nested={"a.b": {"c#d": [{"e": False}]}},
    no_items=[],
    no_entries={},
)


def test_an_item_comes_back_as_it_was_put(table: Table) -> None:
    table.write(Put(EVERYTHING))
    assert table.get(KEY) == EVERYTHING


def test_numbers_and_booleans_keep_their_types(table: Table) -> None:
    table.write(Put(item(one=1, yes=True, many=[1, True])))
    found = table.get(KEY) or {}
    assert [type(found["one"]), type(found["yes"])] == [int, bool]
    assert list(map(type, found["many"])) == [int, bool]


def test_a_put_returns_the_item_as_it_now_is(table: Table) -> None:
    assert table.write(Put(EVERYTHING)) == EVERYTHING


def test_an_item_that_was_returned_is_a_copy(table: Table) -> None:
    given = item(list=[1])
    table.write(Put(given))["list"].append(2)
    assert given == item(list=[1])
    assert table.get(KEY) == item(list=[1])


def test_a_put_replaces_the_whole_item(table: Table) -> None:
    table.write(Put(item(a=1, b=2)))
    table.write(Put(item(c=3)))
    assert table.get(KEY) == item(c=3)


def test_what_is_not_there_is_none(table: Table) -> None:
    assert table.get(KEY) is None


def test_sort_keys_differ_by_case_and_by_every_character(table: Table) -> None:
    for sort in ("a", "A", "a ", "ä", "a\u0308"):
        table.write(Put({"pk": "p", "sk": sort, "is": sort}, ABSENT))
    assert table.get(Key("p", "a\u0308")) == {"pk": "p", "sk": "a\u0308", "is": "a\u0308"}


def test_an_update_of_an_absent_item_makes_it(table: Table) -> None:
    assert table.write(Update(KEY, set={"a": 1})) == item(a=1)
    assert table.get(KEY) == item(a=1)


def test_an_update_without_any_change_makes_the_bare_item(table: Table) -> None:
    assert table.write(Update(KEY)) == item()


def test_an_update_leaves_other_attributes_alone(table: Table) -> None:
    table.write(Put(item(a=1, b={"c": [2]})))
    assert table.write(Update(KEY, set={"a": None})) == item(a=None, b={"c": [2]})


def test_an_update_sets_attributes_with_names_that_are_reserved_words(table: Table) -> None:
    names = {"name": 1, "status": 2, "size": 3, "a.b": 4, "a#b": 5, "count[0]": 6}
    assert table.write(Update(KEY, set=names)) == item(**names)


def test_add_counts_from_zero_and_then_on(table: Table) -> None:
    table.write(Update(KEY, add={"n": 5}))
    assert table.write(Update(KEY, add={"n": -7, "m": 0})) == item(n=-2, m=0)


def test_initial_sets_only_what_is_missing(table: Table) -> None:
    table.write(Put(item(a=None)))
    assert table.write(Update(KEY, initial={"a": 1, "b": 2})) == item(a=None, b=2)


def test_remove_takes_attributes_away_and_bears_with_missing_ones(table: Table) -> None:
    table.write(Put(item(a=1, b=2)))
    assert table.write(Update(KEY, remove=("a", "z"))) == item(b=2)


def test_one_update_may_do_all_four_at_once(table: Table) -> None:
    table.write(Put(item(old=1, n=1, kept="k")))
    changed = table.write(
        Update(KEY, set={"a": [1]}, add={"n": 1}, initial={"kept": "x"}, remove=("old",))
    )
    assert changed == item(a=[1], n=2, kept="k")


@pytest.mark.parametrize(
    "update",
    [Update(KEY, set={"a": 1}, remove=("a",)), Update(KEY, set={"a": 1}, add={"a": 1})],
)
def test_an_update_that_names_an_attribute_twice_is_malformed(table: Table, update: Update) -> None:
    with pytest.raises(ValueError, match=r"twice|malformed"):
        table.write(update)
    assert table.get(KEY) is None


def test_a_text_cannot_be_counted_up(table: Table) -> None:
    table.write(Put(item(a="1")))
    with pytest.raises(ValueError, match=r"no number|malformed"):
        table.write(Update(KEY, add={"a": 1}))


def test_a_delete_returns_nothing_and_leaves_nothing(table: Table) -> None:
    table.write(Put(item(a=1)))
    assert table.write(Delete(KEY)) == {}
    assert table.get(KEY) is None


def test_a_delete_of_what_is_not_there_is_done(table: Table) -> None:
    assert table.write(Delete(KEY)) == {}


HOLDS = [
    Condition("pk", "present"),
    Condition("a", "present"),
    Condition("nothing", "present"),
    Condition("missing", "absent"),
    Condition("a", "=", 5),
    Condition("text", "=", "b"),
    Condition("yes", "=", True),
    Condition("nothing", "=", None),
    Condition("list", "=", [1, "x"]),
    Condition("map", "=", {"k": {"l": 1}, "m": []}),
    Condition("a", "!=", 6),
    Condition("a", "!=", "5"),
    Condition("missing", "!=", 5),
    Condition("a", "<", 6),
    Condition("a", ">=", 5),
    Condition("text", "<", "c"),
    Condition("text", ">=", "a"),
    Condition("a", "in", (4, 5)),
    Condition("text", "in", ["b"]),
    Condition("long", "contains", "mid"),
]
FAILS = [
    Condition("pk", "absent"),
    Condition("missing", "present"),
    Condition("a", "absent"),
    Condition("nothing", "absent"),
    Condition("a", "=", 6),
    Condition("a", "=", "5"),
    Condition("missing", "=", ""),
    Condition("a", "!=", 5),
    Condition("a", "<", 5),
    Condition("a", ">=", 6),
    Condition("missing", "<", 9),
    Condition("missing", ">=", 0),
    Condition("a", "in", (4, 6)),
    Condition("a", "in", ()),
    Condition("long", "contains", "absent"),
    Condition("letters", "contains", "a"),
    Condition("missing", "contains", "a"),
]
ACROSS_TYPES = [
    Condition("yes", "=", 1),
    Condition("one", "=", True),
    Condition("missing", "=", None),
    Condition("text", "<", 9),
    Condition("text", ">=", 0),
    Condition("a", "<", "9"),
    Condition("yes", ">=", 0),
    Condition("one", "in", (True,)),
    Condition("missing", "in", (None, "")),
]
PRESENT_ITEM = item(
    a=5,
    one=1,
    text="b",
    yes=True,
    nothing=None,
    list=[1, "x"],
    map={"k": {"l": 1}, "m": []},
    long="at mid length",
    letters=["a"],
)


@pytest.mark.parametrize("condition", HOLDS, ids=str)
def test_a_condition_that_holds_lets_the_write_happen(table: Table, condition: Condition) -> None:
    table.write(Put(PRESENT_ITEM))
    assert table.write(Update(KEY, set={"new": 1}, when=(condition,)))["new"] == 1


@pytest.mark.parametrize("condition", FAILS, ids=str)
def test_a_condition_that_fails_returns_the_item_as_it_is(
    table: Table, condition: Condition
) -> None:
    table.write(Put(PRESENT_ITEM))
    with pytest.raises(ConditionFailed) as failed:
        table.write(Update(KEY, set={"new": 1}, when=(condition,)))
    assert (failed.value.position, failed.value.item) == (0, PRESENT_ITEM)
    assert table.get(KEY) == PRESENT_ITEM


@pytest.mark.parametrize("condition", ACROSS_TYPES, ids=str)
def test_values_of_different_types_are_neither_equal_nor_in_order(
    local_table: Table, condition: Condition
) -> None:
    """DynamoDB's rule; moto compares them as Python does, so that it cannot show it."""
    local_table.write(Put(PRESENT_ITEM))
    with pytest.raises(ConditionFailed):
        local_table.write(Update(KEY, set={"new": 1}, when=(condition,)))


def test_all_conditions_must_hold(table: Table) -> None:
    table.write(Put(item(a=1, b=2)))
    with pytest.raises(ConditionFailed):
        table.write(Put(item(), when=(Condition("a", "=", 1), Condition("b", "=", 1))))


@pytest.mark.parametrize(
    "write",
    [
        Put(item(), PRESENT),
        Update(KEY, add={"n": 1}, when=PRESENT),
        Delete(KEY, PRESENT),
        Delete(KEY, (Condition("a", "=", 1),)),
    ],
    ids=["put", "update", "delete", "delete by attribute"],
)
def test_a_condition_on_an_absent_item_fails_without_an_item(
    table: Table, write: Put | Update | Delete
) -> None:
    with pytest.raises(ConditionFailed) as failed:
        table.write(write)
    assert failed.value.item is None
    assert table.get(KEY) is None


def test_the_second_of_two_conditional_creates_fails(table: Table) -> None:
    table.write(Put(item(by="first"), ABSENT))
    with pytest.raises(ConditionFailed) as failed:
        table.write(Put(item(by="second"), ABSENT))
    assert failed.value.item == item(by="first")


def test_a_conditional_delete_that_fails_leaves_the_item(table: Table) -> None:
    table.write(Put(item(a=1)))
    with pytest.raises(ConditionFailed) as failed:
        table.write(Delete(KEY, (Condition("a", "=", 2),)))
    assert failed.value.item == item(a=1)
    assert table.write(Delete(KEY, (Condition("a", "=", 1),))) == {}
    assert table.get(KEY) is None


def test_an_item_of_390_kb_is_kept(table: Table) -> None:
    table.write(Put(item(text="x" * 390_000)))
    assert len((table.get(KEY) or {})["text"]) == 390_000


@pytest.mark.parametrize("text", ["x" * 420_000, "東" * 150_000], ids=["ascii", "unicode"])
def test_a_larger_item_is_refused_whole(table: Table, text: str) -> None:
    with pytest.raises(ItemTooLarge):
        table.write(Put(item(text=text)))
    with pytest.raises(ItemTooLarge):
        table.write(Update(KEY, set={"text": text}))
    assert "text" not in (table.get(KEY) or {})


def test_an_update_may_not_make_an_item_too_large(table: Table) -> None:
    table.write(Put(item(a="x" * 250_000)))
    with pytest.raises(ItemTooLarge):
        table.write(Update(KEY, set={"b": "x" * 250_000}))
    assert table.get(KEY) == item(a="x" * 250_000)


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1, 2}], ids=repr)
def test_a_value_that_is_not_of_the_items_types_is_refused(table: Table, value: Any) -> None:
    with pytest.raises(TypeError):
        table.write(Put(item(a=[{"b": value}])))


@pytest.mark.parametrize("number", [10**38, -(10**38) - 1])
def test_an_integer_over_38_digits_is_refused(table: Table, number: int) -> None:
    with pytest.raises(ValueError, match="38"):
        table.write(Put(item(a=number)))


@pytest.mark.parametrize("bad", [{"pk": ""}, {"sk": ""}, {"gsi1pk": "", "gsi1sk": "x"}], ids=str)
def test_an_empty_key_is_refused(table: Table, bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"[Kk]ey|malformed"):
        table.write(Put({**item(), **bad}))


def test_of_50_conditional_creates_at_once_one_wins(table: Table) -> None:
    def create(number: int) -> bool:
        try:
            table.write(Put(item(by=number), ABSENT))
        except ConditionFailed:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        winners = [number for number, won in enumerate(pool.map(create, range(50))) if won]
    assert [(table.get(KEY) or {})["by"]] == winners


def test_50_counts_at_once_are_50(table: Table) -> None:
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda _: table.write(Update(KEY, add={"n": 1}))["n"], range(50)))
    assert sorted(counted) == list(range(1, 51))
