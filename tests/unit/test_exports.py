"""An export holds all that is kept of a user, nothing of others, and no secret."""

import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from strata import exports, one_time_tokens
from strata.model.errors import InvalidCursor, NotFound, PermissionDenied
from strata.model.user import Caller
from strata.observability import direct
from strata.one_time_tokens import VERIFICATION
from strata.platform import Platform
from strata.store.values import encode
from tests.builders import fan, graph, node
from tests.held_loops import play_loops
from tests.inhabitants import LARGE, LOOPS, Inhabitant, newcomer, settled
from tests.watched_table import watched

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def log() -> Iterator[None]:
    direct(StringIO())
    yield
    direct(None)


def caller(who: Inhabitant) -> Caller:
    return Caller(who.user_id, frozenset(), session_id="ses_1")


def pages(who: Inhabitant) -> Iterator[Json]:
    cursor = None
    while True:
        page = exports.export(caller(who), cursor, platform=who.platform)
        yield page
        cursor = page["next_cursor"]
        if cursor is None:
            return


def exported(who: Inhabitant) -> list[Json]:
    return [item for page in pages(who) for item in page["items"]]


def lasting(items: list[Json]) -> str:
    """Without the links, which are other ones each second."""
    return re.sub(r'"url":"[^"]*"', "", encode(items))


def of(kind: str, items: list[Json]) -> list[Json]:
    return [item["data"] for item in items if item["type"] == kind]


@pytest.fixture
def ada(held: Platform) -> Inhabitant:
    return settled(held)


def test_a_thing_of_every_kind_is_in_it(ada: Inhabitant) -> None:
    counted = Counter(item["type"] for item in exported(ada))
    del counted["node_execution"], counted["audit_entry"]
    assert counted == {
        "profile": 1,
        "session": 1,
        "api_key": 1,
        "credential": 1,
        "graph": 2,
        "deleted_graph": 1,
        "graph_version": 4,
        "trigger": 2,
        "execution": 4,
    }


def test_nothing_is_in_it_twice(ada: Inhabitant) -> None:
    items = [encode(item) for item in exported(ada)]
    assert len(set(items)) == len(items)


def test_versions_tell_the_whole_graph(ada: Inhabitant) -> None:
    versions = of("graph_version", exported(ada))
    loops = next(one for one in versions if one["name"] == "Loops")
    assert [one["id"] for one in loops["nodes"]] == [one.id for one in LOOPS.nodes]
    assert len(loops["links"]) == len(LOOPS.links)
    assert LARGE in encode([one for one in versions if one["name"] == "Long"])


def test_nodes_are_told_for_each_iteration_in_their_order(ada: Inhabitant) -> None:
    items = exported(ada)
    (done,) = [
        one
        for one in of("execution", items)
        if one["status"] == "COMPLETED" and one["node_counts"].get("COMPLETED") == 3
    ]
    nodes = [one for one in of("node_execution", items) if one["execution_id"] == done["id"]]
    told = [(one["iteration"], one["node"]) for one in nodes]
    assert told == [
        ("", "big"),
        ("", "x"),
        ("", "out"),
        ("x:0", "y"),
        ("x:0/y:0", "z"),
        ("x:1", "y"),
        ("x:1/y:0", "z"),
        ("x:1/y:1", "z"),
    ]
    assert [one["outputs"] for one in nodes if one["node"] == "z"] == [
        {"value": n} for n in (1, 2, 3)
    ]


def test_two_loops_of_one_region_come_one_after_the_other(held: Platform) -> None:
    ada = newcomer(held)
    made = graph(
        [
            node("x", "for_each", items=[1, 2]),
            node("y", "for_each", items=[3]),
            node("a", parent="x"),
            node("b", parent="y"),
        ],
        "x.item -> a.value",
        "y.item -> b.value",
    )
    play_loops(ada.begun(ada.saved(made)), held)
    told = [(one["iteration"], one["node"]) for one in of("node_execution", exported(ada))]
    assert told == [("", "x"), ("", "y"), ("x:0", "a"), ("x:1", "a"), ("y:0", "b")]


def test_an_execution_of_many_nodes_goes_on_from_page_to_page(held: Platform) -> None:
    ada = newcomer(held)
    play_loops(ada.begun(ada.saved(fan(250))), held)
    nodes = of("node_execution", exported(ada))
    assert len({one["node"] for one in nodes}) == len(nodes) == 251


def test_somebody_new_has_little(held: Platform) -> None:
    kinds = Counter(item["type"] for item in exported(newcomer(held)))
    assert kinds == {"profile": 1, "session": 1, "audit_entry": kinds["audit_entry"]}


def test_nothing_of_others_is_in_it(held: Platform) -> None:
    ada, bob = settled(held), settled(held, "bob@example.com")
    text = encode(exported(ada))
    for hidden in (bob.user_id, bob.email):
        assert hidden not in text
    theirs = {one["id"] for kind in ("graph", "execution") for one in of(kind, exported(bob))}
    assert not [one for one in theirs if one in text]


def test_no_secret_is_in_it(held: Platform) -> None:
    ada = settled(held)
    made = graph(
        [node("pin", "input", name="pin", secret=True), node("use")], "pin.value -> use.value"
    )
    play_loops(ada.begun(ada.saved(made), pin="swordfish-of-ada"), held)
    key = ada.did("POST", "/v1/api-keys", {"name": "k", "scopes": ["graph:read"]})["key"]
    graph_id = of("graph", exported(ada))[0]["id"]
    trigger = ada.did("POST", f"/v1/graphs/{graph_id}/triggers", {"kind": "queue"})
    letter = one_time_tokens.issue(ada.user_id, VERIFICATION, platform=held)
    text = encode(exported(ada))
    for secret in (
        "swordfish",
        key,
        key[-40:],
        trigger["token"],
        letter,
        "argon2",
        ada.gateway.token,
    ):
        assert secret not in text
    assert "_hash" not in text
    assert "sealed" not in text


def test_small_pages_hold_the_same_as_large_ones(
    ada: Inhabitant, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lasting(exported(ada))
    monkeypatch.setattr(exports, "MOST_PIECES", 1)
    assert len(list(pages(ada))) > 20
    assert lasting(exported(ada)) == whole


def test_a_page_ends_where_the_next_piece_would_be_too_much(
    ada: Inhabitant, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lasting(exported(ada))
    most = 400_000
    monkeypatch.setattr(exports, "MAX_ANSWER_BYTES", most)
    sizes = [len(encode(page["items"]).encode()) for page in pages(ada)]
    assert len(sizes) > 2
    assert max(sizes) < most + 1_000
    assert lasting(exported(ada)) == whole


def test_a_page_takes_a_bounded_number_of_reads(held: Platform) -> None:
    ada = newcomer(held)
    for _ in range(30):
        ada.saved(graph([node("a", value=1)]))
    platform, table = watched(held)
    page = exports.export(caller(ada), platform=platform)
    assert page["next_cursor"]
    assert sum(table.calls.values()) < 200


def test_a_cursor_is_its_users_alone(held: Platform) -> None:
    ada, bob = newcomer(held), newcomer(held, "bob@example.com")
    for _ in range(20):
        ada.saved(graph([node("a", value=1)]))
    cursor = exports.export(caller(ada), platform=held)["next_cursor"]
    with pytest.raises(InvalidCursor):
        exports.export(caller(bob), cursor, platform=held)


def test_an_api_key_does_not_get_around_its_scopes(ada: Inhabitant) -> None:
    with pytest.raises(PermissionDenied):
        exports.export(Caller(ada.user_id, frozenset(), key_id="key_1"), platform=ada.platform)


def test_who_is_not_there_any_more_has_nothing(held: Platform) -> None:
    with pytest.raises(NotFound):
        exports.export(Caller("usr_" + "0" * 26, frozenset()), platform=held)


def test_through_the_api_it_is_the_same(ada: Inhabitant) -> None:
    items: list[Json] = []
    query: dict[str, str] = {}
    while True:
        answer = ada.gateway.call("GET", "/v1/auth/me/export", query=query)
        assert answer.status == 200
        items += answer.json["items"]
        if answer.json["next_cursor"] is None:
            break
        query = {"cursor": answer.json["next_cursor"]}
    assert items.pop(1)["data"]["current"]
    rest = [one for one in exported(ada) if one["type"] != "session" and not _of_export(one)]
    assert lasting(rest) == lasting([one for one in items if not _of_export(one)])


def _of_export(one: Json) -> bool:
    """Exports are in the log, too."""
    return bool(one["data"].get("action") == "export_account")
