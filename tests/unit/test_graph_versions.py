"""The versions of a graph: their list, their differences, and the plan of one."""

from dataclasses import replace

import pytest

from strata import graph_versions, graphs
from strata.memory import Memory
from strata.model.errors import NotFound, NotRunnable, StrataError
from strata.model.graph import Graph
from strata.platform import Platform
from tests.builders import chain
from tests.held_platform import OTHER_USER, USER
from tests.unit.pages import all_items


@pytest.fixture
def graph_id(held: Platform) -> str:
    """Versions 1 and 3 can run, 2 is a draft; 1 is active."""
    made = graphs.create(USER, chain(1), platform=held)
    graphs.save(USER, made["id"], Graph(name="Draft"), draft=True, platform=held)
    graphs.save(USER, made["id"], chain(3), platform=held)
    graphs.change(USER, made["id"], {"active_version": 1}, platform=held)
    return str(made["id"])


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_history_comes_newest_first(held: Platform, graph_id: str, limit: int) -> None:
    found = all_items(
        lambda page: graph_versions.versions(USER, graph_id, page=page, platform=held), limit
    )
    told = [(one["version"], one["draft"], one["active"]) for one in found]
    assert told == [(3, False, False), (2, True, False), (1, False, True)]


def test_two_versions_are_compared(held: Platform, graph_id: str) -> None:
    found = graph_versions.difference(USER, graph_id, 1, 3, platform=held)
    assert found["nodes"]["added"] == ["n001", "n002"]
    assert found["nodes"]["removed"] == []


@pytest.mark.parametrize(("a", "b"), [(1, 4), (9, 1), (0, 1)])
def test_a_version_that_is_not_there_is_not_found(
    held: Platform, graph_id: str, a: int, b: int
) -> None:
    with pytest.raises(NotFound):
        graph_versions.difference(USER, graph_id, a, b, platform=held)


def test_the_plan_is_the_active_version_s(held: Platform, graph_id: str) -> None:
    number, plan = graph_versions.plan_of(USER, graph_id, platform=held)
    assert (number, [one.id for one in plan.nodes]) == (1, ["n000"])


def test_the_plan_of_another_version_can_be_asked_for(held: Platform, graph_id: str) -> None:
    cold = replace(held, memory=Memory())
    number, plan = graph_versions.plan_of(USER, graph_id, 3, platform=cold)
    assert (number, len(plan.nodes)) == (3, 3)


@pytest.mark.parametrize(("version", "refusal"), [(2, NotRunnable), (4, NotFound)])
def test_a_version_without_a_plan_is_refused(
    held: Platform, graph_id: str, version: int, refusal: type[StrataError]
) -> None:
    with pytest.raises(refusal):
        graph_versions.plan_of(USER, graph_id, version, platform=held)


def test_another_user_finds_nothing(held: Platform, graph_id: str) -> None:
    with pytest.raises(NotFound):
        graph_versions.plan_of(OTHER_USER, graph_id, platform=held)
