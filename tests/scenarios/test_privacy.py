"""Someone looks at all that is kept of them, and leaves; an admin looks after the others."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.builders import graph, node
from tests.scenarios.person import PASSWORD, Person
from tests.scenarios.runner import Runner

Json = dict[str, Any]

LARGE = "large " * 30_000
LOOP = graph(
    [
        node("i", "input", name="i"),
        node("loop", "for_each", items=[1, 2]),
        node("step", parent="loop"),
        node("o", "output", name="o"),
    ],
    "loop.item -> step.value",
    "step.value -> loop.result",
    "i.value -> o.value",
).model_dump(mode="json")
WAITS = graph([node("ask", "approval")]).model_dump(mode="json")


def _asks(person: Person, method: str, path: str, body: Any = None) -> httpx.Response:
    return person.http.request(method, path, json=body)


def _exported(person: Person) -> list[Json]:
    items: list[Json] = []
    query: dict[str, str] = {}
    while True:
        page = person.reads("/auth/me/export", params=query)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        query = {"cursor": page["next_cursor"]}


def _settles(person: Person) -> tuple[str, str, str]:
    """Graph, execution that has ended, and one that waits."""
    graph_id = person.saves(LOOP)
    done = person.starts(graph_id, {"i": LARGE})
    assert person.waits_for(done)["status"] == "COMPLETED"
    waits = person.starts(person.saves(WAITS))
    person.waits(lambda: person.nodes(waits)["ask"]["status"], lambda seen: seen == "WAITING")
    assert (
        _asks(person, "POST", f"/graphs/{graph_id}/triggers", {"kind": "queue"}).status_code == 201
    )
    return graph_id, done, waits


def _is_gone(runner: Runner) -> bool:
    assert runner.calls
    told = runner.calls("reconcile", {"grace_seconds": 0})
    return bool(told["leaving"] == 0)


def test_an_export_holds_what_one_has(ada: Person, ben: Person) -> None:
    graph_id, done, waits = _settles(ada)
    ben.saves(WAITS)
    items = _exported(ada)
    ids = {(one["type"], one["data"].get("id")) for one in items}
    assert {("graph", graph_id), ("execution", done), ("execution", waits)} <= ids
    nodes = [one["data"] for one in items if one["type"] == "node_execution"]
    told = {(one["iteration"], one["node"]) for one in nodes if one["execution_id"] == done}
    assert told == {("", "i"), ("", "loop"), ("", "o"), ("loop:0", "step"), ("loop:1", "step")}
    (profile,) = [one["data"] for one in items if one["type"] == "profile"]
    assert profile["email"] == ada.email
    assert ben.email not in str(items)


def test_who_leaves_is_out_and_in_the_end_nothing_is_left(ada: Person, runner: Runner) -> None:
    if runner.rows is None:
        pytest.skip("Nobody may read all rows there.")
    user_id = ada.reads("/auth/me")["id"]
    _settles(ada)
    answer = _asks(ada, "DELETE", "/auth/me", {"current_password": PASSWORD})
    assert (answer.status_code, answer.json()) == (202, {"status": "leaving"})
    assert ada.http.get("/auth/me").status_code == 401
    ada.waits(lambda: _is_gone(runner), bool)
    rows = runner.rows()
    left = [row for row in rows if user_id in row and "#AUDIT" not in row.partition(" ")[0]]
    assert left == []
    assert [row for row in rows if ada.email in row] == []
    again = {"email": ada.email, "password": PASSWORD}
    answer = _asks(ada, "POST", "/auth/register", again)
    assert answer.status_code == 201
    assert answer.json()["user"]["id"] != user_id


def test_a_wrong_password_deletes_nothing(ada: Person) -> None:
    wrong = {"current_password": "another password, and long"}
    assert _asks(ada, "DELETE", "/auth/me", wrong).json()["code"] == "invalid_credentials"
    assert ada.http.get("/auth/me").status_code == 200


def test_an_admin_disables_somebody_whose_work_ends_at_once(
    newcomer: Callable[[], Person], runner: Runner
) -> None:
    if runner.calls is None:
        pytest.skip("Nobody makes an admin there.")
    ada, root = newcomer(), newcomer()
    command = {"command": "set_role", "email": root.email, "role": "admin"}
    assert runner.calls("maintain", command)["role"] == "admin"
    signed = root.http.post("/auth/login", json={"email": root.email, "password": PASSWORD})
    root.http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
    user_id = ada.reads("/auth/me")["id"]
    _, _, waits = _settles(ada)
    path = f"/users/{user_id}"
    assert _asks(root, "PATCH", path, {"status": "disabled"}).status_code == 200
    assert ada.http.get("/auth/me").status_code == 401
    assert _asks(root, "PATCH", path, {"status": "active"}).status_code == 200
    signed = ada.http.post("/auth/login", json={"email": ada.email, "password": PASSWORD})
    ada.http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
    assert ada.waits_for(waits)["status"] == "CANCELLED"
    told = root.reads(f"/users/{user_id}/audit", params={"action": "status_set_to_disabled"})
    assert [one["resource"] for one in told["items"]] == [user_id]


def test_what_one_does_stands_in_the_log_and_who_did_it(ada: Person, ben: Person) -> None:
    graph_id = ada.saves(WAITS)
    assert _asks(ben, "DELETE", f"/graphs/{graph_id}").status_code == 404
    own = ada.reads("/audit", params={"action": "create_graph"})["items"]
    assert [(one["resource"], one["result"]) for one in own] == [(graph_id, "ok")]
    theirs = ben.reads("/audit", params={"action": "delete_graph"})["items"]
    assert [(one["resource"], one["result"]) for one in theirs] == [(graph_id, "not_found")]
