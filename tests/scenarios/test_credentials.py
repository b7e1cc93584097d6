"""A secret goes in, is used by nodes, changes, is renewed and deleted, and never comes out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strata.clock import SystemClock
from strata.local.platform import LocalPlatform, open_platform
from strata.local.server import HttpServer
from strata.ports import Update
from strata.settings import Settings
from strata.store import keys
from tests.builders import graph, node
from tests.oauth_server import CLIENT, SECRET, OAuthServer, oauth_server
from tests.scenarios.person import PASSWORD, Person
from tests.scenarios.runner import Runner

Json = dict[str, Any]
KEY = "swordfish-0123456789"
URL = "https://api.example.com/"


def _with_key(name: str = "Weather") -> Json:
    hosts = ["api.example.com"]
    return {
        "kind": "api_key", "name": name, "provider": "example", "allowed_hosts": hosts,
        "secret": {"key": KEY},
    }  # fmt: skip


def _asks_first(credential_id: str) -> Json:
    made = graph(
        [
            node("ask", "approval"),
            node("call", "http_request", url=URL, credential=credential_id),
        ],
        "ask.approved -> call.query.said",
        name="Forecast",
    )
    return made.model_dump(mode="json")


def _seen(person: Person, execution_id: str) -> str:
    """All that the person is told of an execution."""
    nodes = [person.reads(f"/executions/{execution_id}/nodes/{one}") for one in ("ask", "call")]
    return json.dumps([person.reads(f"/executions/{execution_id}"), nodes])


def test_a_credential_that_is_deleted_is_of_no_use_to_the_next_node(ada: Person) -> None:
    made = ada.sends("/credentials", _with_key(), 201)
    graph_id = ada.saves(_asks_first(made["id"]))
    path = f"/credentials/{made['id']}"
    (use,) = ada.reads(path)["used_by"]
    assert (use["graph_id"], use["name"], use["nodes"]) == (graph_id, "Forecast", ["call"])
    execution_id = ada.starts(graph_id)
    ada.waits_for_node(execution_id, "ask")
    deleted = ada.http.delete(path)
    assert (deleted.status_code, deleted.json()) == (200, {"used_by": [use], "revoked": None})
    ada.approves(execution_id, "ask")
    end = ada.waits_for(execution_id)
    assert (end["status"], end["error"]["code"]) == ("FAILED", "unknown_credential")
    resumed = ada.sends(f"/executions/{execution_id}/resume")
    assert resumed["reused"] == ["ask"]
    again = ada.waits_for(resumed["id"])
    assert again["error"]["code"] == "unknown_credential"
    refused = ada.http.put(f"/graphs/{graph_id}", json=_asks_first(made["id"]))
    assert refused.json()["errors"][0]["code"] == "unknown_credential"
    told = f"{made}{use}{_seen(ada, execution_id)}{_seen(ada, resumed['id'])}{refused.text}"
    assert "swordfish" not in told


def test_another_person_can_neither_see_nor_use_it(ada: Person, ben: Person) -> None:
    made = ada.sends("/credentials", _with_key(), 201)
    absent = "crd_00000000000000000000000009"
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        theirs = [
            ben.http.request(method, f"/credentials/{one}", json=body)
            for one in (made["id"], absent)
        ]
        assert [one.status_code for one in theirs] == [404, 404]
    refusals = [
        ben.http.post("/graphs", json=_asks_first(one)).json()["errors"]
        for one in (made["id"], absent)
    ]
    assert refusals[0] == refusals[1]
    assert ada.reads(f"/credentials/{made['id']}")["name"] == "Weather"


def test_whoever_holds_a_session_cannot_send_an_old_secret_elsewhere(ada: Person) -> None:
    made = ada.sends("/credentials", _with_key(), 201)
    path = f"/credentials/{made['id']}"
    for wanted in ({"allowed_hosts": ["evil.example"]}, {"placement": {"header": "X-Echo"}}):
        refused = ada.http.patch(path, json=wanted)
        assert (refused.status_code, refused.json()["code"]) == (422, "secret_required")
    renamed = ada.http.patch(path, json={"name": "Rain"}, headers={"If-Match": '"1"'})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Rain")
    stale = ada.http.patch(path, json={"name": "Sun"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


class TestOAuth:
    """On the embedded platform alone, which may reach a provider on loopback."""

    @pytest.fixture
    def provider(self) -> Iterator[OAuthServer]:
        with oauth_server() as provider:
            yield provider

    @pytest.fixture
    def running(self, tmp_path: Path, provider: OAuthServer) -> Iterator[LocalPlatform]:
        settings = Settings(allowed_upstream=provider.upstream)
        with open_platform(tmp_path, settings=settings) as running:
            yield running

    @pytest.fixture
    def cleo(self, running: LocalPlatform, provider: OAuthServer) -> Iterator[Person]:
        """An administrator, who has made the provider known."""
        with HttpServer(running) as server:
            cleo = Person(Runner(server.url, lambda _: None))
            self.promote(cleo, running)
            body = {
                "client_id": CLIENT,
                "client_secret": SECRET,
                "definition": provider.definition(),
            }
            assert cleo.http.put("/providers/loopback", json=body).status_code == 200
            yield cleo
            cleo.http.close()

    def promote(self, person: Person, running: LocalPlatform) -> None:
        """As a command of the platform's does it; the next session has the role."""
        user_id = person.reads("/auth/me")["id"]
        running.platform.table.write(Update(keys.user(user_id), {"role": "admin"}))
        account = {"email": person.email, "password": PASSWORD}
        token = person.sends("/auth/login", account, 200)["access_token"]
        person.http.headers["Authorization"] = f"Bearer {token}"

    def test_twenty_nodes_use_tokens_that_have_ended_and_one_renews_them(
        self, cleo: Person, provider: OAuthServer, running: LocalPlatform, tmp_path: Path
    ) -> None:
        wanted = {"provider": "loopback", "name": "Mine"}
        asked = cleo.sends("/credentials/authorizations", wanted, 201)
        told = provider.authorize(asked["authorize_url"])
        path = f"/credentials/authorizations/{asked['id']}/complete"
        made = cleo.sends(path, told, 201)
        self.end_tokens(cleo, made["id"], running)
        end = cleo.runs(self.calls(provider, made["id"]))
        assert (end["status"], end["outputs"]) == ("COMPLETED", {"all": [200] * 20})
        assert [form["grant_type"] for form in provider.forms] == [
            "authorization_code",
            "refresh_token",
        ]
        assert cleo.http.delete(f"/credentials/{made['id']}").status_code == 200
        assert provider.revoked == ["refresh-swordfish-5"]
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"-swordfish-" not in kept

    def end_tokens(self, person: Person, credential_id: str, running: LocalPlatform) -> None:
        key = keys.credential(person.reads("/auth/me")["id"], credential_id)
        ended = int(SystemClock().now().timestamp()) - 1
        running.platform.table.write(Update(key, set={"token_expires": ended}))

    def calls(self, provider: OAuthServer, credential_id: str) -> Json:
        made = graph(
            [
                node("each", "for_each", items=list(range(20)), max_concurrency=20),
                node(
                    "call",
                    "http_request",
                    url=provider.url("/api"),
                    credential=credential_id,
                    parent="each",
                ),
                node("all", "output", name="all"),
            ],
            "each.item -> call.query.n",
            "call.status -> each.result",
            "each.results -> all.value",
        )
        return made.model_dump(mode="json")
