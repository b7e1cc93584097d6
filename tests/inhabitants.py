"""Somebody who has a thing of every kind, and the search for what is left of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from strata.ports import Update
from tests.builders import graph, node
from tests.held_loops import ask as ask_together
from tests.held_loops import play_loops
from tests.held_platform import run_of
from tests.held_waits import ask
from tests.unit.functions.gateway import Gateway
from tests.watched_table import watched

Json = dict[str, Any]

LARGE = "large " * 30_000
LOOPS = graph(
    [
        node("big", "input", name="big"),
        node("x", "for_each", items=[[1], [2, 3]]),
        node("y", "for_each", parent="x"),
        node("z", parent="y"),
        node("out", "output", name="big"),
    ],
    "x.item -> y.items",
    "y.item -> z.value",
    "z.value -> y.result",
    "y.results -> x.result",
    "big.value -> out.value",
    name="Loops",
)
WAITS = graph([node("ask", "approval"), node("paid", "wait_for_event")], name="Waits")
LONG = graph([node("text", value=LARGE)], name="Long")
CREDENTIAL = {
    "kind": "api_key",
    "name": "Weather",
    "provider": "weather",
    "allowed_hosts": ["api.example.com"],
    "secret": {"key": "sk-swordfish-swordfish"},
}


@dataclass(frozen=True, slots=True)
class Inhabitant:
    gateway: Gateway
    email: str
    user_id: str

    @property
    def platform(self) -> Platform:
        return self.gateway.platform

    def did(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.gateway.call(method, path, body, headers=sent)
        assert answer.status < 300, (method, path, answer.body)
        told: Json = answer.json if answer.body else {}
        return told

    def saved(self, content: Graph) -> str:
        return str(self.did("POST", "/v1/graphs", content.model_dump(mode="json"))["id"])

    def begun(self, graph_id: str, **inputs: Any) -> Run:
        path = f"/v1/graphs/{graph_id}/executions"
        key = self.platform.clock.new_id("key")
        started = self.did("POST", path, {"inputs": inputs}, idempotency_key=key)
        return run_of(started, self.user_id)


def newcomer(platform: Platform, email: str = "ada@example.com") -> Inhabitant:
    """Signed in, and nothing else."""
    gateway = Gateway(platform).signed_in(email)
    return Inhabitant(gateway, email, gateway.call("GET", "/v1/auth/me").json["id"])


def settled(platform: Platform, email: str = "ada@example.com") -> Inhabitant:
    """With a thing of every kind; an execution of the graph `Waits` runs, and waits."""
    ada = newcomer(platform, email)
    loops, waits, long = ada.saved(LOOPS), ada.saved(WAITS), ada.saved(LONG)
    ada.did("PUT", f"/v1/graphs/{long}", LONG.model_dump(mode="json"))
    play_loops(ada.begun(loops, big=LARGE), platform)
    play_loops(ada.begun(long), platform)
    vanish_halfway(ada.begun(loops, big=LARGE), platform)
    run = ada.begun(waits)
    ask(run, "ask", platform, token=f"token of {run.execution_id}")
    for graph_id in (loops, long):
        ada.did("POST", f"/v1/graphs/{graph_id}/triggers", {"kind": "queue"})
    ada.did("DELETE", f"/v1/graphs/{long}")
    ada.did("POST", "/v1/credentials", CREDENTIAL)
    ada.did("POST", "/v1/api-keys", {"name": "CI", "scopes": ["graph:read"]})
    return ada


class Vanished(BaseException):
    """The process is gone."""


def vanish_halfway(run: Run, platform: Platform) -> None:
    """The process goes after it has handed out a loop's items, and before it says how many."""

    def vanish(_: str, write: Any) -> None:
        if isinstance(write, Update) and "loop" in write.set:
            raise Vanished

    with suppress(Vanished):
        ask_together(run, ["x"], watched(platform, before=vanish)[0])


def traces(folder: Path, *texts: str) -> list[str]:
    """The rows of all tables that one of these texts stands in, but for the audit log."""
    with closing(sqlite3.connect(folder / "strata.db")) as database:
        return [
            row
            for row in _rows(database)
            if any(text in row for text in texts) and "#AUDIT" not in row.partition(" ")[0]
        ]


def _rows(database: sqlite3.Connection) -> Iterator[str]:
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for row in database.execute(f"SELECT * FROM {table}"):
            yield " ".join(map(str, row))


def blobs(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]
