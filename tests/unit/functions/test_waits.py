"""Decisions and events, as they come in by HTTP."""

import base64
from typing import Any

import pytest

from strata import callback_urls
from strata.http.events import kept_headers
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_platform import run_of
from tests.held_waits import answers, ask
from tests.unit.functions.gateway import Gateway
from tests.unit.http.calls import Reply

WAITING = graph(
    [
        node("ask", "approval", data=120, message="Pay?", expires_seconds=60),
        node("paid", "wait_for_event", expires_seconds=60),
    ]
).model_dump(mode="json")
JSON = "application/json"


class Wait:
    """An execution whose nodes wait, and its owner."""

    def __init__(self, user: Gateway) -> None:
        self.user, self.platform = user, user.platform
        graph_id = user.call("POST", "/v1/graphs", WAITING).json["id"]
        self.execution = user.call("POST", f"/v1/graphs/{graph_id}/executions").json
        self.path = f"/v1/executions/{self.execution['id']}"
        self.run = run_of(self.execution, user.call("GET", "/v1/auth/me").json["id"])
        for one in ("ask", "paid"):
            ask(self.run, one, self.platform, f"token-of-{one}")
        self.url = self.node("paid")["waiting"]["callback_url"]

    def node(self, name: str) -> Any:
        return self.user.call("GET", f"{self.path}/nodes/{name}").json

    def decide(self, body: Any, who: Gateway | None = None, **more: Any) -> Reply:
        path = f"{self.path}/nodes/ask/decision"
        return (who or self.user).call("POST", path, body, **more)

    def post(self, body: Any, kind: str = JSON, **headers: str) -> Reply:
        """By somebody who has nothing but the URL."""
        sent = {"content-type": kind, **headers}
        return Gateway(self.platform).call("POST", self.url, body, headers=sent)


@pytest.fixture
def wait(ada: Gateway) -> Wait:
    return Wait(ada)


class TestDecision:
    def test_it_is_answered_with_the_node(self, wait: Wait) -> None:
        answer = wait.decide({"approve": True})
        assert (answer.status, answer.json["status"]) == (200, "COMPLETED")
        assert answer.json["outputs"]["approved"] == 120
        assert answers(wait.platform) == {"token-of-ask": None}

    @pytest.mark.parametrize("data", [None, 0, {"a": []}])
    def test_data_that_is_sent_takes_the_place_of_what_was_asked(
        self, wait: Wait, data: Any
    ) -> None:
        answer = wait.decide({"approve": True, "data": data})
        assert answer.json["outputs"]["approved"] == data

    def test_a_second_one_is_409(self, wait: Wait) -> None:
        wait.decide({"approve": True})
        again = wait.decide({"approve": True})
        assert (again.status, again.code) == (409, "already_decided")

    def test_with_an_idempotency_key_it_may_be_sent_again(self, wait: Wait) -> None:
        once = {"idempotency-key": "k"}
        first = wait.decide({"approve": True}, headers=once)
        assert wait.decide({"approve": True}, headers=once).json == first.json
        other = wait.decide({"approve": False}, headers=once)
        assert (other.status, other.code) == (422, "idempotency_key_reused")

    def test_a_late_one_is_409(self, wait: Wait, clock: HeldClock) -> None:
        clock.sleep(60)
        late = wait.decide({"approve": True})
        assert (late.status, late.code) == (409, "approval_expired")

    def test_where_nothing_waits_it_is_409(self, wait: Wait) -> None:
        answer = wait.user.call("POST", f"{wait.path}/nodes/paid/decision", {"approve": True})
        assert (answer.status, answer.code) == (409, "not_waiting")
        wait.user.call("POST", f"{wait.path}/cancel")
        assert wait.decide({"approve": True}).code == "not_waiting"

    def test_another_user_s_is_404(self, wait: Wait, gateway: Gateway) -> None:
        bob = gateway.signed_in("bob@example.com")
        assert wait.decide({"approve": True}, bob).status == 404
        assert wait.node("ask")["status"] == "WAITING"

    def test_a_node_or_an_iteration_that_is_none_is_404(self, wait: Wait) -> None:
        nope = wait.user.call("POST", f"{wait.path}/nodes/nope/decision", {"approve": True})
        assert nope.status == 404
        loop = wait.decide({"approve": True}, query={"iteration": "loop:3"})
        assert (loop.status, loop.code) == (404, "not_found")

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({}, ("/approve", "missing_field")),
            ({"approve": "yes"}, ("/approve", "wrong_type")),
            ({"approve": True, "by": "me"}, ("/by", "unknown_field")),
        ],
    )
    def test_a_body_that_cannot_be_is_422(self, wait: Wait, body: Any, fault: Any) -> None:
        answer = wait.decide(body)
        assert (answer.status, answer.faults) == (422, [fault])
        assert wait.node("ask")["status"] == "WAITING"


class TestEvent:
    def body(self, wait: Wait) -> Any:
        return wait.node("paid")["outputs"]["body"]

    def test_whoever_has_the_url_may_post(self, wait: Wait) -> None:
        answer = wait.post({"paid": True})
        assert (answer.status, answer.json) == (202, {"received_at": "2026-03-01T12:00:00.000Z"})
        assert self.body(wait) == {"paid": True}
        assert answers(wait.platform) == {"token-of-paid": None}

    @pytest.mark.parametrize(
        ("sent", "kind", "kept"),
        [
            ("[1, 2.5, null]", JSON, [1, 2.5, None]),
            ("null", JSON, None),
            ('"x"', "application/vnd.example+json; charset=utf-8", "x"),
            ("a=1&b=%20", "application/x-www-form-urlencoded", "a=1&b=%20"),
            ("<a>ü</a>", "application/xml", "<a>ü</a>"),
            ('{"a": 1}', "text/plain", '{"a": 1}'),
            ('{"a": 1}', "", '{"a": 1}'),
            ("", JSON, ""),
            (None, "", ""),
        ],
    )
    def test_json_is_a_value_and_all_else_is_text(
        self, wait: Wait, sent: Any, kind: str, kept: Any
    ) -> None:
        assert wait.post(sent, kind).status == 202
        assert self.body(wait) == kept

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            ("{", "invalid_json"),
            ('{"a": 1, "a": 2}', "duplicate_key"),
            ("NaN", "not_a_number"),
            ("[" * 40 + "]" * 40, "too_deep"),
            ('"\\ud800"', "lone_surrogate"),
        ],
    )
    def test_json_that_is_none_is_400_and_not_kept(self, wait: Wait, sent: str, code: str) -> None:
        answer = wait.post(sent)
        assert (answer.status, answer.faults) == (400, [("", code)])
        assert wait.node("paid")["status"] == "WAITING"

    def test_text_that_is_none_is_400(self, wait: Wait) -> None:
        answer = wait.post(b"\xff\xfe", "application/octet-stream")
        assert (answer.status, answer.faults) == (400, [("", "invalid_utf8")])

    def test_a_megabyte_is_the_most(self, wait: Wait) -> None:
        answer = wait.post("ä" * (512 * 1024 + 1), "text/plain")
        assert (answer.status, answer.code) == (413, "too_large")
        assert wait.post("ä" * (512 * 1024), "text/plain").status == 202
        assert len(self.body(wait)) == 512 * 1024

    def test_its_headers_are_kept_but_for_secrets_and_the_way_it_came(self, wait: Wait) -> None:
        sent = {
            "x-github-event": "push",
            "x-hub-signature-256": "sha256=0a",
            "webhook-id": "msg_1",
            "user-agent": "curl/8",
            "x-api-key": "hunter2",
            "x-access-token": "hunter2",
            "authorization": "Bearer hunter2",
            "cookie": "a=hunter2",
            "x-forwarded-for": "192.0.2.1",
            "x-amzn-trace-id": "Root=1",
            "accept": "*/*",
        }
        wait.post("1", **sent)
        assert wait.node("paid")["outputs"]["headers"] == {
            "content-type": JSON,
            "user-agent": "curl/8",
            "webhook-id": "msg_1",
            "x-github-event": "push",
            "x-hub-signature-256": "sha256=0a",
        }

    def test_headers_have_bounds(self) -> None:
        many = kept_headers({f"x-{at:03}": "v" * 2000 for at in range(100)})
        assert (len(many), {len(value) for value in many.values()}) == (50, {1000})

    def test_the_same_event_again_is_the_same_answer(self, wait: Wait) -> None:
        first = wait.post("1")
        assert (wait.post("1").status, wait.post("1").json) == (202, first.json)
        other = wait.post("2")
        assert (other.status, other.code) == (409, "already_answered")

    def test_the_same_text_of_another_kind_is_another_event(self, wait: Wait) -> None:
        wait.post("1")
        assert wait.post("1", "text/plain").code == "already_answered"

    def test_too_late_it_is_410(self, wait: Wait, clock: HeldClock) -> None:
        clock.sleep(60)
        late = wait.post("1")
        assert (late.status, late.code) == (410, "callback_expired")

    def test_after_the_end_of_the_execution_it_is_409(self, wait: Wait) -> None:
        wait.user.call("POST", f"{wait.path}/cancel")
        late = wait.post("1")
        assert (late.status, late.code) == (409, "execution_ended")

    @pytest.mark.parametrize("token", ["x", "A" * 300, "A" * 2001, "%20", "..%2f"])
    def test_a_forged_url_is_404(self, wait: Wait, token: str) -> None:
        wait.url = callback_urls.PATH + token
        assert wait.post("1").status == 404

    def test_one_that_was_changed_is_404(self, wait: Wait) -> None:
        token = wait.url.rpartition("/")[2]
        data = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        for at in (0, len(data) - 20):
            data[at] ^= 1
            changed = base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")
            wait.url = callback_urls.PATH + changed
            assert wait.post("1").status == 404

    def test_it_is_not_read_with_get(self, wait: Wait) -> None:
        assert Gateway(wait.platform).call("GET", wait.url).status == 405

    def test_neither_url_nor_token_nor_body_is_in_the_log(
        self, wait: Wait, log: Any, platform: Platform
    ) -> None:
        wait.post('"a secret word"')
        ask(wait.run, "paid", platform, "token-of-paid-2")
        told = log.getvalue()
        assert "POST /v1/callbacks/{token}" in told
        for secret in (wait.url.rpartition("/")[2], "token-of-", "a secret word"):
            assert secret not in told


def test_a_waiting_node_shows_what_it_waits_for(wait: Wait) -> None:
    asked, paid = wait.node("ask"), wait.node("paid")
    assert asked["inputs"]["message"] == "Pay?"
    assert asked["waiting"] == {"expires_at": "2026-03-01T12:01:00.000Z"}
    assert set(paid["waiting"]) == {"expires_at", "callback_url"}


def test_the_catalogue_shows_a_block_as_its_author_uses_it(ada: Gateway) -> None:
    approval = ada.call("GET", "/v1/blocks/approval").json
    assert set(approval["example"]["inputs"]) == {"data", "message"}
    assert ada.call("GET", "/v1/blocks/fail").json["example"]["error"] == "no_rain"
