"""Pages: whole lists in bounded reads, and cursors that fit nothing but their own list."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from strata import executions, graphs
from strata.memory import Memory
from strata.model.errors import InvalidCursor
from strata.model.execution import Status
from strata.paging import MOST_READS, PageRequest, cursor_key, read_page
from strata.platform import Platform
from strata.ports import Condition, Put, Query
from tests.at_once import at_once
from tests.builders import chain
from tests.held_platform import OTHER_USER, USER
from tests.unit.pages import all_items
from tests.watched_table import watched

LIST = Query("LIST")
ODD = (Condition("kind", "=", "odd"),)


def add(platform: Platform, *numbers: int) -> None:
    for number in numbers:
        kind = "odd" if number % 1000 == 999 else "even"
        platform.table.write(Put({"pk": "LIST", "sk": f"{number:06}", "kind": kind}))


def read(platform: Platform, query: Query, page: PageRequest) -> dict[str, Any]:
    found = read_page(query, page, platform=platform)
    return {"items": [int(one["sk"]) for one in found.items], "next_cursor": found.next_cursor}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("descending", [False, True])
def test_the_pages_together_are_the_list(held: Platform, descending: bool, limit: int) -> None:
    add(held, *range(7))
    query = replace(LIST, descending=descending)
    found: Any = all_items(partial(read, held, query), limit)
    assert found == (list(range(7))[::-1] if descending else list(range(7)))


def test_an_empty_list_is_one_empty_page(held: Platform) -> None:
    assert read(held, LIST, PageRequest()) == {"items": [], "next_cursor": None}


class TestFilters:
    def test_a_page_goes_on_reading_until_it_is_full(self, held: Platform) -> None:
        add(held, *range(40), 999, *range(1000, 1040), 1999)
        page = read(held, replace(LIST, filters=ODD), PageRequest(10))
        assert page["items"] == [999, 1999]

    def test_a_filter_that_takes_nearly_nothing_ends_a_page_early(self, held: Platform) -> None:
        add(held, *range(50), 999)
        spied, table = watched(held)
        page = read(spied, replace(LIST, filters=ODD), PageRequest(2))
        assert (page["items"], page["next_cursor"] is None) == ([], False)
        assert table.calls["query"] == MOST_READS

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_all_pages_together_are_whole_all_the_same(self, held: Platform, limit: int) -> None:
        add(held, *range(50), 999, *range(1000, 1050), 1999)
        found: Any = all_items(partial(read, held, replace(LIST, filters=ODD)), limit)
        assert found == [999, 1999]


class TestChangesBetweenPages:
    def test_what_comes_before_the_cursor_is_not_told_and_nothing_twice(
        self, held: Platform
    ) -> None:
        add(held, 1, 3, 5)
        first = read(held, LIST, PageRequest(2))
        add(held, 0, 2, 4)
        rest = read(held, LIST, PageRequest(100, first["next_cursor"]))
        assert (first["items"], rest["items"]) == ([1, 3], [4, 5])

    def test_a_list_that_grows_while_it_is_read_loses_nothing_that_was_there(
        self, held: Platform
    ) -> None:
        ids = [graphs.create(USER, chain(1), platform=held)["id"] for _ in range(6)]

        def act(number: int) -> list[str]:
            if number:
                return [graphs.create(USER, chain(1), platform=held)["id"] for _ in range(5)]
            pages = all_items(lambda page: graphs.listing(USER, page=page, platform=held), limit=1)
            return [one["id"] for one in pages]

        found, _ = at_once(2, act)
        assert [one for one in found if one in ids] == ids[::-1]
        assert len(found) == len(set(found))


class TestCursors:
    @pytest.fixture
    def cursor(self, held: Platform) -> str:
        """Of the list of a user's graphs, behind the first of three."""
        for _ in range(3):
            graphs.create(USER, chain(1), platform=held)
        page = graphs.listing(USER, page=PageRequest(1), platform=held)
        return str(page["next_cursor"])

    @pytest.mark.parametrize(
        ("user", "how"),
        [
            pytest.param(OTHER_USER, {}, id="another user's"),
            pytest.param(USER, {"query": "chain"}, id="with a filter"),
            pytest.param(USER, {"order_by": "name"}, id="in another order"),
        ],
    )
    def test_it_fits_no_other_list(
        self, held: Platform, cursor: str, user: str, how: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidCursor):
            graphs.listing(user, page=PageRequest(1, cursor), platform=held, **how)

    def test_it_fits_no_list_of_other_things(self, held: Platform, cursor: str) -> None:
        for status in (None, Status.QUEUED):
            with pytest.raises(InvalidCursor):
                executions.listing(USER, status=status, page=PageRequest(1, cursor), platform=held)

    def test_it_fits_a_page_of_another_size(self, held: Platform, cursor: str) -> None:
        page = graphs.listing(USER, page=PageRequest(100, cursor), platform=held)
        assert len(page["items"]) == 2

    def test_it_is_good_in_every_process(self, held: Platform, cursor: str) -> None:
        other = replace(held, memory=Memory())
        assert graphs.listing(USER, page=PageRequest(1, cursor), platform=other)["items"]

    def test_a_changed_one_is_refused(self, held: Platform, cursor: str) -> None:
        for at in range(0, len(cursor), 9):
            other = "A" if cursor[at] != "A" else "B"
            page = PageRequest(1, cursor[:at] + other + cursor[at + 1 :])
            with pytest.raises(InvalidCursor):
                graphs.listing(USER, page=page, platform=held)


class TestKey:
    def test_processes_that_need_it_first_at_once_agree(self, held: Platform) -> None:
        keys = at_once(8, lambda _: cursor_key(replace(held, memory=Memory())))
        assert len(set(keys)) == 1
        assert len(keys[0]) == 32

    def test_a_process_opens_it_once(self, held: Platform) -> None:
        spied, table = watched(held)
        for _ in range(3):
            cursor_key(spied)
        assert dict(table.calls) == {"get": 1, "write": 1}
