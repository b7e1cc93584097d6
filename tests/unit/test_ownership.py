"""What belongs to another user answers as what is not there: use case by use case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from strata import (
    audit,
    credentials,
    departures,
    executions,
    exports,
    graph_versions,
    graphs,
    node_tests,
    node_views,
    triggers,
)
from strata.credentials import NewCredential
from strata.model.errors import StrataError
from strata.model.origin import NOWHERE
from strata.model.user import Caller
from strata.node_tests import Trial
from strata.paging import PageRequest
from strata.platform import Platform
from tests.builders import chain
from tests.held_platform import OTHER_USER, USER, add_user, owner, play, run_of

PAGE = PageRequest()


@dataclass(frozen=True)
class Ids:
    graph: str
    execution: str
    credential: str
    trigger: str


ABSENT = Ids(*(f"{prefix}_00000000000000000000000009" for prefix in ("gph", "exe", "crd", "trg")))

Ask = Callable[[str, Ids, Platform], Any]

ASKS: dict[str, Ask] = {
    "read a graph": lambda u, i, p: graphs.get(u, i.graph, platform=p),
    "read a version": lambda u, i, p: graphs.get(u, i.graph, 1, platform=p),
    "save a graph": lambda u, i, p: graphs.save(u, i.graph, chain(3), platform=p),
    "save a draft": lambda u, i, p: graphs.save(u, i.graph, chain(3), draft=True, platform=p),
    "save with a tag": lambda u, i, p: graphs.save(
        u, i.graph, chain(3), if_match='"1"', platform=p
    ),
    "change a graph": lambda u, i, p: graphs.change(u, i.graph, {"name": "Mine"}, platform=p),
    "activate a version": lambda u, i, p: graphs.change(
        u, i.graph, {"active_version": 1}, platform=p
    ),
    "delete a graph": lambda u, i, p: graphs.delete(u, i.graph, platform=p),
    "list versions": lambda u, i, p: graph_versions.versions(u, i.graph, page=PAGE, platform=p),
    "compare versions": lambda u, i, p: graph_versions.difference(u, i.graph, 1, 1, platform=p),
    "read a plan": lambda u, i, p: graph_versions.plan_of(u, i.graph, platform=p),
    "start": lambda u, i, p: executions.start(u, i.graph, {}, platform=p),
    "start a version": lambda u, i, p: executions.start(u, i.graph, {}, 1, platform=p),
    "try a node": lambda u, i, p: node_tests.run(u, i.graph, "n000", Trial({}), platform=p),
    "read an execution": lambda u, i, p: executions.get(u, i.execution, platform=p),
    "list nodes": lambda u, i, p: node_views.listing(u, i.execution, page=PAGE, platform=p),
    "read a node": lambda u, i, p: node_views.get(u, i.execution, "n000", platform=p),
    "read a credential": lambda u, i, p: credentials.get(u, i.credential, platform=p),
    "delete a credential": lambda u, i, p: credentials.delete(u, i.credential, platform=p),
    "make a trigger": lambda u, i, p: triggers.create(owner(u), i.graph, "queue", platform=p),
    "list triggers": lambda u, i, p: triggers.listing(u, i.graph, page=PAGE, platform=p),
    "read a trigger": lambda u, i, p: triggers.get(u, i.trigger, platform=p),
    "change a trigger": lambda u, i, p: triggers.change(
        owner(u), i.trigger, {"enabled": False}, platform=p
    ),
    "delete a trigger": lambda u, i, p: triggers.delete(u, i.trigger, platform=p),
}
LISTS: dict[str, Ask] = {
    "graphs": lambda u, i, p: graphs.listing(u, page=PAGE, platform=p),
    "executions": lambda u, i, p: executions.listing(u, page=PAGE, platform=p),
    "executions of a graph": lambda u, i, p: executions.listing(
        u, graph_id=i.graph, page=PAGE, platform=p
    ),
    "credentials": lambda u, i, p: credentials.listing(u, page=PAGE, platform=p),
    "audit": lambda u, i, p: audit.listing(u, page=PAGE, platform=p),
}


@pytest.fixture
def ids(held: Platform) -> Ids:
    """Of things that USER has; the execution has run."""
    graph_id = graphs.create(USER, chain(2), platform=held)["id"]
    view = executions.start(USER, graph_id, {}, platform=held)
    play(run_of(view, USER), held)
    new = NewCredential("api_key", "n", "p", ["example.com"], {"key": "hunter2-hunter2"})
    credential_id = credentials.create(USER, new, platform=held)["id"]
    trigger_id = triggers.create(owner(), graph_id, "queue", platform=held)["id"]
    audit.record(USER, "create_trigger", resource=trigger_id, platform=held)
    return Ids(graph_id, view["id"], credential_id, trigger_id)


def answer(ask: Ask, user: str, ids: Ids, platform: Platform) -> tuple[Any, ...]:
    with pytest.raises(StrataError) as raised:
        ask(user, ids, platform)
    error = raised.value
    return type(error), error.code, error.status, error.detail, error.errors, error.headers


@pytest.mark.parametrize("name", ASKS)
def test_another_user_s_thing_answers_as_an_absent_one(held: Platform, ids: Ids, name: str) -> None:
    foreign = answer(ASKS[name], OTHER_USER, ids, held)
    assert foreign == answer(ASKS[name], OTHER_USER, ABSENT, held)
    assert foreign[1:3] == ("not_found", 404)


@pytest.mark.parametrize("name", ASKS)
def test_its_owner_gets_another_answer(held: Platform, ids: Ids, name: str) -> None:
    ASKS[name](USER, ids, held)


@pytest.mark.parametrize("name", LISTS)
def test_no_list_shows_what_another_user_has(held: Platform, ids: Ids, name: str) -> None:
    assert LISTS[name](OTHER_USER, ids, held) == {"items": [], "next_cursor": None}
    assert len(LISTS[name](USER, ids, held)["items"]) == 1


def test_a_process_that_remembers_the_owner_s_graph_tells_another_user_nothing(
    held: Platform, ids: Ids
) -> None:
    executions.start(USER, ids.graph, {}, platform=held)
    foreign = answer(ASKS["start"], OTHER_USER, ids, held)
    assert foreign == answer(ASKS["start"], OTHER_USER, ABSENT, held)


def test_an_export_holds_nothing_of_another_user(held: Platform, ids: Ids) -> None:
    for one in (USER, OTHER_USER):
        add_user(held, one)
    theirs = exports.export(Caller(OTHER_USER, frozenset()), platform=held)
    assert [one["type"] for one in theirs["items"]] == ["profile"]
    own = exports.export(Caller(USER, frozenset()), platform=held)
    assert ids.execution in str(own["items"])


def test_who_leaves_takes_nothing_of_another_user_along(held: Platform, ids: Ids) -> None:
    for one in (USER, OTHER_USER):
        add_user(held, one)
    admin = Caller("usr_" + "9" * 26, frozenset())
    departures.remove(OTHER_USER, admin, NOWHERE, platform=held)
    assert departures.sweep(0, platform=held) == {"leaving": 0, "departed": 1}
    for name in ASKS:
        if name.startswith(("read", "list", "compare", "start")):
            ASKS[name](USER, ids, held)
