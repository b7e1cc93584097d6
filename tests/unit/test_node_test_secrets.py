"""What is secret does not come out of the test of a node."""

import pytest

from strata import credentials, nodes
from strata.credentials import NewCredential
from strata.model.block import HttpCall
from strata.model.execution import Run
from strata.platform import Platform
from tests.builders import graph, node
from tests.held_node_tests import saved, tried
from tests.held_platform import USER, HeldOutbound, play, started
from tests.held_waits import ask, shown


class TestSecrets:
    def test_a_credential_is_used_and_never_told(self, held: Platform) -> None:
        new = NewCredential(
            "api_key", "Key", "example", ["example.com"], {"key": "hunter2-hunter2"}
        )
        credential = credentials.create(USER, new, platform=held)
        made = graph(
            [node("a", "http_request", url="https://example.com", credential=credential["id"])]
        )
        told = tried(saved(made, held), "a", held)
        assert told["status"] == "COMPLETED"
        assert isinstance(held.outbound, HeldOutbound)
        call, headers, _ = held.outbound.calls[0]
        assert isinstance(call, HttpCall)
        assert "hunter2-hunter2" in headers["Authorization"]
        assert "hunter2" not in str(told)

    def secret(self, platform: Platform) -> Run:
        """An execution that was given a secret, which a node hands on within a text."""
        made = graph(
            [
                node("i", "input", name="i", secret=True),
                node("say", "text_template", template="It is {{ word }}."),
                node("o", "output", name="o"),
            ],
            "i.value -> say.values.word",
            "say.text -> o.value",
        )
        run = started(made, platform, i="swordfish")
        play(run, platform)
        return run

    @pytest.mark.parametrize("name", ["i", "say", "o"])
    def test_a_secret_input_of_the_execution_is_masked_wherever_it_turns_up(
        self, held: Platform, name: str
    ) -> None:
        run = self.secret(held)
        told = tried(run.graph_id, name, held, from_execution=run.execution_id)
        assert told["status"] == "COMPLETED"
        assert "swordfish" not in str(told)
        assert "****" in str(told["outputs"])

    def test_an_error_that_tells_a_secret_is_masked(self, held: Platform) -> None:
        made = graph(
            [node("i", "input", name="i", secret=True), node("stop", "fail")],
            "i.value -> stop.message",
        )
        run = started(made, held, i="swordfish")
        play(run, held)
        told = tried(run.graph_id, "stop", held, from_execution=run.execution_id)
        assert told["error"]["message"] == "****"

    def test_what_is_typed_for_a_secret_input_is_masked(self, held: Platform) -> None:
        graph_id = saved(graph([node("i", "input", name="i", secret=True)]), held)
        told = tried(graph_id, "i", held, {"value": "swordfish", "default": "hunter2"})
        assert "swordfish" not in str(told)
        assert "hunter2" not in str(told)

    @pytest.mark.parametrize("name", ["who", "same"])
    def test_a_secret_handed_to_a_sub_graph_is_masked(self, held: Platform, name: str) -> None:
        inner = graph([node("who", "input", name="who"), node("same")], "who.value -> same.value")
        inner_id = saved(inner, held)
        outer = graph(
            [
                node("i", "input", name="i", secret=True),
                node("call", "sub_graph", graph_id=inner_id),
            ],
            "i.value -> call.inputs.who",
        )
        run = started(outer, held, i="7x7")
        nodes.run(run, "i", platform=held)
        ask(run, "call", held)
        child = shown(run, "call", held)["waiting"]["execution_id"]
        play(Run(child, USER, inner_id, 1), held)
        assert "7x7" not in str(tried(inner_id, name, held, from_execution=child)["inputs"])

    def test_a_short_secret_is_masked_where_it_is_handed_on(self, held: Platform) -> None:
        made = graph(
            [
                node("i", "input", name="i", secret=True, type="array"),
                node("each", "for_each"),
                node("same", parent="each"),
            ],
            "i.value -> each.items",
            "each.item -> same.value",
            "same.value -> each.result",
        )
        run = started(made, held, i=["abc"])
        for one in ("i", "each"):
            nodes.run(run, one, platform=held)
        told = tried(
            run.graph_id, "same", held, from_execution=run.execution_id, iteration="each:0"
        )
        assert told["inputs"] == {"value": "****"}
