"""What uses a credential is known with each version of a graph, and told by name."""

from typing import Any

import pytest

from strata import credentials, graphs, triggers
from strata.credential_uses import MOST_GRAPHS
from strata.credentials import NewCredential
from strata.graph_checks import MOST_CREDENTIALS
from strata.model.errors import GraphInvalid, VersionConflict
from strata.model.graph import Graph
from strata.platform import Platform
from strata.ports import MAX_ITEM_BYTES
from strata.store import credential_uses, keys
from strata.store.values import encode
from tests.builders import graph, node
from tests.held_platform import OTHER_USER, USER, owner

URL = "https://api.example.com"


def credential(platform: Platform, user: str = USER) -> str:
    new = NewCredential("api_key", "Key", "example", ["api.example.com"], {"key": "k" * 20})
    return str(credentials.create(user, new, platform=platform)["id"])


def naming(*ids: str, name: str = "Report") -> Graph:
    nodes = [node(f"n{at}", "http_request", url=URL, credential=one) for at, one in enumerate(ids)]
    return graph(nodes or [node("a", value=1)], name=name)


def created(platform: Platform, made: Graph, **given: Any) -> str:
    return str(graphs.create(USER, made, platform=platform, **given)["id"])


def told(platform: Platform, credential_id: str) -> list[tuple[str, list[int], list[str]]]:
    used_by = credentials.get(USER, credential_id, platform=platform)["used_by"]
    return [(one["name"], one["versions"], one["nodes"]) for one in used_by]


def test_a_graph_is_told_with_its_versions_and_nodes(held: Platform) -> None:
    one, other = credential(held), credential(held)
    graph_id = created(held, naming(one, other, one))
    assert told(held, one) == [("Report", [1], ["n0", "n2"])]
    graphs.save(USER, graph_id, naming(one), platform=held)
    assert told(held, one) == [("Report", [2, 1], ["n0"])]
    assert told(held, other) == [("Report", [1], ["n1"])]


def test_a_version_without_credentials_leaves_the_older_ones_known(held: Platform) -> None:
    one = credential(held)
    graph_id = created(held, naming(one))
    graphs.save(USER, graph_id, naming(), platform=held)
    graphs.save(USER, graph_id, naming(one), platform=held)
    assert told(held, one) == [("Report", [3, 1], ["n0"])]


def test_a_graph_is_told_by_the_name_that_it_has_now(held: Platform) -> None:
    one = credential(held)
    graph_id = created(held, naming(one))
    graphs.change(USER, graph_id, {"name": "Renamed"}, platform=held)
    assert told(held, one)[0][0] == "Renamed"


def test_nodes_of_a_loop_s_body_are_told_too(held: Platform) -> None:
    one = credential(held)
    made = graph(
        [
            node("each", "for_each", items=[1]),
            node("call", "http_request", url=URL, credential=one, parent="each"),
        ],
        "each.item -> call.body",
        "call.status -> each.result",
    )
    created(held, made)
    assert told(held, one) == [("Test", [1], ["call"])]


def test_a_draft_is_told_as_well(held: Platform) -> None:
    one = credential(held)
    broken = graph([node("a", "http_request", credential=one)], name="Draft")
    created(held, broken, draft=True)
    assert told(held, one) == [("Draft", [1], ["a"])]


def test_a_deleted_graph_uses_nothing_and_its_entry_is_gone(held: Platform) -> None:
    one = credential(held)
    graph_id = created(held, naming(one))
    graphs.delete(USER, graph_id, platform=held)
    assert told(held, one) == []
    assert held.table.get(keys.credential_use(USER, graph_id)) is None


def test_a_save_that_came_second_leaves_no_trace(held: Platform) -> None:
    one, other = credential(held), credential(held)
    graph_id = created(held, naming(one))
    with pytest.raises(VersionConflict):
        graphs.save(USER, graph_id, naming(other), if_match='"7"', platform=held)
    assert told(held, other) == []


def test_what_another_user_names_is_not_told(held: Platform) -> None:
    one = credential(held)
    draft = naming(one)
    graphs.create(OTHER_USER, draft, draft=True, platform=held)
    assert told(held, one) == []


def test_what_is_deleted_tells_what_used_it(held: Platform) -> None:
    one = credential(held)
    graph_id = created(held, naming(one))
    trigger = triggers.create(owner(), graph_id, "queue", "Nightly", platform=held)
    used_by = credentials.delete(USER, one, platform=held)["used_by"]
    assert used_by == [
        {
            "graph_id": graph_id,
            "name": "Report",
            "versions": [1],
            "nodes": ["n0"],
            "triggers": [{"id": trigger["id"], "name": "Nightly"}],
        }
    ]
    nothing: dict[str, Any] = {"used_by": [], "revoked": None}
    assert credentials.delete(USER, credential(held), platform=held) == nothing


def test_a_graph_names_as_many_credentials_as_a_transaction_never_minds(held: Platform) -> None:
    ids = [credential(held) for _ in range(MOST_CREDENTIALS + 1)]
    created(held, naming(*ids[:-1]))
    assert told(held, ids[0]) == [("Report", [1], ["n0"])]
    assert told(held, ids[-2]) == [("Report", [1], [f"n{MOST_CREDENTIALS - 1}"])]
    with pytest.raises(GraphInvalid) as raised:
        created(held, naming(*ids))
    assert [one.code for one in raised.value.errors] == ["too_many_credentials"]


def test_of_many_graphs_the_first_are_told(held: Platform) -> None:
    one = credential(held)
    names = [f"G{at:03}" for at in range(MOST_GRAPHS + 2)]
    ids = [created(held, naming(one, name=name)) for name in names]
    graphs.delete(USER, ids[0], platform=held)
    assert [name for name, *_ in told(held, one)] == names[1 : MOST_GRAPHS + 1]


def test_an_entry_stays_small_however_often_a_graph_is_saved(held: Platform) -> None:
    """The newest of many versions, each of which names other credentials than the one before."""
    graph_id, user = "gph_00000000000000000000000001", USER
    nodes = [f"{at:064}" for at in range(50)]
    for version in range(1, 30):
        ids = [f"crd_{version:013}{at:013}" for at in range(MOST_CREDENTIALS)]
        named = credential_uses.Named(graph_id, version, dict.fromkeys(["crd_x", *ids], nodes))
        for put in credential_uses.puts(user, named, held):
            held.table.write(put)
    item = held.table.get(keys.credential_use(user, graph_id))
    assert item is not None
    assert len(encode(item)) < MAX_ITEM_BYTES
    assert item["uses"]["crd_x"]["versions"] == list(range(29, 9, -1))
    newest = [use["versions"][0] for use in item["uses"].values()]
    assert min(newest) >= 27


def test_what_is_no_id_is_not_noted(held: Platform) -> None:
    graph_id = created(held, naming("crd_x crd_y", name="Draft"), draft=True)
    assert held.table.get(keys.credential_use(USER, graph_id)) is None


def test_uses_on_many_pages_of_the_table_are_all_found(held: Platform) -> None:
    """Each entry is nearly as large as one may be: a page holds three."""
    nodes = [f"{at:064}" for at in range(20)]
    ids = [f"crd_{at:026}" for at in range(MOST_CREDENTIALS * 2)]
    wanted = [f"gph_{at:026}" for at in range(8)]
    for graph_id in wanted:
        named = credential_uses.Named(graph_id, 1, dict.fromkeys(ids, nodes))
        for put in credential_uses.puts(USER, named, held):
            held.table.write(put)
    found = credential_uses.uses_of(USER, ids[7], held)
    assert [use.graph_id for use in found] == wanted
