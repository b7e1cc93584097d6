"""A credential that is another user's, deleted, or never was: refused alike at every save and at
every run, by whichever way a graph comes to run."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from strata import credentials, executions, graph_checks, graphs, node_views, resuming, triggers
from strata.block_runs import World
from strata.credentials import NewCredential
from strata.model.errors import GraphInvalid, InvalidBody, NodeError
from strata.model.graph import Graph
from strata.platform import Platform
from strata.triggers import Message
from tests.builders import graph, node
from tests.held_loops import play_loops
from tests.held_node_tests import tried
from tests.held_platform import (
    OTHER_USER,
    USER,
    HeldOutbound,
    add_user,
    owner,
    play,
    run_of,
    started,
)
from tests.held_sub_graphs import begun, calling, saved
from tests.unit.outbound_server import call

SECRET = "swordfish-0123456789"
URL = "https://api.example.com"
ABSENT = "crd_00000000000000000000000009"


def made(platform: Platform, user: str = USER) -> str:
    new = NewCredential("api_key", "Key", "example", ["api.example.com"], {"key": SECRET})
    return str(credentials.create(user, new, platform=platform)["id"])


def deleted(platform: Platform) -> str:
    own = made(platform)
    delete(own, platform)
    return own


def delete(credential_id: str, platform: Platform) -> None:
    credentials.delete(USER, credential_id, platform=platform)


STRANGERS: dict[str, Callable[[Platform], str]] = {
    "another user's": lambda platform: made(platform, OTHER_USER),
    "absent": lambda _: ABSENT,
    "deleted": deleted,
    "no id": lambda _: "crd_../../SECRET",
}


def request(credential_id: str, **more: Any) -> Graph:
    return graph([node("call", "http_request", url=URL, credential=credential_id, **more)])


def in_a_loop(credential_id: str) -> Graph:
    return graph(
        [
            node("each", "for_each", items=[1, 2]),
            node("call", "http_request", url=URL, credential=credential_id, parent="each"),
        ],
        "each.item -> call.body",
        "call.status -> each.result",
    )


def calls(platform: Platform) -> int:
    assert isinstance(platform.outbound, HeldOutbound)
    return len(platform.outbound.calls)


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("shape", [request, in_a_loop])
class TestSaves:
    """The answers are compared with that of an id that never was."""

    def refusal(self, save: Callable[[Graph], Any], content: Graph) -> list[Any]:
        with pytest.raises(GraphInvalid) as raised:
            save(content)
        assert [one.code for one in raised.value.errors] == ["unknown_credential"]
        return list(raised.value.errors)

    def test_it_cannot_be_created_or_saved(
        self, held: Platform, stranger: str, shape: Callable[[str], Graph]
    ) -> None:
        one = STRANGERS[stranger](held)
        own = saved(graph([node("a", value=1)]), held)
        saves: list[Callable[[Graph], Any]] = [
            lambda content: graphs.create(USER, content, platform=held),
            lambda content: graphs.save(USER, own, content, platform=held),
        ]
        for save in saves:
            assert self.refusal(save, shape(one)) == self.refusal(save, shape(ABSENT))

    def test_it_is_told_by_a_validation(
        self, held: Platform, stranger: str, shape: Callable[[str], Graph]
    ) -> None:
        one = STRANGERS[stranger](held)
        told = graph_checks.validate(USER, shape(one), platform=held)
        assert told == graph_checks.validate(USER, shape(ABSENT), platform=held)
        assert [problem.code for problem in told] == ["unknown_credential"]

    def test_a_draft_with_it_is_kept_and_never_runs(
        self, held: Platform, stranger: str, shape: Callable[[str], Graph]
    ) -> None:
        content = shape(STRANGERS[stranger](held))
        own = graphs.create(USER, content, draft=True, platform=held)["id"]
        with pytest.raises(InvalidBody) as raised:
            executions.start(USER, own, {}, 1, platform=held)
        assert [one.code for one in raised.value.errors] == ["draft_version"]
        with pytest.raises(InvalidBody):
            graphs.change(USER, own, {"active_version": 1}, platform=held)

    def test_a_node_of_a_draft_cannot_be_tested_with_it(
        self, held: Platform, stranger: str, shape: Callable[[str], Graph]
    ) -> None:
        content = shape(STRANGERS[stranger](held))
        own = graphs.create(USER, content, draft=True, platform=held)["id"]
        self.refusal(lambda _: tried(own, "call", held), content)
        assert calls(held) == 0


class TestRuns:
    """The credential is there when the graph is saved, and gone when it runs."""

    def unknown(self, execution: dict[str, Any], platform: Platform) -> bool:
        assert SECRET not in json.dumps(execution)
        assert calls(platform) == 0
        return bool(execution["error"]["code"] == "unknown_credential")

    def test_a_node(self, held: Platform) -> None:
        own = made(held)
        run = started(request(own), held)
        delete(own, held)
        assert self.unknown(play(run, held), held)

    def test_a_node_that_may_fail_tells_it_on_its_pin(self, held: Platform) -> None:
        own = made(held)
        caught = graph(
            [
                node("call", "http_request", url=URL, credential=own),
                node("out", "output", name="out"),
            ],
            "call.error -> out.value",
        )
        run = started(caught, held)
        delete(own, held)
        told = play(run, held)["outputs"]["out"]
        assert told["code"] == "unknown_credential"

    def test_the_body_of_a_loop(self, held: Platform) -> None:
        own = made(held)
        run = started(in_a_loop(own), held)
        delete(own, held)
        told = play_loops(run, held)
        assert told["status"] == "FAILED"
        assert "unknown_credential" in json.dumps(told)
        assert calls(held) == 0

    def test_a_sub_graph(self, held: Platform) -> None:
        own = made(held)
        _, child = begun(calling(saved(request(own), held)), held)
        delete(own, held)
        assert self.unknown(play(child, held), held)

    def test_an_execution_that_a_message_starts(self, held: Platform) -> None:
        add_user(held)
        own = made(held)
        graph_id = saved(request(own), held)
        trigger = triggers.create(owner(), graph_id, "queue", platform=held)
        delete(own, held)
        message = Message(trigger["id"], trigger["token"], {}, "once")
        begun = triggers.start_queued(message, platform=held)
        assert self.unknown(play(run_of(begun, USER), held), held)

    def test_one_that_goes_on(self, held: Platform) -> None:
        """What ran before is taken over; what has to run does not get it."""
        own = made(held)
        content = graph(
            [
                node("first", "http_request", url=URL, credential=own),
                node("then", "http_request", url=URL, credential=own, accept=[201]),
            ],
            "first.status -> then.query.of",
        )
        run = started(content, held)
        assert play(run, held)["error"]["code"] == "upstream_status"
        delete(own, held)
        before = calls(held)
        again = run_of(resuming.resume(USER, run.execution_id, platform=held), USER)
        assert play(again, held)["error"]["code"] == "unknown_credential"
        assert calls(held) == before
        shown = {
            name: node_views.get(USER, again.execution_id, name, platform=held)["status"]
            for name in ("first", "then")
        }
        assert shown == {"first": "COMPLETED", "then": "FAILED"}

    def test_a_test_of_a_node(self, held: Platform) -> None:
        own = made(held)
        graph_id = saved(request(own), held)
        delete(own, held)
        with pytest.raises(GraphInvalid):
            tried(graph_id, "call", held)
        assert calls(held) == 0

    def test_a_node_whose_outputs_are_pinned_needs_none(self, held: Platform) -> None:
        own = made(held)
        pinned = {"status": 200, "headers": {}, "body": "pinned"}
        content = graph(
            [
                node("call", "http_request", url=URL, credential=own, pinned_outputs=pinned),
                node("out", "output", name="out"),
            ],
            "call.body -> out.value",
        )
        graph_id = graphs.create(USER, content, draft=True, platform=held)["id"]
        delete(own, held)
        begun = executions.start(USER, graph_id, {}, 1, platform=held)
        assert play(run_of(begun, USER), held)["outputs"] == {"out": "pinned"}
        assert calls(held) == 0

    def test_another_user_s_execution_never_gets_it(self, held: Platform) -> None:
        """Whoever could write another's plan would still run as themselves."""
        own = made(held)
        content = graphs.create(USER, request(own), platform=held)
        run = run_of(executions.start(USER, content["id"], {}, platform=held), USER)
        world = World(held, OTHER_USER, run.execution_id, held.clock.now())
        with pytest.raises(NodeError, match="does not exist"):
            world.send(call(URL, credential=own))
        assert calls(held) == 0
