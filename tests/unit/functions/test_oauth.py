"""Providers and authorisations over HTTP: who may configure, who may complete, what is shown."""

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from strata.platform import Platform
from tests.held_oauth import PROVIDER, reaching
from tests.oauth_server import CLIENT, SECRET, OAuthServer, oauth_server
from tests.scenes import newcomer
from tests.unit.functions.gateway import Gateway
from tests.unit.outbound_server import answering

BEGIN = "/v1/credentials/authorizations"
SAVE: dict[str, Any] = {"client_id": CLIENT, "client_secret": SECRET}


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with oauth_server() as server:
        yield server


@pytest.fixture
def world(platform: Platform, server: OAuthServer) -> Platform:
    return reaching(platform, server)


@pytest.fixture
def bob(world: Platform) -> Gateway:
    return newcomer(world).gateway


@pytest.fixture
def admin(world: Platform) -> Gateway:
    return newcomer(world, "admin").gateway


def begun(user: Gateway, **wanted: Any) -> dict[str, Any]:
    answer = user.call("POST", BEGIN, {"provider": PROVIDER, "name": "Mine", **wanted})
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


def finish(asked: dict[str, Any]) -> str:
    return f"{BEGIN}/{asked['id']}/complete"


class TestProviders:
    def test_members_see_them_and_administrators_configure_them(
        self, bob: Gateway, admin: Gateway
    ) -> None:
        assert bob.call("GET", "/v1/providers/github").json["configured"] is False
        assert bob.call("PUT", "/v1/providers/github", SAVE).code == "permission_denied"
        assert bob.call("DELETE", f"/v1/providers/{PROVIDER}").code == "permission_denied"
        saved = admin.call("PUT", "/v1/providers/github", SAVE)
        assert (saved.status, saved.headers["etag"]) == (200, '"1"')
        assert bob.call("GET", "/v1/providers/github").json == saved.json
        assert admin.call("DELETE", "/v1/providers/github").status == 204
        assert bob.call("GET", "/v1/providers/github").json["configured"] is False

    def test_the_log_names_the_provider_that_was_changed(self, admin: Gateway) -> None:
        admin.call("PUT", "/v1/providers/github", SAVE)
        admin.call("DELETE", "/v1/providers/github")
        found = admin.call("GET", "/v1/audit", query={"limit": 2}).json["items"]
        assert [(one["action"], one["resource"]) for one in found] == [
            ("delete_provider", "github"),
            ("save_provider", "github"),
        ]

    def test_the_log_names_the_authorisation_that_was_begun(self, bob: Gateway) -> None:
        asked = begun(bob)
        entry = bob.call("GET", "/v1/audit").json["items"][0]
        assert (entry["action"], entry["resource"]) == ("begin_authorization", asked["id"])

    def test_the_client_s_secret_goes_in_and_never_comes_out(
        self, bob: Gateway, admin: Gateway, log: StringIO, tmp_path: Path
    ) -> None:
        answers = [
            admin.call("PUT", "/v1/providers/github", SAVE),
            admin.call("PUT", "/v1/providers/github", {**SAVE, "also": SECRET}),
            admin.call("PUT", "/v1/providers/own", SAVE),
            bob.call("GET", "/v1/providers"),
            bob.call("GET", "/v1/providers/github"),
        ]
        assert [one.status for one in answers] == [200, 422, 422, 200, 200]
        assert not any(SECRET in one.body for one in answers)
        assert SECRET not in log.getvalue()
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert SECRET.encode() not in kept

    def test_an_old_tag_is_412(self, admin: Gateway) -> None:
        admin.call("PUT", "/v1/providers/github", SAVE)
        stale = {"If-Match": '"7"'}
        for method, body in (("PUT", SAVE), ("DELETE", None)):
            answer = admin.call(method, "/v1/providers/github", body, headers=stale)
            assert answer.code == "version_conflict"

    @pytest.mark.parametrize("name", ["nobody", "Nobody", "no..body"])
    def test_one_that_is_not_there_is_404(self, bob: Gateway, name: str) -> None:
        assert bob.call("GET", f"/v1/providers/{name}").status == 404


class TestAuthorizations:
    def test_a_user_authorises_and_gets_a_credential(
        self, bob: Gateway, server: OAuthServer, log: StringIO, tmp_path: Path
    ) -> None:
        asked = begun(bob)
        told = server.authorize(asked["authorize_url"])
        made = bob.call("POST", finish(asked), told)
        assert made.status == 201
        place = made.headers["location"]
        assert bob.call("GET", place).json == {**made.json, "used_by": []}
        assert bob.call("POST", finish(asked), told).status == 404
        assert bob.call("DELETE", place).status == 204
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        for secret in (*server.access_tokens, *server.revoked, told["code"], told["state"]):
            assert secret not in made.body + log.getvalue()
            assert secret.encode() not in kept

    def test_a_request_that_is_sent_again_gets_the_same_answer(
        self, bob: Gateway, server: OAuthServer
    ) -> None:
        key = {"Idempotency-Key": "k"}
        wanted = {"provider": PROVIDER, "name": "Mine"}
        asked = [bob.call("POST", BEGIN, wanted, headers=key).json for _ in range(2)]
        assert asked[0] == asked[1]
        told = server.authorize(asked[0]["authorize_url"])
        key = {"Idempotency-Key": "l"}
        made = [bob.call("POST", finish(asked[0]), told, headers=key) for _ in range(2)]
        assert [one.status for one in made] == [201, 201]
        assert made[0].json == made[1].json
        other = bob.call("POST", finish(asked[0]), {**told, "code": "x"}, headers=key)
        assert other.code == "idempotency_key_reused"

    def test_another_user_s_answers_as_one_that_is_not_there(
        self, bob: Gateway, admin: Gateway, server: OAuthServer
    ) -> None:
        asked = begun(bob)
        told = server.authorize(asked["authorize_url"])
        absent = {"id": "aut_00000000000000000000000009"}
        theirs = [admin.call("POST", finish(one), told) for one in (asked, absent)]
        assert [one.status for one in theirs] == [404, 404]
        assert theirs[0].body == theirs[1].body
        assert server.forms == []

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"state": "x"}, ("/code", "missing_field")),
            ({"code": "swordfish"}, ("/state", "missing_field")),
            ({"code": "", "state": "x"}, ("/code", "wrong_length")),
            ({"code": "swordfish", "state": "swordfish"}, ("/state", "invalid_state")),
            ({"code": "swordfish", "state": "x", "id": "y"}, ("/id", "unknown_field")),
        ],
    )
    def test_an_answer_that_cannot_be_is_told_by_its_place(
        self, bob: Gateway, body: dict[str, Any], fault: tuple[str, str]
    ) -> None:
        answer = bob.call("POST", finish(begun(bob)), body)
        assert (answer.status, answer.faults) == (422, [fault])
        assert "swordfish" not in answer.body

    def test_a_provider_that_is_down_is_503_with_retry_after(
        self, bob: Gateway, server: OAuthServer
    ) -> None:
        asked = begun(bob)
        told = server.authorize(asked["authorize_url"])
        server.misbehave = [answering(b"swordfish", status="502 Down")]
        answer = bob.call("POST", finish(asked), told)
        assert (answer.status, answer.code) == (503, "provider_unavailable")
        assert answer.headers["retry-after"]
        assert "swordfish" not in answer.body

    def test_one_that_refuses_is_422_without_its_words(
        self, bob: Gateway, server: OAuthServer
    ) -> None:
        asked = begun(bob)
        told = server.authorize(asked["authorize_url"])
        answer = bob.call("POST", finish(asked), {**told, "code": "swordfish"})
        assert (answer.status, answer.code) == (422, "authorization_failed")
        assert "swordfish" not in answer.body

    def test_tokens_that_live_on_at_their_provider_are_told(
        self, world: Platform, server: OAuthServer, bob: Gateway
    ) -> None:
        reaching(world, server, revoke_url=None)
        asked = begun(bob)
        own = bob.call("POST", finish(asked), server.authorize(asked["authorize_url"])).json["id"]
        answer = bob.call("DELETE", f"/v1/credentials/{own}")
        assert (answer.status, answer.json) == (200, {"used_by": [], "revoked": False})


class TestCallback:
    STATE = "aut_01kmmzzzzzzzzzzzzzzzzzzzz5." + "s" * 43

    def shown(self, gateway: Gateway, **query: str) -> Any:
        return gateway.call("GET", "/v1/oauth/callback", query=query)

    def test_it_shows_what_to_send_and_does_nothing(
        self, gateway: Gateway, server: OAuthServer
    ) -> None:
        answer = self.shown(gateway, code="4/0A-b_c", state=self.STATE, iss="https://as.example")
        assert answer.json == {
            "send_to": "/v1/credentials/authorizations/aut_01kmmzzzzzzzzzzzzzzzzzzzz5/complete",
            "body": {"code": "4/0A-b_c", "state": self.STATE, "iss": "https://as.example"},
            "error": None,
        }
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert server.server.received == []

    def test_an_error_of_the_provider_is_shown(self, gateway: Gateway) -> None:
        answer = self.shown(
            gateway, error="access_denied", state=self.STATE, error_description="<b>swordfish"
        )
        assert answer.json == {
            "send_to": None,
            "body": {"state": self.STATE},
            "error": "access_denied",
        }

    @pytest.mark.parametrize("state", ["", "x", "aut_1.x", "aut_01kmmzzzzzzzzzzzzzzzzzzzz5.s/../x"])
    def test_a_state_that_is_none_of_ours_leads_nowhere(self, gateway: Gateway, state: str) -> None:
        query = {"code": "c", **({"state": state} if state else {})}
        assert self.shown(gateway, **query).json["send_to"] is None

    @pytest.mark.parametrize(
        "text", ["<script>", 'a"b', "a'b", "a&b", "a\\b", "a b", "a\nb", "é", "x" * 5000]
    )
    @pytest.mark.parametrize("name", ["code", "state", "iss", "error"])
    def test_what_a_page_could_take_for_its_own_is_refused_and_not_repeated(
        self, gateway: Gateway, name: str, text: str
    ) -> None:
        answer = self.shown(gateway, **{name: text})
        assert answer.status == 400
        assert text not in answer.body

    def test_the_log_holds_no_code(self, gateway: Gateway, log: StringIO) -> None:
        self.shown(gateway, code="swordfish", state=self.STATE)
        assert "swordfish" not in log.getvalue()
        assert "s" * 43 not in log.getvalue()


def test_the_api_is_where_a_browser_comes_back_to_unless_a_front_end_is_named(
    world: Platform,
) -> None:
    assert begun(newcomer(world).gateway)["redirect_uri"].endswith("/v1/oauth/callback")
    settings = replace(world.settings, oauth_redirect_url="https://app.example/done")
    there = newcomer(replace(world, settings=settings)).gateway
    assert begun(there)["redirect_uri"] == "https://app.example/done"
