"""Queries and batches."""

from dataclasses import replace
from typing import Any

import pytest

from strata.ports import Condition, Delete, Item, Key, Put, Query, Table, Update


def item(sort: str, **attributes: Any) -> Item:
    return {"pk": "p", "sk": sort, **attributes}


def fill(table: Table, *sorts: str, **attributes: Any) -> None:
    for sort in sorts:
        table.write(Put(item(sort, **attributes)))


def sorts(items: list[Item]) -> list[str]:
    return [one["sk"] for one in items]


def joined(pages: list[list[str]]) -> list[str]:
    return [sort for page in pages for sort in page]


def read_on(table: Table, query: Query) -> list[list[str]]:
    """The sort keys of each page, up to the last one."""
    pages = []
    while True:
        page = table.query(query)
        pages.append(sorts(page.items))
        if page.next is None:
            return pages
        query = replace(query, after=page.next)


def test_keys_without_limit_in_number_are_read(table: Table) -> None:
    keys = [Key("p", f"{n:03}") for n in range(205)]
    fill(table, *(key.sk for key in keys))
    assert set(table.get_many(keys)) == set(keys)


def test_repeated_keys_are_read_once_and_missing_ones_left_out(table: Table) -> None:
    fill(table, "a", "b")
    a, b, c = (Key("p", sort) for sort in "abc")
    assert table.get_many([a, c, b, a, a, c]) == {a: item("a"), b: item("b")}


def test_no_keys_give_no_items(table: Table) -> None:
    assert table.get_many([]) == {}


def test_many_large_items_are_read_whole(table: Table) -> None:
    keys = [Key("p", f"{n:02}") for n in range(50)]
    fill(table, *(key.sk for key in keys), text="x" * 380_000)
    assert len(table.get_many(keys)) == 50


def test_a_query_reads_one_partition_in_the_order_of_the_sort_keys(table: Table) -> None:
    fill(table, "b", "a", "C", "ä", "\uffff", "\U0001f327", "10", "9")
    table.write(Put({"pk": "other", "sk": "a"}))
    page = table.query(Query("p"))
    assert sorts(page.items) == ["10", "9", "C", "a", "b", "ä", "\uffff", "\U0001f327"]
    assert page.next is None


def test_a_query_of_an_empty_partition_is_empty(table: Table) -> None:
    page = table.query(Query("p"))
    assert (page.items, page.next) == ([], None)


def test_descending_turns_the_order(table: Table) -> None:
    fill(table, "a", "b", "c")
    assert sorts(table.query(Query("p", descending=True)).items) == ["c", "b", "a"]


def test_a_prefix_takes_what_begins_with_it(table: Table) -> None:
    fill(table, "NODE", "NODE#", "NODE#a", "NODE#\uffff", "NODE#\U0001f327", "NODEX", "node#b", "N")
    found = sorts(table.query(Query("p", prefix="NODE#")).items)
    assert found == ["NODE#", "NODE#a", "NODE#\uffff", "NODE#\U0001f327"]


def test_characters_of_patterns_are_plain_in_a_prefix(table: Table) -> None:
    fill(table, "a%b", "a_b", "axb", "a*b", "a[b")
    assert sorts(table.query(Query("p", prefix="a%")).items) == ["a%b"]
    assert sorts(table.query(Query("p", prefix="a_")).items) == ["a_b"]


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("b", "c", ["b", "bb", "c"]),
        ("b", None, ["b", "bb", "c", "d"]),
        (None, "b", ["a", "b"]),
        ("b", "b", ["b"]),
        ("c", "b", []),
        (None, None, ["a", "b", "bb", "c", "d"]),
    ],
)
def test_a_range_takes_both_of_its_ends(
    table: Table, first: str | None, last: str | None, found: list[str]
) -> None:
    fill(table, "a", "b", "bb", "c", "d")
    assert sorts(table.query(Query("p", first=first, last=last)).items) == found


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_join_without_gap_or_repetition(table: Table, limit: int, descending: bool) -> None:
    fill(table, *"abcdefg")
    pages = read_on(table, Query("p", limit=limit, descending=descending))
    assert joined(pages) == sorted("abcdefg", reverse=descending)
    assert max(map(len, pages)) <= limit


def test_pages_go_on_within_a_prefix_and_a_range(table: Table) -> None:
    fill(table, "a", "n1", "n2", "n3", "z")
    assert joined(read_on(table, Query("p", prefix="n", limit=2))) == ["n1", "n2", "n3"]
    ranged = Query("p", first="n1", last="n3", limit=1, descending=True)
    assert joined(read_on(table, ranged)) == ["n3", "n2", "n1"]


def test_a_page_goes_on_where_its_last_item_was_deleted(table: Table) -> None:
    fill(table, *"abcd")
    page = table.query(Query("p", limit=2))
    table.write(Delete(Key("p", "b")))
    assert sorts(table.query(Query("p", after=page.next)).items) == ["c", "d"]


def test_a_megabyte_ends_a_page_without_a_limit(table: Table) -> None:
    fill(table, *"abcdef", text="x" * 300_000)
    pages = read_on(table, Query("p"))
    assert joined(pages) == list("abcdef")
    assert len(pages) > 1


def test_an_index_holds_the_items_that_have_both_of_its_keys(table: Table) -> None:
    table.write(Put(item("a", gsi1pk="g", gsi1sk="2")))
    table.write(Put(item("b", gsi1pk="g", gsi1sk="1")))
    table.write(Put(item("c", gsi1pk="g")))
    table.write(Put(item("d", gsi2pk="g", gsi2sk="0")))
    assert sorts(table.query(Query("g", index="gsi1")).items) == ["b", "a"]
    assert sorts(table.query(Query("g", index="gsi2")).items) == ["d"]


def test_an_index_gives_the_whole_item(table: Table) -> None:
    whole = item("a", gsi4pk="g", gsi4sk="1", list=[1, {"a": None}])
    table.write(Put(whole))
    assert table.query(Query("g", index="gsi4")).items == [whole]


def test_an_item_leaves_an_index_with_its_keys(table: Table) -> None:
    table.write(Put(item("a", gsi3pk="RUNNING", gsi3sk="1")))
    table.write(Update(Key("p", "a"), set={"gsi3pk": "COMPLETED"}))
    assert table.query(Query("RUNNING", index="gsi3")).items == []
    assert sorts(table.query(Query("COMPLETED", index="gsi3")).items) == ["a"]
    table.write(Update(Key("p", "a"), remove=("gsi3pk", "gsi3sk")))
    assert table.query(Query("COMPLETED", index="gsi3")).items == []


@pytest.mark.parametrize("descending", [False, True])
def test_pages_of_an_index_join_where_sort_keys_are_the_same(
    table: Table, descending: bool
) -> None:
    for partition in ("p", "q"):
        for sort in "abcde":
            table.write(Put({"pk": partition, "sk": sort, "gsi1pk": "g", "gsi1sk": "same"}))
    query, found = Query("g", index="gsi1", limit=3, descending=descending), []
    while True:
        page = table.query(query)
        found += [(one["pk"], one["sk"]) for one in page.items]
        if page.next is None:
            break
        query = replace(query, after=page.next)
    assert sorted(found) == [(partition, sort) for partition in "pq" for sort in "abcde"]


def test_the_place_after_a_page_is_a_map_of_texts(table: Table) -> None:
    for sort in "abc":
        table.write(Put(item(sort, gsi1pk="g", gsi1sk=sort)))
    after = table.query(Query("g", index="gsi1", limit=2)).next
    assert after == {"pk": "p", "sk": "b", "gsi1pk": "g", "gsi1sk": "b"}
    assert table.query(Query("p", limit=2)).next == {"pk": "p", "sk": "b"}


def test_filters_take_items_by_any_attribute(table: Table) -> None:
    fill(table, "a", "b", kind="x", n=1)
    fill(table, "c", kind="y", n=2)
    fill(table, "d", kind="x")
    filters = (Condition("kind", "=", "x"), Condition("n", ">=", 1))
    assert sorts(table.query(Query("p", filters=filters)).items) == ["a", "b"]


def test_a_page_that_a_filter_empties_still_leads_on(table: Table) -> None:
    fill(table, *"abcd", kind="x")
    fill(table, "e", kind="y")
    pages = read_on(table, Query("p", limit=2, filters=(Condition("kind", "=", "y"),)))
    assert pages[0] == []
    assert joined(pages) == ["e"]


def test_an_expired_item_is_its_readers_business(table: Table) -> None:
    table.write(Put(item("a", expires=1)))
    table.write(Put(item("b", expires=4_000_000_000)))
    assert (table.get(Key("p", "b")) or {})["expires"] == 4_000_000_000
    assert "b" in sorts(table.query(Query("p")).items)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(table: Table, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        table.query(Query("p", limit=limit))
