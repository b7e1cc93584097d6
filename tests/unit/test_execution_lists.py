"""Lists of executions: whole whatever the pages, newest first, and cheap."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from strata import executions, graphs
from strata.memory import Memory
from strata.model.execution import Status
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import chain
from tests.held_platform import USER, play, run_of
from tests.unit.pages import all_items
from tests.watched_table import watched


def listed(platform: Platform, limit: int = 100, **filters: Any) -> list[str]:
    read = partial(_read, platform, filters)
    return [one["id"] for one in all_items(read, limit)]


def _read(platform: Platform, filters: dict[str, Any], page: PageRequest) -> dict[str, Any]:
    return executions.listing(USER, page=page, platform=platform, **filters)


@pytest.fixture
def ids(held: Platform) -> dict[str, list[str]]:
    """Three executions of each of two graphs, the first of each has ended."""
    made: dict[str, list[str]] = {}
    for _ in range(2):
        graph_id = graphs.create(USER, chain(1), platform=held)["id"]
        views = [executions.start(USER, graph_id, {}, platform=held) for _ in range(3)]
        play(run_of(views[0], USER), held)
        made[graph_id] = [view["id"] for view in views]
    return made


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_they_come_newest_first(held: Platform, ids: dict[str, list[str]], limit: int) -> None:
    newest = [one for row in ids.values() for one in row][::-1]
    assert listed(held, limit) == newest


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_of_one_graph(held: Platform, ids: dict[str, list[str]], limit: int) -> None:
    for graph_id, row in ids.items():
        assert listed(held, limit, graph_id=graph_id) == row[::-1]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_of_one_status(held: Platform, ids: dict[str, list[str]], limit: int) -> None:
    ended = [row[0] for row in ids.values()][::-1]
    assert listed(held, limit, status=Status.COMPLETED) == ended
    assert len(listed(held, limit, status=Status.QUEUED)) == 4
    assert listed(held, limit, status=Status.RUNNING) == []


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_of_a_graph_and_a_status(held: Platform, ids: dict[str, list[str]], limit: int) -> None:
    for graph_id, row in ids.items():
        found = listed(held, limit, graph_id=graph_id, status=Status.COMPLETED)
        assert found == row[:1]


def test_of_a_deleted_graph_too(held: Platform, ids: dict[str, list[str]]) -> None:
    graph_id, row = next(iter(ids.items()))
    graphs.delete(USER, graph_id, platform=held)
    assert listed(held, graph_id=graph_id) == row[::-1]


def test_a_page_reads_no_plan(held: Platform, ids: dict[str, list[str]]) -> None:
    cold, table = watched(replace(held, memory=Memory()))
    executions.listing(USER, page=PageRequest(), platform=cold)
    assert dict(table.calls) == {"query": 1}


def test_a_look_at_one_is_one_read(held: Platform, ids: dict[str, list[str]]) -> None:
    cold, table = watched(replace(held, memory=Memory()))
    executions.get(USER, next(iter(ids.values()))[1], platform=cold)
    assert dict(table.calls) == {"query": 1}
